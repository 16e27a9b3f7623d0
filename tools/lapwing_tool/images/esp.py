# SPDX-License-Identifier: GPL-2.0-only
"""Makes the EFI system partition of a CD image: a FAT file system with GRUB for UEFI in it."""

import os
import pathlib
import tempfile

from ..base import UserError, command

GRUB_DIR = pathlib.Path("/usr/lib/grub/x86_64-efi")
SIZE = 4 << 20
SERIAL = "4C570001"
# Where UEFI looks on a medium that it has no entry for.
BOOT_FILE = "::/EFI/BOOT/BOOTX64.EFI"
# GRUB's folder is on the CD around the partition.
SEARCH = "search --file --set=root /boot/grub/grub.cfg\nset prefix=($root)/boot/grub\n"


def make(out, modules, epoch):
    """Write the partition `out`. Its GRUB has `modules` and reads /boot/grub/grub.cfg of the CD."""
    if not (GRUB_DIR / "iso9660.mod").exists():
        raise UserError("GRUB for UEFI machines is missing: apt install grub-efi-amd64-bin mtools")
    fixed = {"SOURCE_DATE_EPOCH": str(epoch)}
    with tempfile.TemporaryDirectory(prefix=".esp-", dir=out.parent) as folder:
        config, grub = pathlib.Path(folder) / "early.cfg", pathlib.Path(folder) / "grub.efi"
        config.write_text(SEARCH)
        command(
            ["grub-mkimage", "-O", "x86_64-efi", "-p", "/boot/grub", "-c", config, "-o", grub,
             *modules],
            "making the GRUB image for UEFI",
        )  # fmt: skip
        os.utime(grub, (epoch, epoch))
        with open(out, "wb") as image:
            image.truncate(SIZE)
        command(["mformat", "-i", out, "-N", SERIAL, "::"], "making the partition", env=fixed)
        command(["mmd", "-i", out, "::/EFI", "::/EFI/BOOT"], "making the partition", env=fixed)
        command(["mcopy", "-m", "-i", out, grub, BOOT_FILE], "making the partition", env=fixed)
