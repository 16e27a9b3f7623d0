# SPDX-License-Identifier: GPL-2.0-only
"""Guests that are an installed Debian: a hard disk with GRUB, ext4 and systemd, which a BIOS boots.

The disk is made once, in the cache, by mmdebstrap from the archive of the machine's own apt; no loop
device is needed. Each run has a copy, which gets what belongs to that run: the programs of test/linux,
the words for the command line, which entry of GRUB's menu is the default, and, where Lapwing is to be
installed on it, what `meson install` installs.
"""

import dataclasses
import hashlib
import pathlib
import subprocess
import tempfile

from . import initramfs, kernels
from .. import packages
from ..archive import Suite
from ..base import UserError, cache_dir, command, locked
from ..images import bootdisk

SETUP = pathlib.Path(__file__).with_name("installed_setup")
UNIT = initramfs.SOURCE / "lapwing-guest.service"
PACKAGES = ("systemd-sysv", "udev", "kmod", "initramfs-tools", "grub-pc-bin", "grub2-common")
# What no emulator has; a third of the disk.
LEFT_OUT = (
    "/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/lib/modules/*/kernel/sound/*",
    "/lib/modules/*/kernel/drivers/gpu/*", "/lib/modules/*/kernel/drivers/media/*",
    "/lib/modules/*/kernel/drivers/net/*",
)  # fmt: skip
UUID = "6c617077-696e-4748-8970-657244697363"
SPARE_MIB = 64
EPOCH = 946684800
PLACE = "/opt/lapwing-guest"  # installed_setup's unit and test/linux/installed know it as well
DISKS = {
    "debian-11": ("bullseye", ("linux-5.10", "linux-5.10-cloud")),
    "debian-12": ("bookworm", ("linux-6.1",)),
}


@dataclasses.dataclass(frozen=True)
class Installed:
    """One entry of a disk's GRUB menu."""

    disk: str
    linux: str  # of kernels.LINUX


GUESTS = {
    "debian-11": Installed("debian-11", "linux-5.10"),
    "debian-11-cloud": Installed("debian-11", "linux-5.10-cloud"),
    "debian-12": Installed("debian-12", "linux-6.1"),
}


def _release(linux, suite):
    """The release of the kernel called `linux`, as in /boot/vmlinuz-RELEASE."""
    return kernels.LINUX[linux].real_package(suite).removeprefix("linux-image-")


def _mmdebstrap(suite, releases, out, progress):
    """Run mmdebstrap, whose hook leaves boot.img, core.img and the file system in the folder `out`."""
    sources = out / "sources.list"
    sources.write_text(suite.sources())
    include = [*PACKAGES, *(f"linux-image-{release}" for release in releases)]
    argv = ["mmdebstrap", "--variant=minbase", "--format=null", f"--include={','.join(include)}"]
    argv += [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    argv += ["--aptopt=Acquire::Check-Valid-Until false", "--aptopt=Acquire::Languages none"]
    argv += ["--aptopt=Acquire::Retries 3", f'--essential-hook={SETUP} before "$1"']
    argv += [f'--customize-hook={SETUP} after "$1"', suite.name, "/dev/null", str(sources)]
    env = {"OUT": out, "UUID": UUID, "UNIT": UNIT, "SPARE_MIB": SPARE_MIB, "SOURCE_DATE_EPOCH": EPOCH}
    env = [f"{name}={value}" for name, value in {**env, "LC_ALL": "C"}.items()]
    argv = [*packages.privileged(), *env, *argv]
    lines = []
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for raw in process.stdout:
            lines.append(raw.decode(errors="replace").rstrip())
            if lines[-1].startswith("I: ") and lines[-1].endswith("..."):
                progress(f"  {lines[-1][3:]}")
    if process.returncode:
        raise UserError("\n".join(["making an installed Debian failed:", *lines[-25:]]))


def _make(disk, path, progress):
    """Write the image of `disk`, a name of DISKS, and beside it the releases of its kernels."""
    name, linuxes = DISKS[disk]
    suite = Suite(name)
    packages.ensure(("mmdebstrap",), progress)
    progress(f"installing {disk} on a disk image; that is done once")
    with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as folder:
        folder = pathlib.Path(folder)
        with locked(f"apt-{suite.label}", progress):
            # As in Suite.fetch(): a mirror may lack a suite's security updates.
            for suite.security in (True, False):
                try:
                    suite.update(progress)
                    releases = [_release(linux, suite) for linux in linuxes]
                    _mmdebstrap(suite, releases, folder, progress)
                    break
                except UserError:
                    if not suite.security:
                        raise
        new = folder / "disk"
        bootdisk.assemble(new, *(folder / part for part in ("boot.img", "core.img", "system")))
        for old in path.parent.glob(f"{disk}-*"):
            old.unlink()
        path.with_suffix(".kernels").write_text("\n".join(releases))
        new.rename(path)


def _place(disk):
    """Path of the image of `disk` as it was installed."""
    digest = hashlib.sha256(repr((DISKS[disk], PACKAGES, LEFT_OUT, UUID, SPARE_MIB)).encode())
    for source in (SETUP, UNIT):
        digest.update(source.read_bytes())
    return cache_dir() / "installed" / f"{disk}-{digest.hexdigest()[:12]}.img"


def unavailable(guest):
    """Why the disk of `guest`, a name of GUESTS, cannot be had here (a sentence), or None."""
    if packages.privileged() or _place(GUESTS[guest].disk).exists():
        return None
    return f"{guest} is installed on a disk once, by mmdebstrap, which needs root or sudo here"


def base(disk, progress):
    """That path; the image is made if it is missing."""
    path = _place(disk)
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        with locked(f"installed-{disk}", progress):
            if not path.exists():
                _make(disk, path, progress)
    return path


def default_entry(guest, image):
    """Identifier of GRUB's entry for `guest`, a name of GUESTS, on the disk of base()."""
    entry = GUESTS[guest]
    releases = image.with_suffix(".kernels").read_text().split()
    release = releases[DISKS[entry.disk][1].index(entry.linux)]
    return f"gnulinux-{release}-advanced-{UUID}"


def grub_environment(path, words):
    """Write GRUB's environment block with the variables `words` to the new file `path`."""
    command(["grub-editenv", path, "create"], "making GRUB's environment block")
    pairs = [f"{name}={value}" for name, value in words.items()]
    command(["grub-editenv", path, "set", *pairs], "writing GRUB's environment block")
    return path


def put(image, files):
    """Put `files`, {path on the disk: path here}, into the file system of `image`."""
    folders = {str(parent) for name in files for parent in pathlib.PurePath(name).parents}
    lines = [f"mkdir {folder}" for folder in sorted(folders - {"/"})]
    for name, source in files.items():
        place, _, last = name.rpartition("/")
        lines += [f"cd {place}", f"rm {last}", f'write "{source}" {last}']
    with tempfile.NamedTemporaryFile("w", suffix=".debugfs") as script:
        script.write("\n".join(lines) + "\n")
        script.flush()
        where = f"{image}?offset={bootdisk.PARTITION_AT}"
        text = command(["/sbin/debugfs", "-w", "-f", script.name, where], "debugfs")
    if text.count("Allocated inode:") < len(files):
        raise UserError(f"{image}: not every file could be written:\n{text}")


def programs(scratch, progress):
    """{path on the disk: path here} of what test/linux has for an installed system."""
    found = {f"{PLACE}/busybox": kernels.busybox("amd64", progress)}
    found |= {f"{PLACE}/{name}": initramfs.SOURCE / name for name in ("installed", "actions")}
    found["/etc/systemd/system.conf.d/lapwing.conf"] = initramfs.SOURCE / "systemd.conf"
    for name in initramfs.compile_programs(scratch):
        found[f"{PLACE}/programs/{name}"] = scratch / name
    return found


def make(out, guest, append, files, progress):
    """Write the image `out` for one run of `guest` with `files` besides, as in put()."""
    reason = unavailable(guest)
    if reason:
        raise UserError(reason)
    image = base(GUESTS[guest].disk, progress)
    command(["cp", "--sparse=always", "--reflink=auto", image, out], "copying the disk image")
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        words = {"saved_entry": default_entry(guest, image), "lapwing_words": append}
        environment = grub_environment(scratch / "grubenv", words)
        put(out, {"/boot/grub/grubenv": environment, **programs(scratch, progress), **files})
    return out
