# SPDX-License-Identifier: GPL-2.0-only
"""Puts an L0 into the memory of a machine without virtio: what Bochs loads, and from where to boot.

Kernel and initramfs are in memory when the machine starts. A CD has no more than a stub
(test/l0/stub.c), which tells the kernel where they are. The files of a run are one more archive
behind the initramfs.
"""

import dataclasses
import hashlib
import pathlib
import struct
import tempfile

from . import l0_image, l0_kernel
from .. import packages
from ..base import ROOT, cache_dir, command, locked
from ..guests.initramfs import S_IFDIR, S_IFREG, Cpio
from ..images import iso

SOURCE = ROOT / "test" / "l0"
TOOLS = ("zstd", "gcc", "libc6-dev")
FLAGS = (
    "-m32", "-Os", "-static", "-nostdlib", "-ffreestanding", "-fno-pie", "-no-pie",
    "-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables",
    "-Wl,--build-id=none", "-s",
)  # fmt: skip
STUB_FLAGS = ("-Wl,-n", "-Wl,-Ttext=0x100000")
# test/l0/stub.c has the same numbers.
PARAMETERS, INITRAMFS = 0x1FF00000, 0x20000000
MAGIC = 0x4150304C
ALIGNMENT = 4  # of archives that follow each other
KERNEL = "linux-6.12"
MODULES = ("kvm_intel",)
COMMAND_LINE = (
    "console=ttyS0,115200 quiet mitigations=off nokaslr no_timer_check tsc=reliable "
    "cryptomgr.notests panic=-1"
)


@dataclasses.dataclass(frozen=True)
class Parts:
    """What is the same in each run: paths, and where the kernel begins."""

    kernel: pathlib.Path  # as in memory from l0_kernel.BASE on
    entry: int
    initramfs: pathlib.Path
    stub: pathlib.Path  # a bootable CD
    e9: pathlib.Path  # a program for the initramfs


def ensure(progress):
    """The Parts, made where they are missing."""
    packages.ensure((*TOOLS, *packages.ISO), progress)
    init = (SOURCE / "init").read_bytes()
    l0 = l0_image.ensure(KERNEL, MODULES, init, progress)
    packed = l0.kernel.read_bytes()
    digest = hashlib.sha256(packed)
    for path in (*sorted(SOURCE.iterdir()), pathlib.Path(__file__), pathlib.Path(l0_kernel.__file__)):
        digest.update(path.read_bytes())
    folder = cache_dir() / "l0" / f"memory-{digest.hexdigest()[:12]}"
    if not folder.exists():
        with locked("l0", progress):
            if not folder.exists():
                progress("unpacking the kernel of L0 and making its stub")
                _make(folder, packed)
    entry = int((folder / "entry").read_text(), 16)
    return Parts(folder / "kernel", entry, l0.initramfs, folder / "stub.iso", folder / "e9")


def _make(folder, packed):
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder.parent) as scratch:
        new = pathlib.Path(scratch) / "parts"
        new.mkdir()
        entry, memory = l0_kernel.flat(l0_kernel.payload(packed))
        (new / "kernel").write_bytes(memory)
        (new / "entry").write_text(f"{entry:x}\n")
        stub = pathlib.Path(scratch) / "stub"
        sources = [SOURCE / "entry.S", SOURCE / "stub.c"]
        command(["gcc", *FLAGS, *STUB_FLAGS, "-o", stub, *sources], "building L0's stub")
        command(["gcc", *FLAGS, "-o", new / "e9", SOURCE / "e9.c"], "building L0's e9")
        iso.make(new / "stub.iso", iso.Multiboot(stub))
        new.rename(folder)


def job(parts, files):
    """An archive with the program e9 and `files`, {name in /job: content}."""
    cpio = Cpio()
    cpio.add("job", S_IFDIR | 0o755)
    cpio.add("bin/e9", S_IFREG | 0o755, parts.e9.read_bytes())
    for name, content in files.items():
        cpio.add(f"job/{name}", S_IFREG | 0o644, content)
    return cpio.finish()


def parameters(entry, initramfs_size, command_line=COMMAND_LINE):
    """The block of parameters that the stub reads."""
    return struct.pack("<III", MAGIC, entry, initramfs_size) + command_line.encode() + b"\0"


def load(parts, archive, folder):
    """Write the files of a run into `folder`; gives [(file, address)], what is to be in memory."""
    size = parts.initramfs.stat().st_size
    behind = -size % ALIGNMENT
    (folder / "job.cpio").write_bytes(bytes(behind) + archive)
    size_of_all = size + behind + len(archive)
    (folder / "parameters").write_bytes(parameters(parts.entry, size_of_all))
    return [
        (parts.kernel, l0_kernel.BASE),
        (parts.initramfs, INITRAMFS),
        (folder / "job.cpio", INITRAMFS + size),
        (folder / "parameters", PARAMETERS),
    ]
