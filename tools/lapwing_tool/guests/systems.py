# SPDX-License-Identifier: GPL-2.0-only
"""Guests that are no Linux, but are loaded as one: from Debian's archive, by their packages."""

import dataclasses

from ..archive import Suite, ensure_unpacked
from ..base import cache_dir
from ..images import iso


@dataclasses.dataclass(frozen=True)
class System:
    """A file of a package, and the command by which a disk's GRUB loads it."""

    suite: str
    package: str
    member: str
    loader: str


SYSTEMS = {
    "memtest86+": System("bookworm", "memtest86+", "boot/memtest86+x64.bin", "linux"),
    "ipxe": System("bookworm", "ipxe", "boot/ipxe.lkrn", "linux16"),
}


def guest(name, append, progress):
    """The iso.Linux called `name`, fetched when it is missing."""
    system = SYSTEMS[name]
    folder = cache_dir() / "systems" / name
    only = (f"./{system.member}",)
    ensure_unpacked(
        Suite(system.suite, "amd64"), lambda suite: system.package, folder, progress, only=only
    )
    return iso.Linux(folder / system.member, None, append, system.loader)
