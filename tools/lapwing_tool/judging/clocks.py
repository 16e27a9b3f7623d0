# SPDX-License-Identifier: GPL-2.0-only
"""Judges the guest's clocks (lapwing.do=clock:SECONDS, test/linux/clock.c) by the machine's ticks.

The guest has the ticks at the begin and the end of each phase written down (bochs_log.py) and says
how much time went by on each of its clocks meanwhile. The ticks are emulated instructions: neither
the host's load nor a hypervisor bends them. Machines without ticks only show their figures, by the
RTC; the host's clock is no measure for an emulator on a busy host.
"""

import dataclasses

from ..guests.kernel_args import action_names

LIMIT = 0.01  # share of the time by which a clock may be off
PHASES = ("idle", "busy")
TIMES = ("monotonic", "realtime", "jiffies", "rtc")
PERIODIC = "tick_handle_periodic"


@dataclasses.dataclass
class Clock:
    """One clock in one phase. `ratio` is its time by the true time; None if that is not known."""

    phase: str
    name: str
    ratio: float
    least: float = 1 - LIMIT
    most: float = 1 + LIMIT
    true: bool = True  # ratio is by the machine's ticks

    def measures(self):
        """Whether its ratio says how fast it goes."""
        return bool(self.ratio) and self.least > 0 and self.most < float("inf")

    def wrong(self):
        """Whether it is off, as far as that can be known."""
        return self.true and self.ratio is not None and not self.least <= self.ratio <= self.most


def facts(words):
    """What the words behind "clock" say: {"name": the first, key: value of each other one}."""
    return {"name": words[0], **dict(word.split("=", 1) for word in words[1:] if "=" in word)}


def _complete(line):
    """Whether a line of a clock is as it was written; a kernel's message may have come into it."""
    numbers = ("cpu", "count", "hz") if line["name"] == "loc" else ("ns",)
    return {"phase", "word"} <= line.keys() and all(line.get(n, "").isdigit() for n in numbers)


@dataclasses.dataclass
class Phase:
    """What was read between two marks. `timers` has the handler of each CPU's timer."""

    timers: dict
    lines: list
    true_s: float = None  # by the machine's ticks

    def clocks(self):
        """The Clocks of the phase; by the RTC where there are no ticks."""
        rtc = [int(line["ns"]) / 1e9 for line in self.lines if line["name"] == "rtc"]
        seconds = self.true_s or (rtc[0] if rtc else None)
        return [_clock(line, self.timers, seconds, bool(self.true_s)) for line in self.lines]


def phases(report, ticks, ticks_per_s):
    """The Phases of a run. `ticks` are those of the guest's marks, 0 a second if there are none."""
    found, timers = {}, {}
    for line in report.clocks:
        if line["name"] == "mode" and "cpu" in line:
            timers = {**timers, line["cpu"]: line.get("handler")}
        elif line["name"] != "mode" and _complete(line):
            found.setdefault(line["word"], Phase(timers, [])).lines.append(line)
    for word, phase in found.items():
        begin, end = (ticks.get(f"{word}-{which}") for which in ("begin", "end"))
        if ticks_per_s and begin is not None and end is not None:
            phase.true_s = (end - begin) / ticks_per_s
    return list(found.values())


def clocks(report, ticks, ticks_per_s):
    """The Clocks of a run, in the order in which the guest told of them."""
    return [clock for phase in phases(report, ticks, ticks_per_s) for clock in phase.clocks()]


def _clock(line, handlers, seconds, true):
    phase, name = line["phase"], line["name"]
    if name != "loc":
        ratio = int(line["ns"]) / 1e9 / seconds if seconds else None
        if name == "alarm":  # its latest one: a share of the time
            return Clock(phase, name, ratio, 0, LIMIT, true)
        return Clock(phase, name, ratio, true=true)
    cpu = line["cpu"]
    ratio = int(line["count"]) / int(line["hz"]) / seconds if seconds else None
    # Timers that are set anew each time fire less when a CPU idles, and for alarms besides.
    periodic = handlers.get(cpu) == PERIODIC
    least = 1 - LIMIT if periodic or phase == "busy" else 0
    most = 1 + LIMIT if periodic else float("inf")
    return Clock(phase, f"timer{cpu}", ratio, least, most, true)


def problems(report, append, ticks, ticks_per_s):
    """Sentences about clocks that are off or were not read, as the guest's line `append` asks."""
    wanted = len(PHASES) * action_names(append).count("clock")
    found = phases(report, ticks, ticks_per_s) if wanted else []
    if len(found) != wanted:
        yield f"the clocks were read in {len(found)} phases, not {wanted}"
    for phase in found:
        title = phase.lines[0]["phase"]
        names = [line["name"] for line in phase.lines]
        for name in (*TIMES, "alarm"):
            if name not in names:
                yield f"clock {name} was not read ({title})"
        if not phase.timers or names.count("loc") != len(phase.timers):
            yield f"some CPUs' timer interrupts were not counted ({title})"
        if ticks_per_s and not phase.true_s:
            yield f"the machine did not write down the ticks ({title})"
        for clock in phase.clocks():
            if clock.wrong():
                yield f"clock {clock.name} is off ({title}): {clock.ratio:.4f} of the true time"


def rows(found):
    """Rows for a run's summary."""
    for phase in PHASES:
        shown = [clock for clock in found if clock.phase == phase and clock.ratio is not None]
        words = [f"{clock.name} {clock.ratio:.4f}" for clock in shown]
        if shown and not shown[0].true:
            words.append("by the RTC")
        for n in range(0, len(words), 5):
            yield f"clocks, {phase}" if n == 0 else "", ", ".join(words[n : n + 5])


def comparison(found, bare):
    """Lines that set each clock of a run against the same one of a bare run."""
    for clock, other in _pairs(found, bare):
        yield (
            f"  clock {clock.name} ({clock.phase}): {clock.ratio:.4f} under Lapwing, "
            f"{other.ratio:.4f} bare, ratio {clock.ratio / other.ratio:.4f}"
        )


def apart(found, bare):
    """Sentences about clocks that are off by that of a bare run."""
    for clock, other in _pairs(found, bare):
        if clock.true and abs(clock.ratio / other.ratio - 1) > LIMIT:
            yield f"clock {clock.name} ({clock.phase}) is {clock.ratio / other.ratio:.4f} of bare"


def _pairs(found, bare):
    """Clocks that measure time in both runs. How often a one-shot timer fires is no measure."""
    others = {(clock.phase, clock.name): clock for clock in bare if clock.measures()}
    for clock in found:
        other = others.get((clock.phase, clock.name))
        if other and clock.measures():
            yield clock, other
