#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Breaks Lapwing on purpose, one place at a time, and sees a test fail for it.

  test/mutations.py [--list] [PART...]    only the mutations whose name or test holds one of the parts

The mutations are in test/mutations.txt. Works on a copy of the tree in a temporary folder. A mutation
is "caught" (its test fails; the first complaint is shown), "MISSED" (its test passes: a hole), or
"STALE" (what it replaces is gone, or the result does not compile). Status 0 only if all are caught.
Not a part of lapwing test: it takes minutes.
"""

import argparse
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BUILD = "build/svm-xapic_ept"


@dataclasses.dataclass
class Edit:
    """Lines of a file to be replaced by others."""

    file: str
    old: str = ""
    new: str = ""


@dataclasses.dataclass
class Mutation:
    """A mistake and the test that notices it."""

    name: str
    test: str = ""
    edits: list = dataclasses.field(default_factory=list)


def read(text):
    """The mutations of a text in the format of mutations.txt."""
    found = []
    for line in text.splitlines():
        key, _, value = line.partition(": ")
        if key == "name":
            found.append(Mutation(value))
        elif key == "test":
            found[-1].test = value
        elif key == "file":
            found[-1].edits.append(Edit(value))
        elif line.startswith("-"):
            found[-1].edits[-1].old += line[1:] + "\n"
        elif line.startswith("+"):
            found[-1].edits[-1].new += line[1:] + "\n"
    return found


def run(argv, tree):
    """(succeeded, output) of a command in the copy."""
    done = subprocess.run(
        argv,
        cwd=tree,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout


def apply(mutation, tree):
    """{path: original text} of the files that were changed; ValueError if one does not fit."""
    originals = {}
    for edit in mutation.edits:
        path = tree / edit.file
        text = path.read_text()
        if text.count(edit.old) != 1:
            restore(originals)
            raise ValueError(
                f"{edit.file}: the text is there {text.count(edit.old)} times, not once"
            )
        originals.setdefault(path, text)
        path.write_text(text.replace(edit.old, edit.new))
    return originals


def restore(originals):
    """Undo apply()."""
    for path, text in originals.items():
        path.write_text(text)


def first(pattern, text):
    """The first line of a text that the pattern is found in."""
    return next((line.strip() for line in text.splitlines() if re.search(pattern, line)), "")


def judge(mutation, tree):
    """(word, detail) for a mutation that has been made."""
    kind, name = mutation.test.split()
    if kind == "unit":
        built, text = run(["ninja", "-C", BUILD, f"test/unit/unit-{name}"], tree)
        if not built:
            return "STALE", first("error:", text)
        passed, text = run([f"{BUILD}/test/unit/unit-{name}"], tree)
        complaint = first(r"^# \S+:\d+:", text) or first(r"^not ok|runtime error|Sanitizer", text)
    else:
        passed, text = run(["./lapwing", "test", "--only", f"run/{name}"], tree)
        complaint = first(r"^    \S", text)
        if "building" in complaint:
            return "STALE", first("error:", text)
    return ("MISSED", "") if passed else ("caught", complaint or text.splitlines()[-1])


def main():
    """Carry out the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the mutations and stop")
    parser.add_argument("part", nargs="*", help="part of the names or tests wanted")
    args = parser.parse_args()
    wanted = [
        mutation
        for mutation in read((HERE / "mutations.txt").read_text())
        if not args.part or any(p in f"{mutation.name} {mutation.test}" for p in args.part)
    ]
    if args.list:
        print("\n".join(f"{mutation.test}: {mutation.name}" for mutation in wanted))
        return 0
    words = []
    with tempfile.TemporaryDirectory(prefix="lapwing-mutations-") as folder:
        tree = pathlib.Path(folder) / "lapwing"
        ignore = shutil.ignore_patterns("build", ".git", ".config")
        shutil.copytree(HERE.parent, tree, ignore=ignore)
        done, text = run(["./lapwing", "build", "svm-xapic_ept"], tree)
        if not done:
            sys.exit(text)
        for mutation in wanted:
            try:
                originals = apply(mutation, tree)
            except ValueError as error:
                word, detail = "STALE", error
            else:
                word, detail = judge(mutation, tree)
                restore(originals)
            words.append(word)
            print(f"{word} by {mutation.test}: {mutation.name}\n    {detail}", flush=True)
    print(", ".join(f"{words.count(word)} {word}" for word in ("caught", "MISSED", "STALE")))
    return 0 if words and set(words) == {"caught"} else 1


if __name__ == "__main__":
    sys.exit(main())
