# SPDX-License-Identifier: GPL-2.0-only
"""What is booted: kernels, their modules, the initramfs, command lines, the disk."""

from . import installed, kernels, systems, xen
from ..base import cache_dir


def names():
    """Every name that a case's `guest` can be, besides a file's, "none" and "junk"."""
    return [*kernels.LINUX, xen.NAME, *installed.GUESTS, *systems.SYSTEMS]


def unavailable(name):
    """Why the guest called `name` cannot be had here (a sentence), or None."""
    return installed.unavailable(name) if name in installed.GUESTS else None


def is_there(name):
    """Whether the guest called `name` is in the cache."""
    if name in installed.GUESTS:
        return any((cache_dir() / "installed").glob(f"{installed.GUESTS[name].disk}-*.img"))
    folder = "systems" if name in systems.SYSTEMS else "kernels"
    return (cache_dir() / folder / name / "boot").exists()


def fetch(name, progress):
    """Path of what the guest called `name` is booted from, fetched or made when it is missing."""
    if name == xen.NAME:
        return xen.kernel(progress)
    if name in installed.GUESTS:
        return installed.base(installed.GUESTS[name].disk, progress)
    if name in systems.SYSTEMS:
        return systems.guest(name, "", progress).kernel
    return kernels.kernel(name, progress)
