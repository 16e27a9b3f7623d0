# SPDX-License-Identifier: GPL-2.0-only
"""Checks of `lapwing test` that need no emulator; each raises UserError (what is wrong) or Skip."""

import subprocess

from ...base import BUILD, ROOT


class Skip(Exception):
    """A check that cannot be made here; the text says why."""


def tracked():
    """Files under version control (all of the tree, where there is no git)."""
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if listing.returncode == 0:
        names = [ROOT / name for name in listing.stdout.splitlines()]
    else:
        inside = lambda path: {BUILD, ROOT / ".git"} & set(path.parents)
        names = [path for path in ROOT.rglob("*") if not inside(path)]
    return sorted(path for path in names if path.is_file())


def sources(*endings):
    """Tracked files whose name ends so."""
    return [path for path in tracked() if path.suffix in endings]
