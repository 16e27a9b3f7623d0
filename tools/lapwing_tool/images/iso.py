# SPDX-License-Identifier: GPL-2.0-only
"""Makes a bootable GRUB2 CD image (works from a USB stick too) of Lapwing and a guest.

The same GRUB boots the guest bare. All dates and identifiers are fixed: the same files give the
same image, bit by bit.
"""

import dataclasses
import os
import pathlib
import shutil
import tempfile

from ..base import UserError, command
from . import esp, tick_marks

GRUB_DIR = pathlib.Path("/usr/lib/grub/i386-pc")
EITHER = (
    "iso9660", "part_msdos", "normal", "configfile", "echo", "test", "serial", "terminal",
    "multiboot", "multiboot2", "linux", "chain", "boot",
)  # fmt: skip
MODULES = ("biosdisk", *EITHER)
UEFI_MODULES = ("part_gpt", "fat", "efi_gop", "search", "search_fs_file", "acpi", "wrmsr", *EITHER)
# The boot loader of a system that is installed on a disk for UEFI.
DISK_LOADER = "/EFI/debian/grubx64.efi"
EPOCH = 946684800  # 2000-01-01, the next line's date too
DATE = "2000010100000000"
# GRUB says this on the console each time that it comes up; a run counts it to see a reboot.
GRUB_MARK = "GRUB: loading"


@dataclasses.dataclass
class Linux:
    """A bzImage with an optional initrd."""

    kernel: pathlib.Path
    initrd: pathlib.Path = None
    append: str = ""
    loader: str = "linux"  # the command of a disk's GRUB


@dataclasses.dataclass
class Module:
    """A module of a Multiboot kernel, with words of its own."""

    path: pathlib.Path
    args: str = ""


@dataclasses.dataclass
class Multiboot:
    """A Multiboot 1 kernel with its modules (of the type Module)."""

    kernel: pathlib.Path
    args: str = ""
    modules: tuple = ()
    linux: str = None  # the command line of the Linux that it starts, if it does


@dataclasses.dataclass
class Sector:
    """A boot sector, which a disk's GRUB starts."""

    kernel: pathlib.Path


def quoted(text):
    """`text` as words for a GRUB script, each quoted, so that $ and ; mean themselves."""
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in text.split())


def files_of(guest):
    """(name on the CD, path) of each file of a guest."""
    if guest is None:
        return []
    files = [("guest", guest.kernel)]
    if isinstance(guest, Sector):
        return files
    if isinstance(guest, Linux):
        return files + ([("initrd", guest.initrd)] if guest.initrd else [])
    return files + [(f"module{n}", module.path) for n, module in enumerate(guest.modules)]


def words_of(guest):
    """{name on the CD: words} of what has words in a guest."""
    if guest is None:
        return {}
    if isinstance(guest, Linux):
        return {"guest": guest.append}
    if isinstance(guest, Sector):
        return {}
    words = {f"module{n}": module.args for n, module in enumerate(guest.modules)}
    return {"guest": guest.args, **words}


def script(guest, hypervisor, options, protocol, tables=0, first=(), last=()):
    """Text of grub.cfg. `hypervisor` is a bool: under Lapwing or bare. `tables`: how many ACPI tables.

    `first`: lines before all others, `last`: those before the jump.
    """
    lines = [
        # By its address: after a reset some BIOSes (Bochs') do not find COM1 any more.
        "serial --port=0x3f8 --speed=115200",
        "terminal_input serial console",
        "terminal_output serial console",
        "set gfxpayload=text",
        f"echo '{GRUB_MARK}'",
        *first,
    ]
    if tables:
        lines.append(" ".join(["acpi", *(f"/boot/acpi{n}" for n in range(tables))]))
    names = [name for name, _ in files_of(guest)]
    words = lambda name: f"/boot/{name} {quoted(words_of(guest).get(name, ''))}".rstrip()
    if protocol == "efi":
        lines += [f"chainloader /boot/lapwing.efi {quoted(options)}"] if hypervisor else [
            f"search --file --set=root {DISK_LOADER}",
            f"chainloader {DISK_LOADER}",
        ]
    elif hypervisor:
        module = "module2" if protocol == "multiboot2" else "module"
        lines.append(f"{protocol} /boot/lapwing.elf {quoted(options)}".rstrip())
        lines += [f"{module} {words(name)}" for name in names]
    elif isinstance(guest, Linux):
        lines.append(f"linux {words('guest')}")
        lines += [f"initrd /boot/{name}" for name in names[1:]]
    elif guest:
        lines.append(f"multiboot {words('guest')}")
        lines += [f"module {words(name)}" for name in names[1:]]
    else:
        lines += ["set root=(hd0)", "chainloader +1"]
    return "\n".join([*lines, *last, "boot"]) + "\n"


def make(out, guest, elf=None, options="", protocol="multiboot2", uefi=False, tables=(), first=(), marks=False):
    """Write the image `out`: `guest` (Linux, Multiboot or None) under the hypervisor `elf`.

    Without `elf` the guest boots bare. `options` is the hypervisor's command line and `protocol`
    GRUB's command to load it, multiboot or multiboot2, or "efi": `elf` is a UEFI application. `uefi`: for machines with UEFI as well.
    `tables`: ACPI tables, as bytes, that GRUB brings to a machine whose firmware has none. `first`: lines of GRUB's script.
    `marks`: its last ones make those of tick_marks.py.
    """
    if not (GRUB_DIR / "iso9660.mod").exists():
        raise UserError("GRUB for BIOS machines is missing: apt install grub-pc-bin grub-common")
    files = files_of(guest) + ([("lapwing" + elf.suffix, elf)] if elf else [])
    for _, path in files:
        if not pathlib.Path(path).is_file():
            raise UserError(f"{path}: no such file")
    out = pathlib.Path(out).resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".iso-", dir=out.parent) as folder:
        tree = pathlib.Path(folder) / "tree"
        (tree / "boot/grub").mkdir(parents=True)
        for name, path in files:
            shutil.copyfile(path, tree / "boot" / name)
        for n, table in enumerate(tables):
            (tree / f"boot/acpi{n}").write_bytes(table)
        last = tick_marks.grub_lines() if marks else ()
        text = script(guest, elf is not None, options, protocol, len(tables), first, last)
        (tree / "boot/grub/grub.cfg").write_text(text)
        command(
            ["grub-mkimage", "-O", "i386-pc-eltorito", "-p", "/boot/grub",
             "-o", tree / "boot/grub/eltorito.img", *MODULES, *([tick_marks.GRUB_MODULE] if marks else [])],
            "making the GRUB image",
        )  # fmt: skip
        boot_uefi = []
        if uefi:
            esp.make(tree / "boot/grub/efi.img", UEFI_MODULES, EPOCH)
            boot_uefi = ["-eltorito-alt-boot", "-e", "boot/grub/efi.img", "-no-emul-boot"]
        for path in (tree, *tree.rglob("*")):
            os.utime(path, (EPOCH, EPOCH))
        image = pathlib.Path(folder) / "image.iso"
        command(
            ["xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "LAPWING", "-uid", "0", "-gid", "0",
             f"--modification-date={DATE}", "--set_all_file_dates", "set_to_mtime",
             "-b", "boot/grub/eltorito.img", "-no-emul-boot", "-boot-load-size", "4",
             "-boot-info-table", "--grub2-boot-info",
             "--grub2-mbr", GRUB_DIR / "boot_hybrid.img", *boot_uefi, "-o", image, tree],
            "making the ISO", env={"SOURCE_DATE_EPOCH": str(EPOCH)},
        )  # fmt: skip
        image.replace(out)
    return out
