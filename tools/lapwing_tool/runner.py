# SPDX-License-Identifier: GPL-2.0-only
"""Boots an ISO on a machine, follows the console to the end of the story, and judges it."""

import dataclasses
import os
import re
import select
import stat
import sys
import termios
import time
import tty

from .guests import kernel_args
from .judging import clocks, verdict
from .judging import report as reports

# Seconds to go on reading after the last word, to see the rest of a message or the machine go off.
# They are of the emulator's own time.
AFTER_WORDS_S = 1.5
AFTER_PANIC_S = 3
AFTER_DONE_S = 25
AFTER_SHUTDOWN_S = 150  # systemd has much to stop
# A program that draws on the whole screen says where each piece of text goes, and ends no line.
LINE_END = re.compile(rb"\n|(?<=[^\n])(?=\x1b\[\d+;\d+H)")


@dataclasses.dataclass
class Outcome:
    """How a run went."""

    report: reports.Report
    problems: list
    seconds: float
    userland_s: float = None
    figures: dict = dataclasses.field(default_factory=dict)
    judged: bool = True  # False: nobody said what counts
    costs: dict = dataclasses.field(default_factory=dict)
    ticks: dict = dataclasses.field(default_factory=dict)
    clocks: list = dataclasses.field(default_factory=list)
    own_s: float = 0  # of the seconds those that were not spent on waiting for a processor

    def costs_in_words(self):
        """A few words for each of the costs."""
        return [f"{cost(value)} {name}" for name, value in self.costs.items()]


def cost(value):
    """A count, or a measure, as people read it."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}"


END_OF_INPUT = b"\x04"  # Ctrl-D, at which a shell ends


class Keyboard:
    """The user's terminal as the guest's keyboard while a run lasts; nothing if there is none.

    Input from a pipe or a file is typed a line at a time, and only once the guest's shell is there:
    whatever reads the serial port before would take it.
    """

    def __init__(self, wanted, stdin=None):
        stdin = stdin or sys.stdin
        self.fd, self.saved, self.pipe, self.rest = None, None, None, b""
        if wanted and stdin.isatty():
            self.fd = stdin.fileno()
        elif wanted and _is_piped(stdin.fileno()):
            self.pipe = stdin.fileno()

    def __enter__(self):
        if self.fd is not None:
            self.saved = termios.tcgetattr(self.fd)
            tty.setcbreak(self.fd)
        return self

    def __exit__(self, *_):
        if self.fd is not None:
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.saved)

    def pressed(self, ready=True):
        """Bytes typed since the last call; from a pipe the next line, if the shell is `ready`."""
        if self.pipe is not None and ready:
            return self._next_line()
        if self.fd is None or not select.select([self.fd], [], [], 0)[0]:
            return b""
        return os.read(self.fd, 1024)

    def _next_line(self):
        if b"\n" not in self.rest and select.select([self.pipe], [], [], 0)[0]:
            more = os.read(self.pipe, 1024)
            if not more:
                self.pipe = None
                return self.rest + END_OF_INPUT
            self.rest += more
        line, end, rest = self.rest.partition(b"\n")
        if not end:
            return b""
        self.rest = rest
        return line + end


def _is_piped(fd):
    """Whether input comes from a pipe or a file, and not from nowhere."""
    mode = os.fstat(fd).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)


class Console:
    """Cuts a session's bytes into lines for the report, a log file and, if wanted, the screen."""

    def __init__(self, report, log, screen, raw):
        self.report, self.log, self.screen, self.raw = report, log, screen, raw
        self.rest = b""

    def take(self, data):
        """Bytes as they come from the serial port."""
        self.log.write(data)
        self.log.flush()
        if self.screen and self.raw:
            self.screen.buffer.write(data)
            self.screen.flush()
        *lines, self.rest = LINE_END.split(self.rest + data)
        for line in lines:
            self._line(line)

    def finish(self):
        """The last line may have no end."""
        if self.rest:
            self._line(self.rest)
            self.rest = b""

    def _line(self, line):
        text = self.report.feed(line.decode(errors="replace"))
        if self.screen and not self.raw:
            print(text, file=self.screen, flush=True)


def _story_end(report, expect):
    """Seconds to wait yet once the run has said its last word; None while it goes on."""
    if report.panic or report.guest_panic:
        return AFTER_PANIC_S
    if report.payload_done or (report.refused and not expect.expect):
        return AFTER_WORDS_S
    if expect.expect or expect.fail:
        return AFTER_WORDS_S if verdict.decided(report, expect) else None
    if "reboot" in kernel_args.actions(expect.append):
        return 0 if report.done and verdict.rebooted(report, expect) else None
    wait = AFTER_SHUTDOWN_S if expect.on_disk else AFTER_DONE_S
    return wait if report.done else None


def _time_left(report, expect, dump):
    """The same, but a dump is of this very moment; a guest that halts has the time to do so."""
    wait = _story_end(report, expect)
    return 0 if wait is not None and dump and not report.halted else wait


def run(machine, spec, expect, timeout, screen=None, own_limit=0):
    """Boot `spec` on `machine` and judge it against `expect`; the console goes to `screen` live.

    `timeout` is in seconds of the session's clock, `own_limit` of its own time; 0 means none. Console
    and emulator logs stay in spec.workdir.
    """
    report = reports.Report()
    interactive = screen is not None and bool(re.search(r"lapwing\.do=\S*shell", expect.append))
    begin = time.monotonic()
    userland_s, ended, over, own_s = None, "timeout", None, 0
    session = machine.start(spec)
    try:
        with open(spec.workdir / "console.log", "wb") as log, Keyboard(interactive) as keyboard:
            console = Console(report, log, screen, interactive)
            started, own_start = session.clock(), session.own_time()
            while not timeout or session.clock() - started < timeout:
                own_s = session.own_time() - own_start
                if own_limit and own_s >= own_limit:
                    break
                data = session.read(0.1 if interactive else 0.5)
                if data is None:
                    ended = "off"
                    break
                console.take(data)
                if report.kernel and userland_s is None:
                    userland_s = time.monotonic() - begin
                typed = keyboard.pressed(report.shell)
                if typed:
                    session.write(typed)
                wait = _time_left(report, expect, spec.dump)
                if wait is not None and over is None:
                    over = own_s + wait
                if over is not None and own_s >= over:
                    ended = "done"
                    break
            console.finish()
        if spec.dump:
            session.dump(spec)
    finally:
        session.stop()
    time_base = session.ticks(), machine.ticks_per_s
    found = verdict.problems(report, expect, ended, *time_base)
    if report.done == "poweroff" and ended == "done" and not found:
        found.append("the guest said that it powers off, but the machine stayed on")
    if not report.lines:
        found += session.complaints()
    if report.resets:
        found += session.at_resets()
    seconds = time.monotonic() - begin
    if ended == "timeout" and own_limit and own_s >= own_limit:
        found.append(f"that was after {own_s:.0f} s of the emulator's own; {own_limit:.0f} are allowed")
    outcome = Outcome(report, found, seconds, userland_s, session.figures(), own_s=own_s)
    outcome.judged = expect.has_verdict(report)
    outcome.costs, outcome.ticks = session.costs(), time_base[0]
    outcome.clocks = clocks.clocks(report, *time_base)
    return outcome
