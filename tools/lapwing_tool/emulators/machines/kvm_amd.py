# SPDX-License-Identifier: GPL-2.0-only
"""Linux's own KVM with nested SVM, on any host: Debian's kernel as L0 inside QEMU's TCG.

Lapwing is L1 there, a guest of KVM, and its guest is L2. See l0_qemu.py for what runs L0.
"""

import os
import pathlib
import re
import shlex
import shutil
import time

from .. import l0_qemu
from ..l0_image import FIRMWARE_AT, PROGRAM
from ..l0_watch import Watch, costs
from ...base import UserError
from .qemu import Qemu

MAX_CPUS = 8
MAX_MEMORY_MB = 1024
STOP_S = 30  # L0 looks four times in a second of its time, which is many of the host's


# QEMU's registers of a CPU that it resets. Those of a CPU that has not run yet are all 0.
AT_RESET = re.compile(
    r"CPU Reset \(CPU (\d+)\)\n.*?\b[ER]IP=([0-9a-f]+) .*?CPL=(\d).*?\bCR0=([0-9a-f]+)", re.S
)


def at_resets(text):
    """Where the CPUs were at each reset, from what QEMU says with -d cpu_reset."""
    return [
        f"CPU {number} was reset at {rip}, in ring {cpl}, CR0 {cr0}"
        for number, rip, cpl, cr0 in AT_RESET.findall(text)
        if int(rip, 16) not in (0, 0xFFF0)
    ]


class Stream:
    """Takes the words of L0's init, {mark} WORD ..., out of what comes through the shared port."""

    def __init__(self, mark):
        self.mark = mark.encode()
        self.rest = b""

    def take(self, data):
        """(bytes of the guest's console, [words of init]) of further bytes."""
        self.rest += data
        console, said = b"", []
        while self.mark in self.rest:
            before, _, after = self.rest.partition(self.mark)
            console += before
            line, end, after = after.partition(b"\n")
            if not end:
                self.rest = self.mark + line
                return console, said
            said.append(line.decode(errors="replace").split())
            self.rest = after
        kept = self._begun()
        console += self.rest[: len(self.rest) - kept]
        self.rest = self.rest[len(self.rest) - kept :]
        return console, said

    def _begun(self):
        """How many bytes at the end may be the begin of a mark."""
        longest = min(len(self.mark) - 1, len(self.rest))
        return next((n for n in range(longest, 0, -1) if self.rest.endswith(self.mark[:n])), 0)


class Guest:
    """A QEMU inside an L0: what Session is for an emulator on the host.

    L0's own remarks come between the guest's console lines: `[l0]`.
    """

    def __init__(self, l0, spec, words):
        self.l0, self.spec = l0, spec
        self.job = spec.workdir.name
        self.folder = l0.share / self.job
        self.watch, self.stream = Watch(), Stream(l0.mark)
        self.remarks = []
        self.at_line_start = True
        self.over = self.ended = False
        self.started = l0.clock()
        self.exits = 0
        (l0.share / "exits").unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        os.link(spec.iso, self.folder / "boot.iso")
        if spec.disk:
            os.link(spec.disk.path, self.folder / spec.disk.path.name)
        argv = [f"/{PROGRAM}", "-L", f"/{FIRMWARE_AT}", *words]
        argv += ["-d", "cpu_reset", "-D", "resets.log"]
        (self.folder / "run").write_text(f"exec {shlex.join(argv)}\n")
        if l0.ready:
            self._begin()

    def _begin(self):
        self.l0.ready = True
        self.started = self.l0.clock()  # without what L0 itself takes to start
        self.l0.write(f"{self.job}\n".encode())

    def clock(self):
        """Seconds of CPU that L0 has used: the measure for the limit of a run."""
        return self.l0.clock()

    def own_time(self):
        """As Session.own_time(), of L0."""
        return self.l0.own_time()

    def read(self, timeout):
        """As Session.read()."""
        if self.remarks and (self.at_line_start or self.over):
            return self._remark(self.remarks.pop(0))
        if self.over:
            return None
        data = self.l0.read(timeout)
        self.remarks += self.l0.kernel_lines()
        if data is None:
            self.over = True
            self.remarks.append("L0 ended by itself: a panic of its kernel or of the emulator")
            return b""
        wrong = self.watch.look(self.l0.sign(), self.clock(), time.monotonic())
        if wrong:
            self.over = True
            self.remarks.append(wrong)
        return self._console(data)

    def _console(self, data):
        console, said = self.stream.take(data)
        for words in said:
            if words == ["ready"]:
                self._begin()
            elif words[:1] == ["ended"]:
                self.over = self.ended = True
        if console:
            self.at_line_start = console.endswith(b"\n")
        return console

    def _remark(self, text):
        begin = b"" if self.at_line_start else b"\r\n"
        self.at_line_start = True
        return begin + f"[l0] {text}\r\n".encode()

    def write(self, data):
        """As Session.write()."""
        if self.l0.ready and not self.ended:
            self.l0.write(data)

    def stop(self):
        """End the guest, and L0 as well if that cannot end it."""
        if not self.over:
            (self.l0.share / "stop").touch()
            deadline = time.monotonic() + STOP_S
            while not self.over and time.monotonic() < deadline:
                self.read(0.5)
        self.exits = self.l0.exits()
        for name in ("e9.log", "emulator.log", "resets.log"):
            if (self.folder / name).exists():
                shutil.copyfile(self.folder / name, self.spec.workdir / name)
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.ended:
            l0_qemu.give_back(self.l0)
        else:
            self.l0.end()

    def complaints(self):
        """Lines of the QEMU in L0."""
        path = self.spec.workdir / "emulator.log"
        text = path.read_text(errors="replace") if path.exists() else ""
        return [line for line in text.splitlines() if line.strip()][:20]

    def at_resets(self):
        """As Session.at_resets(). KVM shows the registers of L2 if that was running."""
        path = self.spec.workdir / "resets.log"
        return at_resets(path.read_text(errors="replace")) if path.exists() else []

    def figures(self):
        """As Session.figures()."""
        return {}

    def costs(self):
        """As Session.costs()."""
        return costs(self.clock() - self.started, self.exits)

    def ticks(self):
        """As Session.ticks()."""
        return {}


class KvmAmd(Qemu):
    name = "kvm-amd"
    dumps = False  # the memory is that of a guest of L0
    vendor = "svm"
    description = "Linux 6.12's KVM with nested SVM, itself in an emulator; slow"
    accelerator = "kvm"
    cpu = "host"
    l0_kernel = "linux-6.12"
    l0_cpus = 1
    timeout_s = 240

    def ensure(self, progress):
        self.parts = l0_qemu.ensure(self.l0_kernel, progress)

    def files(self):
        qemu, image, library = self.parts
        return [pathlib.Path(qemu.program), image.kernel, image.initramfs, library]

    def start(self, spec):
        if not 1 <= spec.cpus <= MAX_CPUS:
            raise UserError(f"{self.name} has 1 to {MAX_CPUS} CPUs")
        if spec.memory_mb > MAX_MEMORY_MB:
            raise UserError(f"{self.name} has at most {MAX_MEMORY_MB} MiB of memory")
        if spec.hard_disk or spec.cd:
            raise UserError(f"{self.name} has no hard disk and one CD; take the machine tcg")
        if spec.gdb:
            raise UserError(f"{self.name} cannot be debugged with GDB; take the machine tcg")
        l0 = l0_qemu.take(self.l0_kernel, self.l0_cpus, self.parts)
        return Guest(l0, spec, self.words(spec, "boot.iso", "e9.log"))


class KvmAmd61(KvmAmd):
    name = "kvm-amd-6.1"
    description = "the same with Linux 6.1"
    l0_kernel = "linux-6.1"


class KvmAmd2(KvmAmd):
    name = "kvm-amd-2"
    description = "the same with two CPUs in L0, where a CPU need not wait for another one to run"
    l0_cpus = 2
