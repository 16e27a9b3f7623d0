# SPDX-License-Identifier: GPL-2.0-only
"""Makes what L0 boots, a Linux that runs QEMU on its own KVM: a kernel and an initramfs in the cache.

L0 is what runs directly on an emulator, L1 (Lapwing) is KVM's guest there. The kernel and its
modules are Debian's; QEMU is the one that the other machines run, with its libraries and its BIOS.
There is no disk: all is in the initramfs, and a machine's own /init says what happens.
"""

import dataclasses
import hashlib
import pathlib
import re
import time

from . import qemu_setup
from ..archive import Suite, ensure_unpacked
from ..base import UserError, cache_dir, command, locked
from ..guests import kernels, modules
from ..guests.initramfs import S_IFCHR, S_IFDIR, S_IFREG, Cpio

# Files of the kernel's package that an L0 can need; the package has 300 MB of others.
MEMBERS = (
    "./boot/vmlinuz-*",
    "./*lib/modules/*/modules.builtin",
    *(
        f"./*lib/modules/*/kernel/{place}*.ko*"
        for place in (
            "arch/x86/kvm/", "virt/lib/", "drivers/crypto/ccp/ccp", "drivers/virtio/",
            "net/9p/", "fs/9p/", "fs/netfs/", "fs/fscache/",
        )
    ),
)  # fmt: skip
FIRMWARE = ("bios-256k.bin", "kvmvapic.bin")
FIRMWARE_FOLDERS = ("/usr/share/qemu", "/usr/share/seabios")
PROGRAM = "bin/qemu"  # in the initramfs; its libraries are in lib, its firmware in FIRMWARE_AT
FIRMWARE_AT = "firmware"
LOADER = "lib64/ld-linux-x86-64.so.2"
KEPT_S = 24 * 3600  # an initramfs that another checkout uses is not taken away from it


@dataclasses.dataclass(frozen=True)
class L0:
    """Paths of a bzImage and of an initramfs; the latter loads nothing by itself.

    Its folder /modules has the wanted modules; loaded in the order of their names they work.
    """

    kernel: pathlib.Path
    initramfs: pathlib.Path


def unpacked(name, progress):
    """The folder with the kernel `name` (of kernels.LINUX) and the modules for an L0."""
    guest = kernels.LINUX[name]
    suite = Suite(guest.suite, guest.arch)
    folder = cache_dir() / "l0" / name
    folder.parent.mkdir(exist_ok=True)
    return ensure_unpacked(suite, guest.real_package, folder, progress, only=MEMBERS)


def ensure(name, wanted, init, progress):
    """The L0 with the kernel `name`, the modules `wanted` and `init` (bytes) as its first process.

    Made when there is none of these very parts yet.
    """
    folder = unpacked(name, progress)
    kernel = next((folder / "boot").glob("vmlinuz-*"))
    qemu = qemu_setup.ensure(progress)
    files = {PROGRAM: pathlib.Path(qemu.program), **libraries(qemu), **firmware(qemu)}
    files["bin/busybox"] = kernels.busybox("amd64", progress)
    mark = stamp(files, [pathlib.Path(__file__).read_bytes(), init, repr(wanted).encode()])
    path = folder.with_name(f"{name}-{mark}.cpio")
    if not path.exists():
        with locked("l0", progress):
            if not path.exists():
                progress(f"making the initramfs of L0 ({name})")
                content = {name: path.read_bytes() for name, path in files.items()}
                content.update(kernel_modules(folder, wanted))
                temporary = path.with_suffix(".partial")
                temporary.write_bytes(archive(content, init))
                temporary.rename(path)
                drop_old(path, name)
    return L0(kernel, path)


def drop_old(path, name):
    """Remove the other initramfs files for the kernel `name` unless they are new."""
    for other in path.parent.glob(f"{name}-*.cpio"):
        if other != path and time.time() - other.stat().st_mtime > KEPT_S:
            other.unlink()


def stamp(files, contents):
    """A name for what is made of `files`, {name: path}, and of `contents`, a list of bytes.

    Of the files, which are large, the size and the time of the last change stand for the content.
    """
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        facts = path.stat()
        digest.update(f"{name} {path} {facts.st_size} {facts.st_mtime_ns}\0".encode())
    for content in contents:
        digest.update(f"{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def libraries(qemu):
    """{name in the initramfs: path} of the libraries that a Qemu loads, and of their loader."""
    return parse_ldd(command(["ldd", qemu.program], "finding QEMU's libraries", env=qemu.env))


def parse_ldd(text):
    """The same from the output of ldd."""
    lost = re.findall(r"(\S+) => not found", text)
    if lost:
        raise UserError(f"QEMU's libraries are not all there: {' '.join(lost)}")
    found = {}
    for name, path in re.findall(r"^\s*(?:(\S+) => )?(/\S+) \(0x", text, re.M):
        found[f"lib/{name}" if name else LOADER] = pathlib.Path(path)
    return found


def firmware(qemu):
    """{name in the initramfs: path} of the BIOS and what else QEMU loads for a PC without display."""
    folders = [*qemu.arguments[1::2], *FIRMWARE_FOLDERS]
    found = {}
    for name in FIRMWARE:
        paths = [pathlib.Path(folder) / name for folder in folders]
        path = next((path for path in paths if path.exists()), None)
        if path is None:
            raise UserError(f"QEMU's {name} is missing; looked in {' '.join(map(str, folders))}")
        found[f"{FIRMWARE_AT}/{name}"] = path
    return found


def kernel_modules(folder, wanted):
    """{path in the initramfs: content} of the modules `wanted` and of what they need.

    Those that the kernel in `folder` has built in are left out.
    """
    name_of = lambda path: path.name.partition(".")[0].replace("-", "_")
    paths = {name_of(path): path for path in folder.glob("**/*.ko*")}
    lists = list(folder.glob("**/modules.builtin"))
    built_in = {name_of(pathlib.Path(line)) for f in lists for line in f.read_text().splitlines()}

    def read(name):
        if name not in paths:
            raise UserError(f"the kernel in {folder} has no module {name}")
        return modules.PACKED[paths[name].suffix](paths[name].read_bytes())

    needed = [name for name in wanted if name.replace("-", "_") not in built_in]
    return {
        f"modules/{number:02}-{name}.ko": content
        for number, (name, content) in enumerate(modules.in_order(needed, read))
    }


def archive(content, init):
    """The initramfs' bytes from {path: bytes} of the files and those of /init."""
    cpio = Cpio()
    folders = {"dev", "proc", "sys", "tmp", "root"}
    for path in content:
        folders.update(str(parent) for parent in pathlib.PurePath(path).parents)
    for folder in sorted(folders - {"."}):
        cpio.add(folder, S_IFDIR | 0o755)
    # The kernel opens it for init before devtmpfs is mounted.
    cpio.add("dev/console", S_IFCHR | 0o600, device=(5, 1))
    for path, data in sorted(content.items()):
        cpio.add(path, S_IFREG | 0o755, data)
    cpio.add("init", S_IFREG | 0o755, init)
    return cpio.finish()
