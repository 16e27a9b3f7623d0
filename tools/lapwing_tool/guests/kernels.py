# SPDX-License-Identifier: GPL-2.0-only
"""The guests that --guest knows by name: kernels of Debian's releases, taken from its archive."""

import dataclasses
import pathlib
import re

from . import modules
from ..archive import Suite, ensure_unpacked
from ..base import UserError, cache_dir


@dataclasses.dataclass(frozen=True)
class LinuxGuest:
    """A kernel by its metapackage, which names the real package of today."""

    suite: str
    metapackage: str
    arch: str  # Debian architecture, of the busybox too
    version: str  # the package's version begins so
    title: str

    def real_package(self, suite):
        """The kernel package that the metapackage depends on in `suite`."""
        match = re.search(r"linux-image-\S+", suite.depends(self.metapackage))
        if not match or self.version not in match.group(0):
            raise UserError(f"{self.metapackage} of {self.suite} is not {self.version} any more")
        return match.group(0)


LINUX = {
    "linux-5.10": LinuxGuest("bullseye", "linux-image-amd64", "amd64", "5.10", "Debian 11, amd64"),
    "linux-5.10-cloud": LinuxGuest(
        "bullseye", "linux-image-cloud-amd64", "amd64", "5.10", "Debian 11, cloud-amd64"
    ),
    "linux-5.10-686": LinuxGuest(
        "bullseye", "linux-image-686", "i386", "5.10", "Debian 11, i386 without PAE"
    ),
    "linux-6.1": LinuxGuest("bookworm", "linux-image-amd64", "amd64", "6.1", "Debian 12, amd64"),
    "linux-6.12": LinuxGuest("trixie", "linux-image-amd64", "amd64", "6.12", "Debian 13, amd64"),
}

# The release whose busybox goes into the initramfs, for 64-bit and 32-bit guests alike.
BUSYBOX_SUITE = "bookworm"


def kernel(name, progress):
    """Path of the bzImage of the guest called `name`, fetched when it is missing."""
    guest = LINUX[name]
    folder = cache_dir() / "kernels" / name
    suite = Suite(guest.suite, guest.arch)
    # All of it from one package: kernel and modules must not be of different builds.
    only = ("./boot/*", *modules.MEMBERS)
    ensure_unpacked(suite, guest.real_package, folder, progress, only=only)
    images = sorted((folder / "boot").glob("vmlinuz-*"))
    if not images:
        raise UserError(f"{folder} holds no kernel; remove that folder and try again")
    return images[0]


def busybox(arch, progress):
    """Path of a static busybox for the Debian architecture `arch`."""
    folder = cache_dir() / "busybox" / arch
    ensure_unpacked(Suite(BUSYBOX_SUITE, arch), lambda suite: "busybox-static", folder, progress)
    return next(
        path for path in (folder / "bin/busybox", folder / "usr/bin/busybox") if path.exists()
    )


def arch_of(image):
    """Debian architecture of a bzImage: amd64 if its XLF_KERNEL_64 flag is set, i386 otherwise.

    See "The real-mode kernel header" in the kernel's boot protocol; xloadflags is at 236H.
    """
    with open(image, "rb") as handle:
        head = handle.read(0x260)
    if len(head) < 0x260 or head[0x202:0x206] != b"HdrS":
        return None
    return "amd64" if head[0x236] & 1 else "i386"


def resolve(guest, progress):
    """(kernel path, Debian architecture) of a guest's name or of a kernel image's path."""
    if guest in LINUX:
        return kernel(guest, progress), LINUX[guest].arch
    path = pathlib.Path(guest)
    if not path.is_file():
        raise UserError(
            f"no guest called {guest} and no such file; known guests: {', '.join(LINUX)}"
        )
    arch = arch_of(path)
    if arch is None:
        raise UserError(
            f"{path} is no Linux bzImage; for a Multiboot kernel use --multiboot {path}"
        )
    return path.resolve(), arch
