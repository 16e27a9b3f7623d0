# SPDX-License-Identifier: GPL-2.0-only
"""Makes a hard disk that a BIOS boots: GRUB in its first sectors, and a guest in its file system.

It stands for the system that is installed on a machine's own disk. No loop device and no root are
needed: GRUB's two parts are put where grub-install would put them.
"""

import os
import pathlib
import struct
import tempfile

from .iso import GRUB_DIR, Linux, Sector, files_of, quoted, words_of
from ..base import command

# GRUB says this on the console when it comes from the disk.
MARK = "GRUB of the disk"
MODULES = (
    "biosdisk", "part_msdos", "ext2", "normal", "configfile", "echo", "serial", "terminal", "linux",
    "linux16", "multiboot2", "chain", "ls", "boot",
)  # fmt: skip
SECTOR = 512
MIB = 1 << 20
PARTITION_AT = MIB
SPARE_MIB = 16
SECTOR_DISK_MIB = 8
# boot.img: where the rest of GRUB is, and the test of the drive's number that grub-install leaves out
# for hard disks. The first sector of the rest ends with a list of its other sectors.
KERNEL_SECTOR, DRIVE_CHECK = 0x5C, 0x66
BLOCK_LIST = SECTOR - 12
BLOCK_SEGMENT = 0x820
PARTITION_TABLE, PARTITION_TABLE_SIZE = 446, 64
LINUX_PARTITION, ACTIVE = 0x83, 0x80


def start(guest):
    """GRUB's lines that start a guest, whose files are in /boot."""
    words = words_of(guest)
    first, *others = (f"/boot/{name} {quoted(words.get(name, ''))}".rstrip() for name, _ in files_of(guest))
    if isinstance(guest, Sector):
        return ["ls (hd0,msdos1)", f"chainloader {first}"]
    if isinstance(guest, Linux):
        initrd = "initrd16" if guest.loader == "linux16" else "initrd"
        return [f"{guest.loader} {first}", *(f"{initrd} {file}" for file in others)]
    return [f"multiboot2 {first}", *(f"module2 {file}" for file in others)]


def script(guest, *before):
    """Text of the disk's grub.cfg; `before` is lines ahead of those that start the guest."""
    lines = [
        "serial --port=0x3f8 --speed=115200",
        "terminal_input serial console",
        "terminal_output serial console",
        "set gfxpayload=text",
        f"echo '{MARK}'",
        *before,
        *start(guest),
        "boot",
    ]
    return "\n".join(lines) + "\n"


def first_sectors(boot, core, sectors):
    """GRUB's two parts with a table of one partition that is `sectors` long, as bytes."""
    boot, core = bytearray(boot), bytearray(core)
    core += bytes(-len(core) % SECTOR)
    struct.pack_into("<Q", boot, KERNEL_SECTOR, 1)
    boot[DRIVE_CHECK : DRIVE_CHECK + 2] = b"\x90\x90"
    struct.pack_into("<QHH", core, BLOCK_LIST, 2, len(core) // SECTOR - 1, BLOCK_SEGMENT)
    first = PARTITION_AT // SECTOR
    entry = struct.pack("<B3xB3xII", ACTIVE, LINUX_PARTITION, first, sectors)
    boot[PARTITION_TABLE : PARTITION_TABLE + PARTITION_TABLE_SIZE] = entry.ljust(
        PARTITION_TABLE_SIZE, b"\0"
    )
    boot[SECTOR - 2 : SECTOR] = b"\x55\xaa"
    return bytes(boot + core)


def assemble(out, boot, core, system):
    """Write the image `out` of GRUB's two parts and a file system (paths)."""
    size = system.stat().st_size
    with open(out, "wb") as image:
        image.write(first_sectors(boot.read_bytes(), core.read_bytes(), size // SECTOR))
    place = ["bs=1M", f"seek={PARTITION_AT // MIB}", "conv=notrunc,sparse"]
    command(["dd", f"if={system}", f"of={out}", *place], "copying the file system")
    os.truncate(out, PARTITION_AT + size)
    return out


def of_sector(out, sector):
    """Write the image `out`, which holds nothing but the boot sector in the file `sector`."""
    data = pathlib.Path(sector).read_bytes()
    pathlib.Path(out).write_bytes(data.ljust(SECTOR_DISK_MIB * MIB, b"\0"))
    return out


def make(out, guest):
    """Write the image `out`, whose GRUB starts `guest` (iso.Linux, iso.Multiboot or iso.Sector)."""
    out = pathlib.Path(out)
    files = dict(files_of(guest))
    size = sum(pathlib.Path(path).stat().st_size for path in files.values())
    size = (size // MIB + 1 + SPARE_MIB) * MIB
    with tempfile.TemporaryDirectory(prefix=".disk-", dir=out.parent) as folder:
        folder = pathlib.Path(folder)
        grub = folder / "tree/boot/grub"
        grub.mkdir(parents=True)
        for name, path in files.items():
            (grub.parent / name).write_bytes(pathlib.Path(path).read_bytes())
        (grub / "grub.cfg").write_text(script(guest))
        core, system = folder / "core.img", folder / "system"
        command(
            ["grub-mkimage", "-O", "i386-pc", "-p", "(hd0,msdos1)/boot/grub", "-o", core, *MODULES],
            "making the disk's GRUB",
        )
        kib = f"{size // 1024}k"
        command(["/sbin/mke2fs", "-q", "-t", "ext2", "-d", folder / "tree", system, kib], "mke2fs")
        return assemble(out, GRUB_DIR / "boot.img", core, system)
