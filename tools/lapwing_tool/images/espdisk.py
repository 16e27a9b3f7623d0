# SPDX-License-Identifier: GPL-2.0-only
"""Makes a hard disk that UEFI firmware reads: an EFI system partition with a GRUB in it.

It stands for the system that is installed on a machine's own disk. GRUB is where Debian's grub-install
puts it, and not where the firmware looks by itself.
"""

import os
import pathlib
import struct
import tempfile

from . import bootdisk
from .bootdisk import MIB, PARTITION_AT, PARTITION_TABLE, SECTOR, SPARE_MIB
from .esp import SERIAL
from .iso import DISK_LOADER, EPOCH, UEFI_MODULES, files_of
from ..base import command

# UEFI separates with the other stroke.
CHAIN = "chain=" + DISK_LOADER.replace("/", "\\")
# Where the firmware looks on a disk that it has no entry for.
FALLBACK = "/EFI/BOOT/BOOTX64.EFI"
ESP_TYPE = 0xEF
SIGNATURE = b"\x55\xaa"
ENTRY_SIZE = 16
# What the script of an installed GRUB asks for, beside what any GRUB here has.
MODULES = (*UEFI_MODULES, "ext2", "gzio", "search_fs_uuid", "loadenv", "all_video", "regexp", "sleep", "rdmsr")


def script(guest, first=()):
    """Text of what the disk's GRUB does: `first`, and then it starts `guest` (iso.Linux, iso.Multiboot) from the partition."""
    return bootdisk.script(guest, *first, "search --file --set=root " + DISK_LOADER)


def script_of_system(uuid):
    """The same, for a GRUB that is installed in the file system `uuid`."""
    return f"search --fs-uuid --set=root {uuid}\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n"


def append(image, number, config, files, places=(DISK_LOADER,)):
    """Append a partition to the disk `image` (path), as entry `number` of its table (from 0 on).

    `config` is the text of what GRUB does; `files` is {name: path} of what else is in it, in /boot. GRUB
    is at each of `places`.
    """
    size = sum(pathlib.Path(path).stat().st_size for path in files.values())
    sectors = (size // MIB + 1 + 2 * SPARE_MIB) * MIB // SECTOR
    at = max(PARTITION_AT, -(-image.stat().st_size // MIB) * MIB)
    entry = struct.pack("<B3xB3xII", 0, ESP_TYPE, at // SECTOR, sectors)
    with open(image, "r+b") as disk:
        disk.seek(PARTITION_TABLE + number * ENTRY_SIZE)
        disk.write(entry)
        disk.seek(SECTOR - len(SIGNATURE))
        disk.write(SIGNATURE)
        disk.truncate(at + sectors * SECTOR)

    def tool(name, *words):
        what = "making the EFI system partition"
        command([name, "-i", f"{image}@@{at}", *words], what, env={"SOURCE_DATE_EPOCH": str(EPOCH)})

    with tempfile.TemporaryDirectory(prefix=".disk-", dir=image.parent) as folder:
        early, grub = pathlib.Path(folder) / "early.cfg", pathlib.Path(folder) / "grub.efi"
        early.write_text(config)
        command(
            ["grub-mkimage", "-O", "x86_64-efi", "-p", "/boot/grub", "-c", early, "-o", grub, *MODULES],
            "making the disk's GRUB for UEFI",
        )  # fmt: skip
        tool("mformat", "-N", SERIAL, "-T", str(sectors), "-h", "64", "-s", "32", "::")
        tool("mmd", "::/boot", "::/EFI", *(f"::{os.path.dirname(place)}" for place in places))
        for place in places:
            tool("mcopy", grub, f"::{place}")
        for name, path in files.items():
            tool("mcopy", path, f"::/boot/{name}")


def make(out, guest, first=()):
    """Write the image `out`, whose GRUB does the lines `first` and starts `guest` (iso.Linux or iso.Multiboot)."""
    out = pathlib.Path(out)
    out.write_bytes(b"")
    append(out, 0, script(guest, first), dict(files_of(guest)))
    return out
