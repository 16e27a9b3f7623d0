# SPDX-License-Identifier: GPL-2.0-only
"""Judges a run: a success must be positively observed, and each shortcoming gets a sentence."""

import dataclasses
import re

from . import bios_map, clocks, cpu_flags
from ..guests import disk as disks
from ..guests.kernel_args import action_names, actions, has_word


@dataclasses.dataclass
class Expectation:
    """What a run is to show."""

    cpus: int = 1
    hypervisor: bool = True  # False: bare
    leaf: bool = True  # each CPU must find Lapwing's CPUID leaf; False: none may
    payload: bool = False  # a Multiboot payload with TAP output instead of Linux
    append: str = ""  # the Linux guest's command line
    on_disk: bool = False  # that Linux is a Debian on a disk, with a GRUB of its own
    refused: str = ""  # Lapwing must refuse, and say this (a regular expression)
    routing: str = ""  # each kernel must have chosen this APIC routing (a regular expression)
    says: tuple = ()  # regular expressions that some console line must match
    flags: frozenset = None  # the features that Linux must find, and no others
    maps: list = None  # what the sector int15 said bare: lines
    disk: disks.Disk = None  # that the machine has, for the action disk
    never: tuple = ()  # regular expressions that no console line may match
    foreign: bool = False  # a Multiboot kernel of the user's, which need not speak TAP
    expect: tuple = ()  # regular expressions: the run is over and good when all are matched
    fail: tuple = ()  # regular expressions: it is over and bad when one is matched

    def has_verdict(self, report):
        """Whether anything says what counts."""
        return not self.foreign or bool(self.expect or self.fail or report.tap)


# Memory that Lapwing may take from the guest.
TAKEN_KIB, TAKEN_KIB_PER_CPU = 2048, 64

# Lines that a guest may cause on each CPU (core/log_guest.h), and the one that says that it has.
WARNINGS_PER_CPU = 32 + 1


def cpus_wanted(expect):
    """CPUs that must be online in the last probe: fewer if the command line says so."""
    if {"online-late", "kexec", "grub-entry"} & set(action_names(expect.append)):
        return expect.cpus  # the second kernel is not told of the first one's limits
    wanted = expect.cpus
    for match in re.finditer(r"(?:^|\s)(?:maxcpus|nr_cpus)=(\d+)", expect.append):
        wanted = min(wanted, max(1, int(match.group(1))))
    return 1 if has_word(expect.append, "nosmp") else wanted


def _boots(expect):
    """Times that the machine is to come up, but for the action reboot."""
    return 1 + action_names(expect.append).count("grub-entry")


def rebooted(report, expect):
    """Whether the machine came up once more: GRUB, and Lapwing if it is there."""
    starts = report.menus if expect.on_disk else report.grub_starts
    return starts > _boots(expect) and (not expect.hypervisor or len(report.banners) > 1)


def said(report, pattern):
    """The first console line that matches a regular expression, or None."""
    return next((line.strip() for line in report.lines if re.search(pattern, line)), None)


def decided(report, expect):
    """Whether `expect` and `fail` have decided a run."""
    if any(said(report, pattern) for pattern in expect.fail):
        return True
    return bool(expect.expect) and all(said(report, pattern) for pattern in expect.expect)


def problems(report, expect, ended, ticks=None, ticks_per_s=0):
    """Sentences saying what is wrong with a run; none if it is a success.

    `ended` tells how it came to an end: "done" (what was waited for has come), "off" (the machine
    ended by itself) or "timeout". `ticks` are the machine's at the guest's marks, if it counts any.
    """
    found = list(_unexpected_words(report, expect))
    if expect.refused:
        return found + list(_refusal(report, expect)) + list(_asked(report, expect, ended))
    if report.refused:
        return [f"Lapwing refused to boot: {report.refused}"]
    if report.panic:
        return [f"Lapwing panicked: {report.panic}"]
    if report.guest_panic:
        return [f"the guest kernel panicked: {report.guest_panic}"]
    if expect.expect or expect.fail:
        return found + list(_asked(report, expect, ended))
    if not expect.has_verdict(report):
        return found
    if not expect.on_disk:  # whose GRUB is not the one that is counted
        found += _resets(report)
    if expect.payload:
        found += _payload(report, expect)
    else:
        found += _linux(report, expect, ticks or {}, ticks_per_s)
    if ended == "timeout":
        found.insert(0, f"time ran out; {_last(report)}")
    elif ended == "off" and not report.done and not report.payload_done:
        found.insert(0, f"the machine reset or went off before the guest was done; {_last(report)}")
    return found


def _resets(report):
    if report.resets:
        yield f"the machine was reset {len(report.resets)} times, which the guest did not ask for"
    for words in report.resets:
        yield "the last words before a reset: " + " / ".join(words)


def _last(report):
    last = next((line.strip() for line in reversed(report.lines) if line.strip()), "")
    return f"last line: {last}" if last else "the console stayed empty"


def _unexpected_words(report, expect):
    for pattern in expect.says:
        if not any(re.search(pattern, line) for line in report.lines):
            yield f"the console never said: {pattern}"
    for pattern in expect.never:
        for line in report.lines:
            if re.search(pattern, line):
                yield f"the console said: {line.strip()}"
                break


def _asked(report, expect, ended):
    for pattern in expect.fail:
        if said(report, pattern):
            yield f"the console said: {said(report, pattern)}"
    missing = [pattern for pattern in expect.expect if not said(report, pattern)]
    for pattern in missing:
        yield f"the console never said: {pattern}"
    if missing and ended == "timeout":
        yield f"time ran out; {_last(report)}"


def _refusal(report, expect):
    if report.refused is None:
        yield f"Lapwing did not refuse to boot; expected: {expect.refused}"
    elif not re.search(expect.refused, report.refused):
        yield f"Lapwing refused for another reason: {report.refused}"
    if sum("[lapwing] refused:" in line for line in report.lines) > 1:
        yield "more than one line of refusal"


def _payload(report, expect):
    limit = WARNINGS_PER_CPU * expect.cpus
    if report.warnings > limit:
        yield f"Lapwing warned {report.warnings} times, the guest's budget is {limit} lines"
    if not report.tap:
        yield "the payload reported no test"
    for passed, name in report.tap:
        if not passed:
            yield f"not ok: {name}"
    if report.tap_plan != len(report.tap):
        yield f"the payload planned {report.tap_plan} tests and reported {len(report.tap)}"
    if not report.payload_done:
        yield "the payload did not come to its end"
    elif expect.maps is not None:
        yield from bios_map.problems(expect.maps, report)


def _linux(report, expect, ticks, ticks_per_s):
    if report.kernel is None:
        yield "the guest did not reach userland"
        return
    for text in report.fails:
        yield f"the guest says: FAIL {text}"
    limit = TAKEN_KIB + TAKEN_KIB_PER_CPU * expect.cpus
    if report.taken_kib and report.taken_kib > limit:
        yield f"Lapwing takes {report.taken_kib} KiB of memory, the limit is {limit} KiB"
    routings = report.apic_routings
    if expect.routing and len(routings) != report.kernels:
        yield f"{report.kernels} kernels, but {len(routings)} said what APIC routing they use"
    for routing in routings:
        if expect.routing and not re.search(expect.routing, routing):
            yield f"the guest's APIC routing is {routing}, not {expect.routing}"
    if expect.flags is not None:
        yield from cpu_flags.problems(report.flags, expect.flags)
    for line in report.lines:
        if expect.hypervisor and "unchecked MSR access error" in line:
            yield f"the guest kernel did not expect a #GP: {line.strip()}"
    yield from _probe(report, expect)
    yield from _actions(report, expect)
    yield from clocks.problems(report, expect.append, ticks, ticks_per_s)
    if report.done is None:
        yield "the guest did not come to its end"


def _probe(report, expect):
    wanted = cpus_wanted(expect)
    if len(report.cpus) != wanted:
        yield f"{len(report.cpus)} CPUs online, not {wanted}"
    yield from _leaves(report.cpus, expect)
    for key in ("index", "apicid"):
        values = [facts[key] for facts in report.cpus.values() if key in facts]
        if len(set(values)) != len(values):
            yield f"two CPUs show the same {key}: {' '.join(values)}"


def _leaves(cpus, expect):
    for number, facts in sorted(cpus.items()):
        leaf = facts.get("leaf")
        if expect.leaf and leaf != "LapwingHyper":
            yield f"CPU {number} escaped: it finds no CPUID leaf of Lapwing's"
        elif not expect.leaf and leaf != "none":
            yield f"CPU {number} finds a hypervisor's leaf ({leaf}) where none was expected"


def _installed(report, kernels):
    if not report.menus:
        yield "the disk's GRUB did not show its menu"
    if report.systems != ["state=running active"] * kernels:
        yield f"systemd did not come up well each time: {', '.join(report.systems) or 'no word'}"


def _suspends(report, expect):
    words = [word for word in actions(expect.append) if word.startswith("suspend:")]
    wanted = sum(int(word.partition(":")[2]) for word in words)
    if not wanted == len(report.resumes) == report.wakes:
        yield (
            f"{len(report.resumes)} resumes probed, {report.wakes} times awake from S3 by the "
            f"kernel's words, not {wanted}"
        )
    for number, cpus in enumerate(report.resumes, 1):
        if len(cpus) != cpus_wanted(expect):
            yield f"{len(cpus)} CPUs online after resume {number}"
        for text in _leaves(cpus, expect):
            yield f"after resume {number}: {text}"


def _actions(report, expect):
    names = action_names(expect.append)
    kernels = _boots(expect) + names.count("kexec")
    if report.kernels != kernels:
        yield f"{report.kernels} kernels reached userland, not {kernels}"
    if expect.on_disk:
        yield from _installed(report, kernels)
    for name in sorted(set(names)):
        count = sum(text.startswith(name + " ") for text in report.oks)
        wanted = (expect.cpus - 1) * names.count("hotplug")
        if name == "hotplug" and count != wanted:
            yield f"hotplug worked {count} times, not {wanted}"
        if name == "online-late" and not count:
            yield "no CPU was brought up late"
        if name == "efivars" and not count:
            yield "the firmware's variables could not be read and written"
        if name == "work" and not count:
            yield "the user work was not done"
        if name == "reboot" and not rebooted(report, expect):
            yield "the reboot did not reach " + (
                "Lapwing" if expect.hypervisor else "GRUB"
            ) + " again"
    yield from _suspends(report, expect)
    if "disk" in names:
        yield from _disk(report, expect)
    if "lwstat" in names:
        yield from _lwstat(report, expect)


# CPUIDs on each CPU: the probe executes more, and a command that executes none is far below.
PROBE_CPUIDS, NO_CPUIDS = 20, 5


def _lwstat(report, expect):
    boot = report.lwstat.get("boot", {})
    if sum(facts.get("ipi-sipi", 0) for facts in boot.values()) < len(boot) - 1:
        yield "lwstat showed fewer STARTUP IPIs than CPUs that were started"
    for cpu, facts in sorted(boot.items()):
        if not 0 < facts.get("longest", 0) <= facts.get("cycles", 0):
            yield f"lwstat counted no cycles of exits on CPU {cpu}"
    for what in ("boot", "probe", "mark"):
        counts = report.lwstat.get(what, {})
        if len(counts) != cpus_wanted(expect):
            yield f"lwstat showed {len(counts)} CPUs ({what}), not {cpus_wanted(expect)}"
        for cpu, facts in sorted(counts.items()):
            cpuids = facts.get("cpuid", -1)
            if not (0 <= cpuids <= NO_CPUIDS if what == "mark" else cpuids >= PROBE_CPUIDS):
                yield f"lwstat counted {cpuids} exits by CPUID on CPU {cpu} ({what})"
    if "table" not in " ".join(text for text in report.oks if text.startswith("lwstat")):
        yield "lwstat printed no table"


def _disk(report, expect):
    if expect.disk is None:
        yield "lapwing.do=disk needs a disk: --disk MB"
        return
    wanted = action_names(expect.append).count("disk")
    if len(report.disks) != wanted:
        yield f"the guest told of its disk {len(report.disks)} times, not {wanted}"
    pic = has_word(expect.append, "noapic")
    for facts in report.disks:
        yield from disks.shortcomings(facts, expect.disk, pic)
    if report.disks:
        yield from expect.disk.problems()
