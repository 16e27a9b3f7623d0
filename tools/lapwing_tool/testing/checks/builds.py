# SPDX-License-Identifier: GPL-2.0-only
"""Builds, their unit tests, and what other tools say about the sources."""

import filecmp
import itertools
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from . import sources
from ...images import build
from ...base import ROOT, UserError, command

TEXT_LIMIT = 64 * 1024
IMAGE_OBJECTS = ("lapwing.elf.p", "libhot.a.p")


def tool_unit():
    """The tool's own unit tests."""
    env = {"PYTHONPATH": str(ROOT / "tools"), "PYTHONDONTWRITEBYTECODE": "1"}
    text = command(
        [
            sys.executable,
            "-m",
            "unittest",
            "discover",
            "-s",
            ROOT / "test/tool",
            "-t",
            ROOT / "test/tool",
        ],
        "the tool's unit tests",
        env=env,
    )
    return _first(r"Ran \d+ tests?", text)


def meson_test(folder):
    """The host unit tests of a build folder."""
    text = command(["meson", "test", "-C", folder, "--print-errorlogs"], "meson test")
    return _first(r"Ok:\s+(\d+)", text) + " programs"


def _first(pattern, text):
    match = re.search(pattern, text)
    return match.group(match.lastindex or 0) if match else ""


def size(elf):
    """Bytes of code in the image, which have a limit."""
    text = command(["size", "-A", elf], "measuring the image")
    sections = dict(re.findall(r"^(\.\S+)\s+(\d+)", text, re.M))
    code = sum(int(n) for name, n in sections.items() if name.startswith(".text"))
    if code >= TEXT_LIMIT:
        raise UserError(f".text has {code} bytes, the limit is {TEXT_LIMIT}")
    return f".text {code} bytes"


def one_way_in(elf):
    """The exit loop enters the guest from one place, so that RSP is the same each time: VMX's stub relies on it."""
    text = command(["objdump", "-d", "--no-show-raw-insn", elf], "reading the image's code")
    calls = re.findall(r"\s(?:call|jmp)q?\s+[0-9a-f]+ <(vmx_enter|svm_enter|virt_run)>", text)
    if len(calls) != len(set(calls)) or len([name for name in calls if name.endswith("enter")]) != 1:
        raise UserError(f"the image enters the guest from other than one place: {' '.join(calls)}")


def built(elf):
    """What is true of each image."""
    one_way_in(elf)
    return size(elf)


def reproducible(config):
    """Two builds of copies of the source, in different folders, are the same bit by bit."""
    with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
        images = []
        for name in ("one", "another-name"):
            copy = os.path.join(folder, name)
            ignore = shutil.ignore_patterns("build", ".git", ".config")
            shutil.copytree(ROOT, copy, ignore=ignore)
            out = os.path.join(folder, f"out-{name}")
            relative = config.path.relative_to(ROOT)
            command(
                ["meson", "setup", out, copy, f"-Dconfig={relative}"],
                "meson setup",
                env={"CC": "gcc"},
            )
            command(["ninja", "-C", out, "lapwing.elf"], "ninja")
            images.append(os.path.join(out, "lapwing.elf"))
        if not filecmp.cmp(*images, shallow=False):
            raise UserError("two builds of the same source differ: lapwing.elf")


def install(config):
    """`meson install` puts the image and GRUB's script in place, and `ninja uninstall` leaves nothing."""
    with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
        place = pathlib.Path(folder) / "system"
        files = build.installed_files(config, place)
        images = [f"/boot/lapwing/{config.name}{ending}" for ending in build.ENDINGS]
        if sorted(files) != [*sorted(images), "/etc/grub.d/20_lapwing"]:
            raise UserError("meson install has installed " + " ".join(sorted(files)))
        if _symbols([files[f"/boot/lapwing/{config.name}.elf"]], "a-zA-Z"):
            raise UserError("the installed image has symbols, all of which GRUB would read")
        if not os.access(files["/etc/grub.d/20_lapwing"], os.X_OK):
            raise UserError("GRUB's script cannot be executed")
        command(["sh", "-n", files["/etc/grub.d/20_lapwing"]], "reading GRUB's script")
        command(["ninja", "-C", config.folder(), "uninstall"], "ninja uninstall")
        if place.exists():
            raise UserError("ninja uninstall has left " + " ".join(map(str, place.rglob("*"))))


def kconfig():
    """Every configuration of configs/ is one that Kconfig allows; a wrong one is rejected."""
    tool = ROOT / "tools/kconfig.py"
    for config in build.named():
        command([tool, "check", config.path], f"checking {config.name}")
    with tempfile.NamedTemporaryFile("w", suffix=".config") as wrong:
        wrong.write("CONFIG_NO_SUCH_SYMBOL=y\n")
        wrong.flush()
        if (
            subprocess.run(
                [tool, "check", wrong.name], stderr=subprocess.DEVNULL, check=False
            ).returncode
            == 0
        ):
            raise UserError("a configuration with an unknown symbol was accepted")


# Functions of image sources that no image holds, with the reason.
NOT_IN_IMAGES = {
    "strcmp": "string.c is the payloads', too",
    "strncmp": "string.c is the payloads', too",
}


def _symbols(files, kinds):
    text = command(["nm", "--defined-only", *files], "reading symbols")
    return set(re.findall(rf"^[0-9a-f]+ [{kinds}] (\w+)$", text, re.M))


def debugger_names():
    """Each image has the variables and functions that the GDB commands name; none is optimised away."""
    text = (ROOT / "tools/gdb/lapwing.py").read_text(encoding="utf-8")
    names = set(re.findall(r'value\(f?"[*]?([a-z]\w+)', text))
    names |= set(re.findall(r'(?:value\("&|thbreak )(\w+)', text))
    images = [c.elf(k) for c, k in itertools.product(build.named(), build.COMPILERS)]
    for image in images:
        if not image.exists():
            raise UserError(f"no {os.path.relpath(image)}: its build failed")
        missing = names - _symbols([image], "bBdDtT")
        if missing:
            raise UserError(f"{os.path.relpath(image)} lacks {' '.join(sorted(missing))}")
    return f"{len(names)} names, {len(images)} images"


def _linked_plainly(config):
    """The functions that a link of GCC's object files holds when nothing is optimised across files."""
    words = command(
        ["ninja", "-C", config.folder("gcc"), "-t", "commands", "lapwing.elf"], "ninja"
    ).splitlines()[-1]
    with tempfile.NamedTemporaryFile(suffix=".elf") as image:
        argv = [*shlex.split(words), "-fno-lto", "-o", image.name]
        command(argv, "linking without optimisation", cwd=config.folder("gcc"))
        return _symbols([image.name], "Tt")


def unused_functions():
    """Each function of the image's sources is called in at least one configuration.

    Images are optimised as a whole: what they have inlined everywhere cannot be seen in them.
    """
    compiled, linked = set(), set()
    for config in build.named():
        folder = config.folder("gcc")
        if not (folder / "lapwing.elf").exists():
            raise UserError(f"no {os.path.relpath(folder)}/lapwing.elf: its build failed")
        objects = [path for part in IMAGE_OBJECTS for path in (folder / part).glob("*.c.o")]
        compiled |= _symbols(sorted(objects), "T")
        linked |= _linked_plainly(config)
    unused = sorted(compiled - linked - set(NOT_IN_IMAGES))
    if unused:
        raise UserError("nothing calls these functions: " + ", ".join(unused))
    stale = sorted(name for name in NOT_IN_IMAGES if name in linked)
    if stale:
        raise UserError("checks.NOT_IN_IMAGES names what images do hold: " + ", ".join(stale))
    return f"{len(compiled)} functions"


def clang_format():
    """The sources are formatted as .clang-format says."""
    files = sources(".c", ".h")
    command(["clang-format-19", "--dry-run", "-Werror", *files], "clang-format")
    return f"{len(files)} files"


def clang_tidy(config):
    """clang-tidy has nothing to say on the image's sources, linked by `config` or not."""
    database = config.folder("clang") / "compile_commands.json"
    if not database.exists():
        raise UserError("no compile_commands.json: the clang build failed")
    seen = set()
    for entry in json.loads(database.read_text()):
        path = pathlib.Path(os.path.realpath(os.path.join(entry["directory"], entry["file"])))
        own = any(path.is_relative_to(ROOT / folder) for folder in ("src", "boot"))
        if own and path.suffix == ".c":
            seen.add(str(path))
    files = sorted(seen)
    parts = [files[n::2] for n in range(2)]
    running = [
        subprocess.Popen(
            ["clang-tidy-19", "--quiet", "-p", database.parent, *part],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for part in parts
        if part
    ]
    outputs = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        raise UserError("clang-tidy:\n" + "\n".join("".join(outputs).splitlines()[:40]))
    return f"{len(files)} files"
