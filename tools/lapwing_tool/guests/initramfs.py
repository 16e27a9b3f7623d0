# SPDX-License-Identifier: GPL-2.0-only
"""Makes the test initramfs: a static busybox, test/linux/init and what is beside it.

The archive is written here, in the kernel's "newc" cpio format with all times and owners 0, so the
same input gives the same bytes on any machine.
"""

import gzip
import hashlib
import pathlib
import tempfile

from . import kernels
from ..base import BUILD, ROOT, command

SOURCE = ROOT / "test" / "linux"
FLAGS = (
    "-Os", "-static", "-nostdlib", "-ffreestanding", "-fno-pie", "-no-pie",
    "-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables",
    "-Wl,--build-id=none", "-s",
)  # fmt: skip
# name in the initramfs -> (sources, flags); 32-bit ones run on both sizes of kernel
PROGRAMS = {
    "probe-cpus": (("probe.c",), ("-m32",)),
    "lwstat": (("lwstat.c", "lwstat_read.c", "lwstat_show.c"), ("-m32",)),
    "tick-mark": (("mark.c",), ("-m32",)),
    "guest-clocks": (("clock.c", "clock_read.c"), ("-m32",)),
    "user-work": (("work.c",), ("-m32",)),
    "disk-pass": (("disk.c",), ("-m32", "-O2")),
    "kexec-file": (("kexec.c",), ("-m64",)),
}
SCRIPTS = ("disk-io", "actions")

S_IFDIR, S_IFREG, S_IFCHR = 0o040000, 0o100000, 0o020000


class Cpio:
    """A newc archive in the making (Documentation/driver-api/early-userspace/buffer-format)."""

    def __init__(self):
        self.data = bytearray()
        self.inode = 0

    def add(self, name, mode, content=b"", device=(0, 0)):
        """Append an entry; `device` is major and minor of a device node."""
        self.inode += 1
        path = name.encode() + b"\0"
        fields = (
            self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, device[0], device[1], len(path), 0,
        )  # fmt: skip
        self.data += b"070701" + b"".join(b"%08X" % field for field in fields) + path
        self._pad()
        self.data += content
        self._pad()

    def _pad(self):
        self.data += b"\0" * (-len(self.data) % 4)

    def finish(self):
        """The complete archive."""
        self.add("TRAILER!!!", 0)
        return bytes(self.data)


def archive(programs, init):
    """The archive's bytes from {name: bytes} of the programs and those of init."""
    cpio = Cpio()
    for folder in ("bin", "dev", "proc", "sys", "root"):
        cpio.add(folder, S_IFDIR | 0o755)
    # The kernel opens it for init before devtmpfs is mounted.
    cpio.add("dev/console", S_IFCHR | 0o600, device=(5, 1))
    for name, content in programs.items():
        cpio.add(f"bin/{name}", S_IFREG | 0o755, content)
    cpio.add("init", S_IFREG | 0o755, init)
    return cpio.finish()


def compile_program(name, out):
    """Build one of PROGRAMS into the file `out`."""
    sources, flags = PROGRAMS[name]
    paths = [SOURCE / source for source in sources]
    command(["gcc", *FLAGS, *flags, "-o", out, *paths], f"building {name}")


def compile_programs(scratch):
    """{name: bytes} of PROGRAMS."""
    for name in PROGRAMS:
        compile_program(name, pathlib.Path(scratch) / name)
    return {name: (pathlib.Path(scratch) / name).read_bytes() for name in PROGRAMS}


def stamp(busybox, files):
    """A name for what is made of the program busybox and of `files`, the paths of all the rest.

    This module is among them: it has the flags of the compiler.
    """
    digest = hashlib.sha256(busybox)
    for path in sorted(files):
        content = path.read_bytes()
        digest.update(f"\0{path.name} {len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def make(arch, progress):
    """Path of the initramfs for guests of the Debian architecture `arch`, made when it is stale."""
    busybox = kernels.busybox(arch, progress).read_bytes()
    init = (SOURCE / "init").read_bytes()
    scripts = {name: (SOURCE / name).read_bytes() for name in SCRIPTS}
    folder = BUILD / "initramfs"
    name = stamp(busybox, [pathlib.Path(__file__), *SOURCE.iterdir()])
    path = folder / f"{arch}-{name}.cpio.gz"
    if path.exists():
        return path
    progress(f"making the initramfs ({arch})")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as scratch:
        programs = {"busybox": busybox, **scripts, **compile_programs(scratch)}
        new = pathlib.Path(scratch) / "initramfs"
        new.write_bytes(gzip.compress(archive(programs, init), 9, mtime=0))
        new.rename(path)
    return path


def with_files(first, files):
    """The initramfs `first` (bytes) and behind it `files`, {path: content}.

    The kernel unpacks archives that follow each other one after the other.
    """
    cpio = Cpio()
    for folder in sorted({path.rpartition("/")[0] for path in files}):
        cpio.add(folder, S_IFDIR | 0o755)
    for path, content in files.items():
        cpio.add(path, S_IFREG | 0o644, content)
    return first + b"\0" * (-len(first) % 4) + cpio.finish()
