# SPDX-License-Identifier: GPL-2.0-only
"""The kernel modules that the action `disk` needs, from the package of the guest's kernel."""

import lzma
import re

from . import guests
from .archive import Suite, ensure_unpacked
from .base import UserError, cache_dir

DISK = ("ehci-pci", "usb-storage", "sd_mod")
# Where these and what they depend on are; the package has 300 MB of others.
PLACES = (
    "drivers/usb/core", "drivers/usb/common", "drivers/usb/host", "drivers/usb/storage",
    "drivers/scsi/scsi_*", "drivers/scsi/sd_*", "lib/crc*", "block/t10*", "crypto/crc*",
)  # fmt: skip


def _name(text):
    """A module's name as the kernel writes it; files and dependencies have - as well."""
    return text.replace("-", "_")


def depends(content):
    """Names of the modules that an uncompressed module's .modinfo section says it needs."""
    match = re.search(rb"\0depends=([^\0]*)\0", content)
    return [_name(word) for word in match.group(1).decode().split(",") if word] if match else []


def in_order(wanted, read):
    """[(name, content)] of the modules `wanted` and of all that they need, those first.

    `read(name)` gives a module's content.
    """
    found = {}

    def add(name, path):
        if name in path:
            raise UserError(f"modules need each other: {' '.join((*path, name))}")
        if name not in found:
            content = read(name)
            for other in depends(content):
                add(other, (*path, name))
            found[name] = content

    for name in wanted:
        add(_name(name), ())
    return list(found.items())


def _unpacked(guest, release, progress):
    """The folder with the modules of the kernel `release`, which is the guest called `guest`."""
    linux = guests.LINUX[guest]
    into = cache_dir() / "guests" / f"{guest}-modules" / release
    into.parent.mkdir(parents=True, exist_ok=True)
    only = tuple(f"./*lib/modules/{release}/kernel/{place}" for place in PLACES)
    package = f"linux-image-{release}"
    suite = Suite(linux.suite, linux.arch)
    return ensure_unpacked(suite, lambda _: package, into, progress, only=only)


def for_disk(guest, kernel, progress):
    """{path in the initramfs: content}; loaded in the order of their names they work.

    `guest` is a name of guests.LINUX, `kernel` the path of its image.
    """
    if guest not in guests.LINUX:
        raise UserError(f"no modules for {guest}; lapwing.do=disk needs a guest of Debian's")
    folder = _unpacked(guest, kernel.name.removeprefix("vmlinuz-"), progress)
    paths = {_name(path.name.partition(".")[0]): path for path in folder.rglob("*.ko*")}

    def read(name):
        if name not in paths:
            raise UserError(f"{guest} has no module {name}, which lapwing.do=disk needs")
        content = paths[name].read_bytes()
        return lzma.decompress(content) if paths[name].suffix == ".xz" else content

    return {
        f"modules/{number:02}-{name}.ko": content
        for number, (name, content) in enumerate(in_order(DISK, read))
    }
