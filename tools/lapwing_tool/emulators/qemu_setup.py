# SPDX-License-Identifier: GPL-2.0-only
"""Finds a QEMU that is new enough, or unpacks one from Debian's archive into the cache.

The TCG of QEMU 7.2, Debian 12's own, has no x2APIC; 10.0 is in Debian 13 and in Debian 12's
backports. It is unpacked, not installed, so the machine's own packages stay as they are and no root
is needed.
"""

import os
import re
import shutil
import subprocess

from ..archive import Suite, codename, ensure_unpacked
from ..base import UserError, cache_dir, locked

NEWEST_TOO_OLD = 9
PACKAGE = "qemu-system-x86"
LIBRARIES = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu")


class Qemu:
    """A QEMU: the program's path, and the environment and arguments that it needs."""

    def __init__(self, program, root=None):
        self.program = str(program)
        self.env = dict(os.environ)
        self.arguments = []
        if root:
            libs = ":".join(str(root / folder) for folder in LIBRARIES)
            self.env["LD_LIBRARY_PATH"] = libs
            self.env["QEMU_MODULE_DIR"] = str(root / LIBRARIES[0] / "qemu")
            for folder in ("qemu", "seabios"):
                self.arguments += ["-L", str(root / "usr/share" / folder)]

    def version(self):
        """Major version, 0 if it does not run."""
        try:
            text = subprocess.run(
                [self.program, "--version"],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                check=False,
            ).stdout
        except OSError:
            return 0
        match = re.search(r"version (\d+)", text)
        return int(match.group(1)) if match else 0


def find():
    """The Qemu to use: the machine's own if it is new enough, else the cache's; None if neither."""
    own = shutil.which("qemu-system-x86_64")
    candidates = [Qemu(own)] if own else []
    root = cache_dir() / "qemu"
    candidates.append(Qemu(root / "usr/bin/qemu-system-x86_64", root))
    for qemu in candidates:
        if qemu.version() > NEWEST_TOO_OLD:
            return qemu
    return None


def ensure(progress):
    """The Qemu to use, fetched when there is none."""
    qemu = find()
    if qemu:
        return qemu
    with locked("qemu", progress):
        return find() or unpack(progress)


def unpack(progress):
    """Unpack a QEMU into the cache; what is there is of another machine or release."""
    release = codename()
    if not release:
        raise UserError("QEMU 10 or newer is missing, and this is no Debian: install it by hand")
    folder = cache_dir() / "qemu"
    shutil.rmtree(folder, ignore_errors=True)
    backports = release == "bookworm"
    argv = ["--no-install-recommends", "--download-only"]
    if backports:
        argv += ["-t", f"{release}-backports"]
    suite = Suite(release, backports=backports, use_installed=True)
    ensure_unpacked(suite, lambda _: PACKAGE, folder, progress, argv=(*argv, "install"))
    qemu = find()
    if not qemu:
        raise UserError("the QEMU from Debian's archive does not run here, or is older than 10")
    return qemu
