# SPDX-License-Identifier: GPL-2.0-only
"""What comments and documents say of the tree is true: files, counters, shared fields."""

import ast
import re

from . import sources, tracked
from ...base import ROOT, UserError

# A name of a file: nothing that is part of a pattern, of an address or of a longer word.
FILE = re.compile(
    r"(?<![\w./*{<%$}-])"
    r"((?:[\w.-]+/)*[\w-]+\.(?:c|h|S|py|md|config|lds|build|patch|toml))"
    r"(?![\w*./(-]*[\w*(])"
)
# Made by a build or a command, or another program's.
ELSEWHERE = {
    "boot/asm_offsets.h",
    "config.h",
    "version.h",
    "resolved.config",
    "my.config",
    "rows.toml",
    "configs/VENDOR-NAME.config",
    "arch/x86/include/uapi/asm/bootparam.h",
}
C_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
HASH_COMMENT = re.compile(r"(?m)^\s*#[^\n]*|\s#\s[^\n]*")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def prose(path, text):
    """The parts of a file that are meant for people."""
    if path.suffix == ".md":
        return [text]
    if path.suffix in (".c", ".h", ".S", ".lds"):
        return C_COMMENT.findall(text)
    parts = HASH_COMMENT.findall(text)
    if path.suffix == ".py":
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, DOCUMENTED)]
        parts += [ast.get_docstring(node) or "" for node in nodes]
    return parts


def names_in(path, text):
    """Names of files that the prose of a file mentions."""
    return {name for part in prose(path, text) for name in FILE.findall(part)}


def known(name, path, files):
    """Whether a name, with the folders that it is written with, is that of a file."""
    return (
        name in ELSEWHERE
        or (path.parent / name).exists()
        or any(f"/{file}".endswith(f"/{name}") for file in files)
    )


def file_names():
    """Every file that a comment or a document names exists."""
    files = [path.relative_to(ROOT).as_posix() for path in tracked()]
    wrong, count = [], 0
    endings = (".md", ".c", ".h", ".S", ".lds", ".py", ".build", ".config", ".toml", "")
    for path in sources(*endings):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for name in sorted(names_in(path, text)):
            count += 1
            if not known(name, path, files):
                wrong.append(f"{path.relative_to(ROOT)}: there is no {name}")
    if wrong:
        raise UserError("\n".join(wrong))
    return f"{count} names"


def counters():
    """Every exit counter and every figure has its row in docs/cpuid.md."""
    listed = re.findall(
        r'(?:COUNTER|FIGURE)\(\w+, "([\w-]+)"\)', (ROOT / "src/core/counters.h").read_text(encoding="utf-8")
    )
    rows = re.findall(r"(?m)^\| (`[^|]*)\|", (ROOT / "docs/cpuid.md").read_text(encoding="utf-8"))
    documented = {name for row in rows for name in re.findall(r"`([\w-]+)`", row)}
    missing = [name for name in listed if name not in documented]
    if missing or not listed:
        raise UserError("docs/cpuid.md has no row for: " + " ".join(missing or ["any counter"]))
    return f"{len(listed)} counters"


# Where includes are written from; the rest of a header's path is its guard.
INCLUDE_ROOTS = ("test/shadow/", "test/", "src/include/", "src/")


def guard_of(name):
    """The include guard of a header ("src/core/msr.h": CORE_MSR_H)."""
    root = next((root for root in INCLUDE_ROOTS if name.startswith(root)), "")
    return re.sub(r"\W", "_", name.removeprefix(root)).upper()


def include_guards():
    """Every header has a guard, and the guard is the header's path."""
    headers = sources(".h")
    wrong = []
    for path in headers:
        guard = guard_of(path.relative_to(ROOT).as_posix())
        if f"\n#ifndef {guard}\n#define {guard}\n" not in path.read_text(encoding="utf-8"):
            wrong.append(f"{path.relative_to(ROOT)}: its guard is not {guard}")
    if wrong:
        raise UserError("\n".join(wrong))
    return f"{len(headers)} headers"


ATOMIC = re.compile(
    r"(?:_Atomic\s+\w+|\batomic_(?:bool|uint|int|flag|ullong))\s+"
    r"(\w+)\s*(?:\[\w+\])?\s*(?:=[^;]*)?;"
)


def atomics(text):
    """Names of what is atomic in a C source: structure.field, or a variable's name."""
    text = C_COMMENT.sub("", text)
    found = set()
    for structure, body in re.findall(r"(?ms)^struct (\w+) \{\n(.*?)^\}", text):
        found |= {f"{structure}.{name}" for name in ATOMIC.findall(body)}
    rest = re.sub(r"(?ms)^struct \w+ \{\n.*?^\}", "", text)
    return found | set(ATOMIC.findall(rest))


def ownership():
    """What is atomic and the table of docs/ownership.md are the same."""
    found = set()
    for path in sources(".c", ".h"):
        if path.is_relative_to(ROOT / "src"):
            found |= atomics(path.read_text(encoding="utf-8"))
    text = (ROOT / "docs/ownership.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"(?m)^\| `([^`]+)` [^|]*\|", text))
    wrong = [f"not in docs/ownership.md: {name}" for name in sorted(found - listed)]
    wrong += [f"in docs/ownership.md, but not atomic: {name}" for name in sorted(listed - found)]
    if wrong:
        raise UserError("\n".join(wrong))
    return f"{len(found)} fields and variables"


def stale_mutations(text, read):
    """Complaints on edits of a text in the format of test/mutations.txt that do not fit any more.

    `read` gives the content of a file by its name.
    """
    wrong = []
    for block in text.split("\nname: ")[1:]:
        name = block.splitlines()[0]
        for edit in block.split("\nfile: ")[1:]:
            file, *lines = edit.splitlines()
            old = "".join(f"{line[1:]}\n" for line in lines if line.startswith("-"))
            if read(file).count(old) != 1:
                wrong.append(f"{name}: its lines are not once in {file}")
    return wrong


def mutations():
    """What the mutations of test/mutations.txt replace is there."""
    text = (ROOT / "test/mutations.txt").read_text(encoding="utf-8")
    wrong = stale_mutations(text, lambda file: (ROOT / file).read_text(encoding="utf-8"))
    if wrong:
        raise UserError("test/mutations.txt:\n" + "\n".join(wrong))
    return f"{text.count(chr(10) + 'name: ')} mutations"
