# SPDX-License-Identifier: GPL-2.0-only
"""Linux's own KVM with nested VMX, on any host: Debian's kernel as L0 inside Bochs.

Lapwing is L1 there, a guest of KVM, and its guest is L2. What L1 writes to its serial port reaches
us through Bochs' port E9H, what L0's kernel has to say through Bochs' COM1. Each run has an L0 of
its own.
"""

import os
import select
import shlex
import socket
import subprocess
import time

from .. import bochs_build, l0_memory
from ...base import UserError
from ...images.iso import GRUB_MARK
from ..bochs_log import BochsLog
from ..l0_image import FIRMWARE_AT, PROGRAM
from ..l0_watch import Watch, costs, cpu_seconds
from .base import Session
from .qemu import Qemu

MAX_CPUS = 4
MAX_MEMORY_MB = 1024
# Bytes on port E9H: L1's console begins; L0 lives (five in a second of its time).
BEGIN, ALIVE = b"\x02", b"\x06"
# KVM refuses the VMX preemption timer with a TSC above 429 MHz, and Bochs' TSC counts ticks.
TICKS_PER_S = 400_000_000
BOCHSRC = """\
config_interface: textconfig
display_library: nogui
cpu: model=corei7_skylake_x, count={cpus}, ips={ips}, quantum=16, reset_on_triple_fault=0
memory: guest=1792, host=1792
romimage: file=bios.bin
vgaromimage: file=vgabios.bin
clock: sync=none, time0=946684800
boot: cdrom
vga: extension=vbe, update_freq=5, realtime=0
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=cdrom.iso, status=inserted
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
port_e9_hack: enabled=1
speaker: enabled=0
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
"""
# QEMU warns of it when L1 has more CPUs than L0. The time that /proc/uptime calls idle is that of all CPUs.
JOB = """\
busy() {{ awk '{{ print {cpus} * $1 - $2 }}' /proc/uptime; }}
begin=$(busy)
printf '\\002' | e9
echo 0 >/tmp/exits
while sleep 0.2; do
    printf '\\006'
    read -r exits </sys/kernel/debug/kvm/exits
    [ "$exits" = 0 ] || echo "$exits" >/tmp/exits
done | e9 &
{qemu} </dev/null 2>/tmp/errors | e9
grep -v 'recommended cpus supported by KVM' /tmp/errors
echo "exits of KVM: $(cat /tmp/exits)"
echo "busy of L0: $(busy | awk "{{ print \\$1 - $begin }}")"
sleep 0.2 # for the UART
"""


class Output:
    """Takes apart what comes through port E9H, where Bochs itself says something at first."""

    def __init__(self):
        self.begun = False
        self.alive = 0  # ALIVEs so far

    def take(self, data):
        """The bytes of L1's console among further bytes."""
        if not self.begun:
            _, mark, data = data.partition(BEGIN)
            self.begun = bool(mark)
        if not self.begun:
            return b""
        self.alive += data.count(ALIVE)
        return data.replace(ALIVE, b"")


class Lines:
    """Cuts L0's console into lines and leaves out those of the BIOS and of GRUB."""

    def __init__(self):
        self.rest = b""
        self.begun = False

    def take(self, data):
        """The lines that are complete with further bytes."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        found = []
        for line in lines:
            text = line.decode(errors="replace").strip()
            if text and self.begun:
                found.append(text)
            self.begun = self.begun or GRUB_MARK in text
        return found


class KvmIntelSession(Session):
    """L1's console; words of L0 and urgent ones of Bochs come between its lines."""

    def __init__(self, argv, workdir, listener):
        self.listener, self.l0 = listener, None  # for L0's console, and its connection
        self.lines, self.output, self.watch = Lines(), Output(), Watch()
        self.remarks, self.seen = [], 0  # of log.urgent
        self.at_line_start, self.over = True, False
        self.cpu_s = self.busy_s = self.exits = 0
        super().__init__(argv, workdir, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.log = BochsLog(self.process.stderr, self.errors)

    def clock(self):
        """Seconds of CPU that Bochs has used: the measure for the limit of a run."""
        self.cpu_s = cpu_seconds(self.process.pid) or self.cpu_s  # it stays when Bochs has ended
        return self.cpu_s

    def read(self, timeout):
        self.remarks += [f"[bochs] {text}" for text in self.log.urgent[self.seen :]]
        self.seen = len(self.log.urgent)
        if self.remarks and (self.at_line_start or self.over):
            return self._remark(self.remarks.pop(0))
        if self.over:
            return None
        wrong = self.watch.look(self.output.alive, self.clock(), time.monotonic())
        if wrong:
            return self._end(wrong)
        console = self.process.stdout
        ready, _, _ = select.select([console, self.l0 or self.listener], [], [], timeout)
        if self.l0 is None and self.listener in ready:
            self.l0 = self.listener.accept()[0]
        elif self.l0 in ready:
            self._hear()
        if console not in ready:
            return b""
        data = os.read(console.fileno(), 65536)
        if not data:
            return self._end()
        data = self.output.take(data)
        if data:
            self.at_line_start = data.endswith(b"\n")
        return data

    def _remark(self, text):
        begin = b"" if self.at_line_start else b"\r\n"
        self.at_line_start = True
        return begin + f"{text}\r\n".encode()

    def _hear(self):
        """Take what L0 says."""
        try:
            data = self.l0.recv(65536)
        except OSError:
            data = b""
        for line in self.lines.take(data):
            words, _, number = line.partition(": ")
            if words == "exits of KVM":
                self.exits = int(number)
            elif words == "busy of L0":
                self.busy_s = float(number)
            else:
                self.remarks.append(f"[l0] {line}")
        if not data:
            self.l0.close()
            self.l0 = self.listener  # nobody comes again

    def _end(self, why=None):
        """The machine is off, or is to go off because L0 is locked up; b""."""
        self.over = True
        self.stop()
        if why is None and not self.log.power_off:
            why = f"L0 ended by itself, see {self.errors}"
        if why:
            self.remarks.append(f"[l0] {why}")
        return b""

    def write(self, data):
        """There is no way in to L1."""

    def stop(self):
        status = super().stop()
        self.log.finish()
        for open_socket in (self.l0, self.listener):
            if open_socket:
                open_socket.close()
        return status

    def complaints(self):
        return list(self.log.urgent)

    def costs(self):
        """By L0's own clock, which counts instructions; without what L0 itself takes to start."""
        return costs(self.busy_s, self.exits) if self.busy_s else {}


class KvmIntel(Qemu):
    name = "kvm-intel"
    dumps = False  # the memory is that of a guest of L0
    vendor = "vmx"
    description = "Linux 6.12's KVM with nested VMX, itself in Bochs; slow"
    accelerator = "kvm"
    chipset = "pc"
    cpu = "host"
    timeout_s = 240
    l0_cpus = 1

    def ensure(self, progress):
        self.bochs = bochs_build.ensure(progress)
        self.parts = l0_memory.ensure(progress)

    def files(self):
        parts = self.parts
        return [self.bochs.program, parts.kernel, parts.initramfs, parts.stub, parts.e9]

    def medium(self, iso):
        """A disk of virtio: from a CD the BIOS reads several times as long."""
        return ["-drive", f"if=virtio,format=raw,readonly=on,file={iso}"]

    def start(self, spec):
        if not 1 <= spec.cpus <= MAX_CPUS:
            raise UserError(f"{self.name} has 1 to {MAX_CPUS} CPUs")
        if spec.memory_mb > MAX_MEMORY_MB:
            raise UserError(f"{self.name} has at most {MAX_MEMORY_MB} MiB of memory")
        if spec.gdb or spec.disk or spec.hard_disk or spec.cd:
            raise UserError(f"{self.name} has neither GDB nor a disk; take the machine kvm-amd")
        images = l0_memory.load(self.parts, self._job(spec), spec.workdir)
        links = {"bios.bin": self.bochs.bios, "vgabios.bin": self.bochs.vga_bios}
        links["cdrom.iso"] = self.parts.stub
        listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        text = BOCHSRC.format(cpus=self.l0_cpus, ips=TICKS_PER_S, port=listener.getsockname()[1])
        for number, (path, address) in enumerate(images, 1):
            links[f"image{number}"] = path
            text += f"optramimage{number}: file=image{number}, address={address:#x}\n"
        for name, path in links.items():  # Bochs takes no paths with commas in them
            os.symlink(path.resolve(), spec.workdir / name)
        (spec.workdir / "bochsrc").write_text(text)
        argv = [str(self.bochs.program), "-q", "-f", "bochsrc"]
        return KvmIntelSession(argv, spec.workdir, listener)

    def _job(self, spec):
        """The archive with what L0 finds in /job."""
        words = self.words(spec, "/job/boot.iso", "/tmp/e9")
        qemu = shlex.join([f"/{PROGRAM}", "-L", f"/{FIRMWARE_AT}", *words])
        files = {"boot.iso": spec.iso.read_bytes(), "run": JOB.format(qemu=qemu, cpus=self.l0_cpus).encode()}
        return l0_memory.job(self.parts, files)


class KvmIntel2(KvmIntel):
    name = "kvm-intel-2"
    description = "the same with two CPUs in L0, where a CPU need not wait for another one to run"
    l0_cpus = 2
