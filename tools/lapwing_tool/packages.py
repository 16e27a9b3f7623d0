# SPDX-License-Identifier: GPL-2.0-only
"""Debian packages that builds, ISOs and tests need on this machine; installed when missing."""

import os
import shutil
import subprocess

from .base import UserError, command, locked

BUILD = ("meson", "ninja-build", "gcc", "binutils", "libc6-dev", "python3-kconfiglib")
ISO = ("grub-common", "grub-pc-bin", "xorriso", "e2fsprogs")
UEFI = ("grub-efi-amd64-bin", "mtools", "ovmf")
CLANG = ("clang", "lld")
GDB = ("gdb", "lz4", "zstd")  # and what guests' kernels are packed with
CHECKERS = ("clang-format-19", "clang-tidy-19")  # the same in Debian 12 and 13, so they judge alike
TEST = (*CLANG, *CHECKERS, "libclang-rt-dev", "patch", *GDB)
REPORT = ("python3-matplotlib",)  # charts, which only a report needs
ALL = BUILD + ISO + UEFI + TEST


def missing(names):
    """Those of `names` that are not installed."""
    text = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    ).stdout
    there = {line.split()[0] for line in text.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in there]


def privileged():
    """Words before a command that make it root's; none if that cannot be had."""
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    return ["sudo", "env", "DEBIAN_FRONTEND=noninteractive"] if shutil.which("sudo") else []


def try_update():
    """apt-get update of the machine itself, if we may; whether that was so."""
    if not privileged():
        return False
    command([*privileged(), "apt-get", "-q", "update"], "apt-get update")
    return True


def ensure(names, progress):
    """Install what is missing of `names`, as root or through sudo; apt runs only if it must."""
    if shutil.which("dpkg-query") is None:
        raise UserError("this is no Debian machine: install " + ", ".join(names) + " by hand")
    if not missing(names):
        return
    with locked("apt", progress):
        wanted = missing(names)
        if not wanted:
            return
        progress("installing " + " ".join(wanted))
        if not privileged():
            raise UserError("missing packages; as root: apt-get install " + " ".join(wanted))
        apt = [*privileged(), "apt-get", "-q", "-y", "-o", "Acquire::Retries=3"]
        install = [*apt, "--no-install-recommends", "install", *wanted]
        try:
            command(install, "installing packages")
        except UserError:
            # The package lists are missing or out of date, as on a new machine.
            progress("apt-get update")
            try_update()
            command(install, "installing packages")
