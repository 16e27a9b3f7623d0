# SPDX-License-Identifier: GPL-2.0-only
"""Bochs, an emulator of Intel processors with VMX and of AMD processors with SVM.

Time is counted in instructions, so a run repeats tick for tick as long as nobody types. The serial
port is a TCP connection on the loopback, which Bochs makes to us before it starts.
"""

import os
import select
import socket
import subprocess

from .. import bochs_build, core_file
from ...base import UserError
from ..bochs_log import BochsLog
from .base import Machine, Session

MAX_CPUS = 8
MAX_MEMORY_MB = 1024
# Bochs takes no paths with commas in them; these names in the run's folder are links.
LINKS = ("bios.bin", "vgabios.bin", "cdrom.iso")
TICKS_PER_S = 20_000_000
# A tick is one instruction and 1/TICKS_PER_S s of the guest's time. Each CPU executes 16
# instructions in its turn. The clock starts at 2000-01-01 and knows nothing of the host's.
BOCHSRC = """\
config_interface: textconfig
display_library: nogui
cpu: model={model}, count={cpus}, ips={ips}, quantum=16, reset_on_triple_fault={restart}
memory: guest={memory}, host={memory}
romimage: file=bios.bin
vgaromimage: file=vgabios.bin
clock: sync=none, time0=946684800
vga: extension=vbe, update_freq=5, realtime=0
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
port_e9_hack: enabled=1
speaker: enabled=0
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
"""


CD = """\
boot: cdrom
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=cdrom.iso, status=inserted
"""
SECOND_CD = "ata0-slave: type=cdrom, path={name}, status=inserted\n"
# Its interrupt line is level-triggered: the controller has no MSI.
HARD_DISK = """\
ata1: enabled=1, ioaddr1=0x170, ioaddr2=0x370, irq=15
ata1-master: type=disk, mode=volatile, path=hard-disk
"""
USB_DISK = 'usb_ehci: enabled=1, port1=disk, options1="speed:high, path:{name}, proto:bbb"\n'


class BochsSession(Session):
    """A running Bochs. Its urgent log lines come between the guest's console lines: `[bochs]`."""

    def __init__(self, argv, workdir, listener, reset_ok):
        self.listener, self.reset_ok = listener, reset_ok
        self.console = None
        self.shown = 0  # of log.urgent
        self.at_line_start = True
        self.over = False
        with open(workdir / "e9.log", "wb") as e9:
            super().__init__(
                argv, workdir, stdin=subprocess.DEVNULL, stdout=e9, stderr=subprocess.PIPE
            )
        self.log = BochsLog(self.process.stderr, self.errors)

    def read(self, timeout):
        if self.shown < len(self.log.urgent):
            return self._remark(self.log.urgent[self.shown])
        if self.over:
            return None
        if self.log.resets > 1 and not self.reset_ok:
            return self._end("the guest reset the machine")
        if self.console is None and not self._accept(timeout):
            return b"" if self.process.poll() is None else self._end()
        if not select.select([self.console], [], [], timeout)[0]:
            return b""
        try:
            data = self.console.recv(65536)
        except OSError:
            data = b""
        if not data:
            return self._end()
        self.at_line_start = data.endswith(b"\n")
        return data

    def _accept(self, timeout):
        """Take Bochs' connection; whether it is there."""
        if not select.select([self.listener], [], [], min(timeout, 0.2))[0]:
            return False
        self.console = self.listener.accept()[0]
        return True

    def _end(self, why=None):
        """The last words of a machine that is off or is to go off; b"" if there are none."""
        self.over = True
        self.stop()
        if why:
            self.log.urgent.append(why)
        elif not self.log.power_off and not self.log.urgent:
            self.log.urgent.append(f"Bochs ended by itself, see {self.errors}")
        return b""

    def _remark(self, text):
        self.shown += 1
        begin = b"" if self.at_line_start else b"\r\n"
        self.at_line_start = True
        return begin + f"[bochs] {text}\r\n".encode()

    def write(self, data):
        try:
            self.console.sendall(data)
        except (OSError, AttributeError):
            pass  # it has ended, or has not begun yet

    def stop(self):
        status = super().stop()
        self.log.finish()
        for open_socket in (self.console, self.listener):
            if open_socket:
                open_socket.close()
        return status

    def complaints(self):
        return list(self.log.urgent)

    def dump(self, spec):
        if self.process.poll() is not None:
            raise UserError("Bochs has ended, and the memory with it; --expect and --timeout end a run before")
        with core_file.standing_still(self.process):
            core_file.from_process(self.process.pid, spec.memory_mb, spec.dump)

    def ticks(self):
        return dict(self.log.marks)

    def figures(self):
        points = [
            f"{ticks:,} to {word}"
            for word, ticks in self.log.marks.items()
            if not word.startswith("clock-")  # those are for clocks.py
        ]
        return {"ticks": ", ".join([*points, f"{self.log.ticks:,} to the end"])}


class Bochs(Machine):
    name = "bochs"
    vendor = "vmx"
    description = "Bochs, an emulated Intel CPU (Skylake-X) with VMX; repeats tick for tick"
    dumps = True
    model = "corei7_skylake_x"
    ticks_per_s = TICKS_PER_S
    timeout_s = 420

    def ensure(self, progress):
        self.bochs = bochs_build.ensure(progress)

    def files(self):
        return [self.bochs.program]

    def start(self, spec):
        if not 1 <= spec.cpus <= MAX_CPUS:
            raise UserError(f"{self.name} has 1 to {MAX_CPUS} CPUs")
        if spec.memory_mb > MAX_MEMORY_MB:
            raise UserError(f"{self.name} has at most {MAX_MEMORY_MB} MiB of memory")
        if spec.gdb:
            raise UserError(f"{self.name} cannot be debugged with GDB; take the machine tcg")
        for name, path in zip(LINKS, (self.bochs.bios, self.bochs.vga_bios, spec.iso)):
            if path:
                os.symlink(path.resolve(), spec.workdir / name)
        listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        text = BOCHSRC.format(
            model=spec.cpu_model or self.model,
            cpus=spec.cpus,
            ips=self.ticks_per_s,
            memory=spec.memory_mb,
            restart=int(spec.reset_ok),
            port=listener.getsockname()[1],
        )
        text += CD if spec.iso else "boot: disk\n"
        if spec.cd:
            text += SECOND_CD.format(name=spec.cd.name)
        if spec.hard_disk:
            text += HARD_DISK
            os.symlink(spec.hard_disk.resolve(), spec.workdir / "hard-disk")
        if spec.disk:
            text += USB_DISK.format(name=spec.disk.path.name)
        (spec.workdir / "bochsrc").write_text(text)
        argv = [str(self.bochs.program), "-q", "-f", "bochsrc", *spec.extra]
        return BochsSession(argv, spec.workdir, listener, spec.reset_ok)


class BochsAmd(Bochs):
    name = "bochs-amd"
    vendor = "svm"
    description = "the same with an AMD CPU (Ryzen) and SVM; INIT can be intercepted there"
    model = "ryzen"
