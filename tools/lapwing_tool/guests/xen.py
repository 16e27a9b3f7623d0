# SPDX-License-Identifier: GPL-2.0-only
"""Xen as the guest, with a Linux as its first domain: a Multiboot kernel that patches its own code.

Under Lapwing it finds no SVM or VMX, so that the domain is a paravirtual one.
"""

import gzip

from ..archive import Suite, ensure_unpacked
from ..base import UserError, cache_dir
from ..images import iso

NAME = "xen-4.17"
SUITE, PACKAGE = "bookworm", "xen-hypervisor-4.17-amd64"
DOM0 = "linux-5.10"
# MWAIT with an extension is #GP on QEMU's TCG, bare as well. Xen reads the BIOS's memory map itself.
ARGS = (
    "xen console=com1 com1=115200,8n1 cpuidle=0 mwait-idle=0 cpufreq=none "
    "dom0_mem=384M noreboot=0"
)


def kernel(progress):
    """Path of Xen's ELF file, fetched when it is missing."""
    folder = cache_dir() / "kernels" / NAME
    only = ("./boot/*",)
    ensure_unpacked(Suite(SUITE, "amd64"), lambda suite: PACKAGE, folder, progress, only=only)
    path = folder / "boot" / "xen.elf"
    if not path.exists():
        packed = next((folder / "boot").glob("xen-4.17*.gz"), None)
        if packed is None:
            raise UserError(f"{folder} holds no Xen; remove that folder and try again")
        path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def above(linux, progress):
    """The guest that is Xen with `linux` (iso.Linux) as its first domain."""
    words = f"{linux.append} console=hvc0"
    modules = (iso.Module(linux.kernel, words), iso.Module(linux.initrd))
    return iso.Multiboot(kernel(progress), ARGS, modules, linux=words)
