# SPDX-License-Identifier: GPL-2.0-only
"""Makes a CD that a BIOS boots by isolinux, which starts a Linux from it: a system's installation CD."""

import pathlib
import shutil
import struct
import tempfile

from .iso import DATE
from ..archive import Suite, ensure_unpacked
from ..base import cache_dir, command

SUITE = "bookworm"
# {package: its file that is needed}
FILES = {
    "isolinux": "usr/lib/ISOLINUX/isolinux.bin",
    "syslinux-common": "usr/lib/syslinux/modules/bios/ldlinux.c32",
}
SECTOR = 2048
BOOT_RECORD, CATALOG_AT = 17, 0x47
COUNT_AT = 0x20 + 6  # in the catalog: sectors of 512 bytes that the BIOS is to read


def script(guest):
    """Text of isolinux.cfg."""
    lines = ["SERIAL 0 115200", "DEFAULT guest", "PROMPT 1", "TIMEOUT 10", "LABEL guest"]
    lines += ["KERNEL /guest", f"APPEND {guest.append}"]
    return "\n".join([*lines, "INITRD /initrd"] if guest.initrd else lines) + "\n"


def set_count(image, sectors):
    """Overwrite the count of sectors in the boot catalog of the file `image`."""
    with open(image, "r+b") as cd:
        cd.seek(BOOT_RECORD * SECTOR + CATALOG_AT)
        (catalog,) = struct.unpack("<I", cd.read(4))
        cd.seek(catalog * SECTOR + COUNT_AT)
        cd.write(struct.pack("<H", sectors))


def make(out, guest, sectors, progress):
    """Write the image `out`, which boots `guest` (iso.Linux); `sectors` of isolinux are to be read."""
    out = pathlib.Path(out)
    with tempfile.TemporaryDirectory(prefix=".cd-", dir=out.parent) as folder:
        tree = pathlib.Path(folder) / "tree"
        (tree / "isolinux").mkdir(parents=True)
        for package, member in FILES.items():
            unpacked = cache_dir() / "systems" / package
            find = lambda suite, package=package: package
            ensure_unpacked(Suite(SUITE), find, unpacked, progress, only=(f"./{member}",))
            shutil.copy(unpacked / member, tree / "isolinux")
        shutil.copy(guest.kernel, tree / "guest")
        if guest.initrd:
            shutil.copy(guest.initrd, tree / "initrd")
        (tree / "isolinux/isolinux.cfg").write_text(script(guest))
        command(
            ["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "GUEST", f"--modification-date={DATE}",
             "-b", "isolinux/isolinux.bin", "-no-emul-boot", "-boot-load-size", "4",
             "-boot-info-table", "-o", out, tree],
            "making the guest's CD",
        )  # fmt: skip
    set_count(out, sectors)
    return out
