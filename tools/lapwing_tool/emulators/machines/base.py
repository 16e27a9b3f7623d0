# SPDX-License-Identifier: GPL-2.0-only
"""What a machine is: something that boots a CD image, or a hard disk, and shows us its first serial port.

A machine module has one subclass of Machine for each name that `--machine` knows. The caller does,
in this order: unavailable() -> ensure() -> start(spec) -> Session.read() until it returns None or
the caller has seen enough -> Session.stop(). Time limits are the caller's: no method but ensure()
blocks for longer than it is told to.
"""

import dataclasses
import os
import pathlib
import select
import subprocess
import time

from ...guests.disk import Disk


@dataclasses.dataclass
class RunSpec:
    """One run. `workdir` exists and is private to the run; put scratch files and logs there."""

    # El Torito, bootable by what the machine has: BIOS or UEFI. None: the hard disk is booted.
    iso: pathlib.Path
    cpus: int
    memory_mb: int
    workdir: pathlib.Path
    gdb: bool = False  # start stopped, wait for GDB on TCP port 1234 of the loopback
    cpu_model: str = ""  # instead of the machine's own CPU, in the emulator's words
    reset_ok: bool = False  # a guest's reset restarts the machine; else it ends the emulator
    hard_disk: pathlib.Path = None  # the BIOS's drive 80H; it is not changed
    cd: pathlib.Path = None  # a second CD, the BIOS's drive E1H
    disk: Disk = None  # one more disk, on a USB controller; its image is in workdir
    dump: pathlib.Path = None  # a core file (core_file.py) of memory, written when the run is over
    extra: tuple = ()  # further arguments for the emulator, verbatim


class Machine:
    """Base class; subclasses set the three fields and override start() at least."""

    name = ""
    vendor = ""  # "svm" or "vmx": which CPUs a build must be for; for kvm decided at run time
    description = ""  # one line for --help
    uefi = False  # has UEFI instead of a BIOS
    dumps = False  # knows RunSpec.dump
    ticks_per_s = 0  # emulated seconds are that many of Session.ticks(); 0: none are counted
    timeout_s = 180  # longest run unless --timeout says otherwise

    def unavailable(self):
        """Why this machine cannot be had here however much is installed (a sentence), or None."""
        return None

    def ensure(self, progress):
        """Install or build the emulator if it is missing. progress(text) tells of it."""

    def acpi_tables(self, cpus):
        """Tables that GRUB's command `acpi` must bring, since the firmware has none."""
        return ()

    def files(self):
        """What ensure() has made of the machine itself, where runs are counted: paths."""
        raise NotImplementedError

    def start(self, spec):
        """Boot spec.iso or spec.hard_disk; returns a Session whose console is COM1."""
        raise NotImplementedError


class Session:
    """A running machine, with its first serial port on the process's standard input and output."""

    def __init__(
        self,
        argv,
        workdir,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None,
        env=None,
    ):
        # The emulator's own messages go to a file: they must not mix with the guest's console.
        # A subclass that says where to instead must fill the file itself.
        self.errors = pathlib.Path(workdir) / "emulator.log"
        self.waited = 0.0
        with open(self.errors, "wb") as err:
            self.process = subprocess.Popen(
                # However we end, the emulator must not go on alone.
                ["setpriv", "--pdeathsig", "KILL", *argv],
                cwd=workdir,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr or err,
                env=env,
                start_new_session=True,
            )

    def read(self, timeout):
        """Console bytes that have come; b"" if none came in `timeout` seconds; None at the end."""
        fd = self.process.stdout.fileno()
        if not select.select([fd], [], [], timeout)[0]:
            return b""
        return os.read(fd, 65536) or None

    def clock(self):
        """Seconds, since some point in time, by which the time limit of a run is counted."""
        return time.monotonic()

    def own_time(self):
        """The same without the time in which the emulator could not go on because others had the processors."""
        for path in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            try:
                waited = int(path.read_text().split()[1]) / 1e9  # Documentation/scheduler/sched-stats.rst
            except (OSError, IndexError, ValueError):
                continue  # a thread that has ended, or a kernel that does not count it
            self.waited = max(self.waited, waited)
        return time.monotonic() - self.waited

    def write(self, data):
        """Type `data` (bytes) on the serial console."""
        try:
            os.write(self.process.stdin.fileno(), data)
        except OSError:
            pass

    def stop(self):
        """End the emulator if it still runs, and give its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait()

    def dump(self, spec):
        """Write spec.dump; before stop()."""
        raise NotImplementedError

    def complaints(self):
        """Lines of the emulator's own that the user must see (Bochs' VMFAIL, QEMU's errors)."""
        text = self.errors.read_text(errors="replace")
        return [line for line in text.splitlines() if line.strip()][:20]

    def at_resets(self):
        """Where each CPU was when the machine was reset, if the emulator tells; after stop()."""
        return []

    def figures(self):
        """Extra rows for the summary, such as {"ticks": "123456"}; asked after stop()."""
        return {}

    def costs(self):
        """What the run has cost, such as {"exits of KVM": 123456}: numbers that `lapwing run
        --compare` sets against those of a bare run. Asked after stop(), and shown as figures are.
        """
        return {}

    def ticks(self):
        """{word: ticks from power-on until the guest said it}, where ticks are counted."""
        return {}
