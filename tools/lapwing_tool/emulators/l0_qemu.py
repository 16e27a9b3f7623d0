# SPDX-License-Identifier: GPL-2.0-only
"""Runs L0s in QEMU's TCG: an emulated AMD machine whose Linux has KVM, for one guest after the other.

An L0 takes seconds to start, so those that are idle are kept until the tool ends. Time goes SLOW
times as slowly as the host's there: otherwise what an exit of a nested guest costs in the emulator
is more than the time between two interrupts of a timer, and the guest never gets on.
"""

import atexit
import pathlib
import secrets
import shutil
import threading

from . import l0_image, qemu_setup
from .l0_watch import cpu_seconds
from ..base import BUILD, command, locked
from .machines.base import Session

HERE = pathlib.Path(__file__).parent
MODULES = ("kvm_amd", "9p", "9pnet_virtio", "virtio_pci")
SLOW = 8
MEMORY_MB = 1792
CPU = "EPYC,+svm,+npt,+x2apic,+vgif"
APPEND = "console=ttyS0 quiet mitigations=off nokaslr no_timer_check tsc=reliable panic=-1"

_idle = {}  # (kernel, CPUs) -> [L0]
_lock = threading.Lock()


def ensure(kernel, progress):
    """Make what an L0 with the kernel `kernel` boots: (Qemu, l0_image.L0, path of the library)."""
    init = (HERE / "l0_init").read_bytes()
    image = l0_image.ensure(kernel, MODULES, init, progress)
    return qemu_setup.ensure(progress), image, slow_clock(progress)


def slow_clock(progress):
    """Path of the library that slows down QEMU's clock."""
    source = HERE / "slow_clock.c"
    path = BUILD / "l0" / "slow_clock.so"
    with locked("slow_clock"):
        if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
            progress("building the library that slows down an emulator's clock")
            path.parent.mkdir(parents=True, exist_ok=True)
            argv = ["gcc", "-O2", "-shared", "-fPIC", "-o", path, source]
            command(argv, "building slow_clock.so")
    return path


class L0(Session):
    """A running L0: its second serial port is standard input and output. One guest at a time."""

    def __init__(self, kernel, cpus, parts):
        qemu, image, library = parts
        self.kind = (kernel, cpus)
        # The guest's console comes through the same port as the words of L0's init.
        self.mark = f"l0-{secrets.token_hex(8)}"
        self.folder = BUILD / "l0" / self.mark
        self.share = self.folder / "share"
        self.share.mkdir(parents=True)
        self.ready = False  # its init has said so
        self.said = 0  # bytes of the kernel's console that were looked at
        self.cpu_s = 0
        argv = [qemu.program, *qemu.arguments, "-nodefaults", "-no-user-config", "-no-reboot"]
        threads = "single" if cpus == 1 else "multi"
        argv += ["-machine", "pc", "-accel", f"tcg,thread={threads}", "-cpu", CPU, "-smp", str(cpus)]
        argv += ["-m", f"{MEMORY_MB}M", "-display", "none", "-nic", "none"]
        argv += ["-kernel", str(image.kernel), "-initrd", str(image.initramfs)]
        argv += ["-append", f"{APPEND} l0.mark={self.mark}", "-serial", "file:kernel.log"]
        argv += ["-chardev", "stdio,id=port,signal=off", "-serial", "chardev:port"]
        argv += ["-virtfs", "local,path=share,mount_tag=share,security_model=none"]
        env = {**qemu.env, "LD_PRELOAD": str(library), "SLOW_CLOCK": str(SLOW)}
        super().__init__(argv, self.folder, env=env)
        atexit.register(self.end)

    def clock(self):
        """Seconds of CPU that the emulator has used."""
        self.cpu_s = cpu_seconds(self.process.pid) or self.cpu_s  # it stays when QEMU has ended
        return self.cpu_s

    def sign(self):
        """L0's latest sign of life."""
        try:
            return (self.share / "alive").read_text()
        except OSError:
            return ""

    def exits(self):
        """KVM's exits of the present guest, or the last one, as L0 saw them last."""
        try:
            return int((self.share / "exits").read_text() or 0)
        except OSError:
            return 0

    def kernel_lines(self):
        """Complete lines that L0's kernel has said since the last call."""
        path = self.folder / "kernel.log"
        data = path.read_bytes()[self.said :] if path.exists() else b""
        data = data[: data.rfind(b"\n") + 1]
        self.said += len(data)
        return [line.strip() for line in data.decode(errors="replace").splitlines()]

    def end(self):
        """End it; its folder goes."""
        atexit.unregister(self.end)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def take(kernel, cpus, parts):
    """An L0 with so many CPUs that is idle, or a new one."""
    with _lock:
        waiting = _idle.setdefault((kernel, cpus), [])
        while waiting:
            l0 = waiting.pop()
            if l0.process.poll() is None:
                return l0
            l0.end()
    return L0(kernel, cpus, parts)


def give_back(l0):
    """The guest of `l0` has ended: let it wait for another."""
    with _lock:
        _idle[l0.kind].append(l0)
