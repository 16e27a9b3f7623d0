# SPDX-License-Identifier: GPL-2.0-only
"""Reads a run's console: what GRUB, Lapwing, the guest kernel, the initramfs and payloads said.

Report collects facts line by line and judges nothing; verdict.py judges.
"""

import itertools
import json
import re

from . import clocks
from ..images.iso import GRUB_MARK

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f]")
WOKEN = re.compile(r"Waking up from system sleep state S3")
HALTED = re.compile(r"reboot: System halted")
KERNEL_PANIC = re.compile(r"Kernel panic - not syncing: (.*)")
BASE = re.compile(r"relocated to 0x([0-9a-f]+) \((\d+) KiB\)")
RESERVED = re.compile(r"BIOS-e820: \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\] reserved")
MENU = re.compile(r"GNU GRUB +version")
WORDS_BEFORE_RESET = 6
TAP = re.compile(r"^(not ok|ok) (\d+)\b(?: - )?(.*)")


def clean(line):
    """A console line without terminal escapes and carriage returns."""
    return ESCAPES.sub("", line)


def _counts(words):
    """{name: number} of words like "msr=7"."""
    pairs = (word.split("=", 1) for word in words if "=" in word)
    return {name: int(n) for name, n in pairs if n.isdigit()}


class Report:
    """Facts of one run, in the order in which they came."""

    def __init__(self):
        self.lines = []
        self.grub_starts = 0
        self.menus = 0  # times that the menu of the GRUB on a disk was shown
        self.systems = []  # what each systemd said of itself once it was up
        self.resets = []  # the last words before each reset of the machine that nobody asked for
        self.banners = []  # Lapwing's greeting lines
        self.base = None  # physical address that Lapwing moved itself to
        self.size = None  # bytes of memory that it says it takes from there on
        self.taken_kib = None  # memory that it takes, by the guest's own memory map
        self.refused = None
        self.panic = None  # the hypervisor's
        self.guest_panic = None
        self.halted = False  # the guest kernel stops for good
        self.warnings = 0  # lines of Lapwing's
        self.kernels = 0  # that reached userland: more than one after kexec
        self.kernel = None  # release of the last one, once in userland
        self.arch = None
        self.cpus = {}  # of the last probe: number -> {"leaf": ..., "strategy": ..., ...}
        self.exits = {}  # of the last probe: number -> {name: count}
        self.figures = {}  # of the last probe: number -> {name: value}
        self.longest = {}  # of all CPUs: kind of exit -> TSC cycles of the longest one
        self.resumes = []  # what each probe after a suspend found, as in `cpus`
        self.wakes = 0  # times that the guest kernel says it came back from S3
        self.oks, self.fails = [], []
        self.clocks = []  # what was said of the guest's clocks, see clocks.py
        self.apic_routings = []  # one for each kernel that names it
        self.disks = []  # one dictionary for each action disk
        self.flags = None  # the features that the kernel found, by its names, for the action flags
        self.lwstat = {}  # what it counted: command -> {CPU: counts}, for the action lwstat
        self.shell = False  # the guest's shell was started
        self.done = None  # what the guest is about to do: poweroff, reboot
        self.tap = []  # (passed, name)
        self.tap_plan = None
        self.payload_done = False

    def feed(self, raw):
        """Take in one console line; returns it cleaned."""
        line = clean(raw)
        self.lines.append(line)
        self.menus += len(MENU.findall(line))
        if "LAPWING-GUEST: " in line:
            self._guest(line.split("LAPWING-GUEST: ", 1)[1].split())
        elif "[lapwing] " in line:
            self._lapwing(line.split("[lapwing] ", 1)[1])
        elif GRUB_MARK in line:
            self._grub()
        elif WOKEN.search(line):
            self.wakes += 1
        elif line.startswith("PAYLOAD-DONE"):
            self.payload_done = True
        elif re.fullmatch(r"1\.\.\d+", line.strip()):
            self.tap_plan = int(line.strip()[3:])
        elif TAP.match(line):
            status, _, name = TAP.match(line).groups()
            self.tap.append((status == "ok", name))
        elif RESERVED.search(line):
            first, last = (int(text, 16) for text in RESERVED.search(line).groups())
            if first == self.base:
                self.taken_kib = (last + 1 - first) // 1024
        elif HALTED.search(line):
            self.halted = True
        elif KERNEL_PANIC.search(line):
            self.guest_panic = KERNEL_PANIC.search(line).group(1)
        return line

    def _grub(self):
        self.grub_starts += 1
        if self.grub_starts > 1 and self.done != "reboot":
            said = (line.strip() for line in reversed(self.lines[:-1]) if line.strip())
            self.resets.append(list(itertools.islice(said, WORDS_BEFORE_RESET))[::-1])

    def _lapwing(self, text):
        if text.startswith("refused: "):
            self.refused = self.refused or text[len("refused: ") :]
        elif text.startswith("panic: "):
            self.panic = self.panic or text[len("panic: ") :]
        elif text.startswith("warning: "):
            self.warnings += 1
        elif BASE.search(text):
            self.base = int(BASE.search(text).group(1), 16)
            self.size = int(BASE.search(text).group(2)) * 1024
        elif text.startswith("info: Lapwing "):
            self.banners.append(text[len("info: ") :])

    def _guest(self, words):
        kind, rest = words[0] if words else "", words[1:]
        if kind == "userland":
            facts = dict(word.split("=", 1) for word in rest if "=" in word)
            self.kernel, self.arch = facts.get("kernel"), facts.get("arch")
            self.kernels += 1
        elif kind == "disk":
            self.disks.append(dict(word.split("=", 1) for word in rest if "=" in word))
        elif kind == "flags":
            self.flags = frozenset(rest)
        elif kind == "lwstat" and len(rest) > 1:
            self._lwstat(rest[0], " ".join(rest[1:]))
        elif kind == "probe":
            self.cpus, self.exits, self.figures = {}, {}, {}
            if rest[:1] == ["resume"]:
                self.resumes.append(self.cpus)
        elif kind == "cpu" and rest and rest[0].isdigit():
            self.cpus[int(rest[0])] = dict(zip(rest[1::2], rest[2::2]))
        elif kind == "exits" and len(rest) > 1 and rest[1].isdigit():
            self.exits[int(rest[1])] = _counts(rest[2:])
        elif kind == "figures" and len(rest) > 1 and rest[1].isdigit():
            self.figures[int(rest[1])] = _counts(rest[2:])
        elif kind == "longest" and len(rest) > 1 and rest[1].isdigit():
            for name, cycles in _counts(rest[2:]).items():
                self.longest[name] = max(cycles, self.longest.get(name, 0))
        elif kind == "clock" and rest:
            self.clocks.append(clocks.facts(rest))
        elif kind == "apic":
            routing = " ".join(rest).replace("APIC routing to ", "").rstrip(".")
            self.apic_routings.append(routing)
        elif kind == "system":
            self.systems.append(" ".join(rest))
        elif kind == "ok":
            self.oks.append(" ".join(rest))
        elif kind == "FAIL":
            self.fails.append(" ".join(rest))
        elif kind == "shell":
            self.shell = True
        elif kind == "done":
            action = rest[0] if rest else "poweroff"
            self.done = None if action in ("kexec", "grub-entry") else action

    def _lwstat(self, what, text):
        try:
            counts = json.loads(text)
            self.lwstat.setdefault(what, {})[counts["cpu"]] = counts
        except (ValueError, TypeError, KeyError):
            pass  # a kernel's message may have come into the line

    def exits_by_reason(self):
        """{name: count over all CPUs}, most frequent first."""
        total = {}
        for counts in self.exits.values():
            for name, count in counts.items():
                total[name] = total.get(name, 0) + count
        return dict(sorted(total.items(), key=lambda item: -item[1]))

    def exit_count(self):
        """Exits in all; what a CPU found when it looked into its mailbox is none."""
        counts = self.exits_by_reason()
        return sum(n for name, n in counts.items() if name not in ("kick", "init", "sipi"))

    def longest_stay(self):
        """TSC cycles of the longest exit on any CPU, or None."""
        return max(self.longest.values(), default=None)

    def common(self, key):
        """The value that every probed CPU gave for `key`, or None."""
        found = {facts.get(key) for facts in self.cpus.values()}
        return found.pop() if len(found) == 1 else None
