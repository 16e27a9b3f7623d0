# SPDX-License-Identifier: GPL-2.0-only
"""The changes to the source of Bochs 3.0: the patches in bochs_patches/, in the order of their names.

A patch has one reason, which its head gives. Its paths begin at the top of the source (`patch -p1`).
"""

import pathlib

from ..base import UserError, command

FOLDER = pathlib.Path(__file__).with_name("bochs_patches")


def patches(folder=FOLDER):
    """The patches of a folder in their order."""
    return sorted(folder.glob("*.patch"))


def diff(path):
    """What a patch does, without its head: another wording there builds nothing anew."""
    head, mark, rest = path.read_text(encoding="utf-8").partition("\n--- ")
    if not mark or not head.strip():
        raise UserError(f"{path.name} is no patch with a reason in its head")
    return mark + rest


def apply(tree, found):
    """Apply the patches of the list `found` to the source in the folder `tree`."""
    # No fuzz: a patch must find the very lines that it was made for.
    argv = ["patch", "-p1", "--batch", "--forward", "--fuzz=0", "--no-backup-if-mismatch", "-i"]
    for path in found:
        what = f"changing the source of Bochs as {path.name} says"
        command([*argv, path.resolve()], what, cwd=tree)
