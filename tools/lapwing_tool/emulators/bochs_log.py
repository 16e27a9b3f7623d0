# SPDX-License-Identifier: GPL-2.0-only
"""Reads Bochs' log while it runs: tick counts, resets, and the lines that the user must see.

Each line begins with the ticks (emulated instructions, of the busiest CPU) since power-on. A guest
gets a tick count taken by writing MARK, a word and a newline to the BIOS' message port 402H
(test/linux/mark.c): Bochs logs that text, and elsewhere the port does nothing. BOOT is the mark of the
BIOS, which says itself when it jumps to the boot sector. The log is read from
a pipe and filtered, because with a hypervisor it holds a line or two for each exit.
"""

import re
import threading

LINE = re.compile(rb"^(\d+)(.)\[(.{6,8})\] (.*)")
MESSAGE_PORT = 0x402
MARK = "lapwing-mark "
BOOT, BOOTING = "boot", "Booting from "
# What Bochs says of exits that are no errors.
NOISE = re.compile(rb"VMEXIT: (EPT|SPP) |SVM VMEXIT: |APIC read: register \w+ not implemented")
# VM entries that failed, and what made Bochs give up; a power-off is such a "panic" too.
URGENT = re.compile(
    r"VMFAIL|VMABORT|VMRUN(?!: with CPL)|VMENTER FAIL|Guest State Checks|loading guest MSR"
    r"|>>PANIC<<"
)
POWER_OFF = ("soft power off", "shutdown requested")
RESET = "bx_pc_system_c::Reset("
KEPT_BYTES = 4 << 20
MAX_URGENT = 20


class BochsLog:
    """A thread that reads the stream `source` to its end; most of it goes to the file `path`."""

    def __init__(self, source, path):
        self.source, self.path = source, path
        self.ticks = 0  # of the newest line
        self.marks = {}  # word -> ticks, the first time that the guest said it
        self.resets = 0  # the one of power-on included
        self.power_off = False
        self.urgent = []  # texts for the user, in the order in which they came
        self.hidden = 0  # lines left out of the file
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def finish(self):
        """Wait for the end of the log; Bochs must have ended."""
        self.thread.join(5)

    def _run(self):
        room = KEPT_BYTES
        with open(self.path, "wb", buffering=0) as kept:
            for line in self.source:
                if NOISE.search(line):
                    self.hidden += 1
                    continue
                self._take(line)
                if len(line) <= room:
                    room -= len(line)
                    kept.write(line)
                else:
                    self.hidden += 1
            if self.hidden:
                kept.write(b"(%d lines left out)\n" % self.hidden)

    def _take(self, line):
        match = LINE.match(line)
        if not match:
            return
        self.ticks = int(match.group(1))
        device = match.group(3).strip().decode(errors="replace")
        text = match.group(4).decode(errors="replace").strip()
        if RESET in text:
            self.resets += 1
        elif any(words in text for words in POWER_OFF):
            self.power_off = True
        elif device == "BIOS" and text.startswith(MARK):
            self.marks.setdefault(text[len(MARK) :], self.ticks)
        elif device == "BIOS" and text.startswith(BOOTING):
            self.marks.setdefault(BOOT, self.ticks)
        elif URGENT.search(text) and len(self.urgent) < MAX_URGENT:
            self.urgent.append(f"{device} at tick {self.ticks}: {text}")
