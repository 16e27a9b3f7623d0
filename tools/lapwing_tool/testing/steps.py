# SPDX-License-Identifier: GPL-2.0-only
"""lapwing test: builds, host tests, checks of the sources and emulator runs, one line for each.

A step is a name and a function that returns (passed), raises Skip, or raises UserError (failed).
Builds and checks run one after the other; emulator runs side by side.
"""

import concurrent.futures
import fnmatch
import os
import threading
import time
import traceback

from . import matrix, matrix_run
from .. import packages
from ..emulators import machines
from ..images import build
from ..base import BUILD, UserError, say
from .checks import Skip, builds, fourth_strategy, layers, texts


class Tally:
    """Counts results and prints a line for each as it comes."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], 0
        self.lock = threading.Lock()

    def run(self, name, function):
        """Carry out a step."""
        begin = time.monotonic()
        detail = ""
        try:
            note = function()
            word, detail = "PASS", f" ({note})" if note else ""
        except Skip as reason:
            word, detail = "SKIP", f" ({reason})"
        except UserError as error:
            word, detail = "FAIL", indented(str(error))
        except Exception:  # pylint: disable=broad-except
            word, detail = "FAIL", indented(traceback.format_exc())  # a mistake in the tool itself
        with self.lock:
            self.passed += word == "PASS"
            self.skipped += word == "SKIP"
            if word == "FAIL":
                self.failed.append(name)
            print(f"{word} {name} {time.monotonic() - begin:.1f} s{detail}", flush=True)


def indented(text):
    """A text of several lines below a result."""
    return "\n" + "\n".join(f"    {line}" for line in text.splitlines())


def steps_in_turn(progress):
    """(name, function) of builds and checks."""
    yield "tool/unit", builds.tool_unit
    default = build.find(build.DEFAULT_CONFIG)
    for config in build.named():
        # Payloads and host tests are the same with every configuration: built with one.
        targets = () if config == default else build.IMAGE
        for compiler in build.COMPILERS:
            yield (
                f"build/{config.name}/{compiler}",
                lambda config=config, compiler=compiler, targets=targets: builds.size(
                    build.build(config, progress, compiler, targets)
                ),
            )
    for compiler in build.COMPILERS:
        yield (
            f"unit/{compiler}",
            lambda compiler=compiler: builds.meson_test(build.configure(default, compiler)),
        )
    yield "reproducible", lambda: builds.reproducible(default)
    yield "kconfig", builds.kconfig
    yield "unused-functions", builds.unused_functions
    yield "texts/files", texts.file_names
    yield "texts/guards", texts.include_guards
    yield "texts/counters", texts.counters
    yield "texts/ownership", texts.ownership
    yield "texts/mutations", texts.mutations
    yield "layers", lambda: layers.layers(build.build(default, progress, "gcc", build.IMAGE).parent)
    yield "layers/readme", layers.readme
    yield "format", builds.clang_format
    yield "tidy", lambda: builds.clang_tidy(default)


def steps_side_by_side(progress, everything=True):
    """(name, function) of the emulator runs. Those that are `full` only if `everything` is wanted."""
    yield "fourth-strategy", fourth_strategy.fourth_strategy
    known = machines.names()
    for case in matrix.cases():
        if case.machine in known and (everything or not case.full):
            yield f"run/{case.name}", lambda case=case: matrix_run.run(case, progress)


def selected(steps, pattern):
    """The names in `steps` that match: the one of that name, else by shell pattern or as a part."""
    if not pattern or pattern in steps:
        return [pattern] if pattern else list(steps)
    return [name for name in steps if pattern in name or fnmatch.fnmatch(name, pattern)]


def quiet(_text):
    """Progress of single builds is not shown: each step has its line."""


def run_side_by_side(tally, steps, jobs):
    """Carry out steps, `jobs` of them at a time. Ctrl-C ends at once, and the emulators with us."""
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    waiting = [pool.submit(tally.run, name, function) for name, function in steps]
    try:
        concurrent.futures.wait(waiting)
    except KeyboardInterrupt:
        say("interrupted")
        os._exit(130)  # the threads of the pool would be waited for otherwise


def main(args):
    """Carry out `lapwing test`; returns the exit status."""
    everything = args.full or args.only
    first, then = dict(steps_in_turn(quiet)), dict(steps_side_by_side(quiet, everything))
    wanted = selected([*first, *then], args.only)
    if args.list:
        print("\n".join(wanted))
        return 0
    packages.ensure(packages.ALL, say)
    BUILD.mkdir(exist_ok=True)
    tally = Tally()
    begin = time.monotonic()
    for name in wanted:
        if name in first:
            tally.run(name, first[name])
    side_by_side = [(name, then[name]) for name in wanted if name in then]
    if side_by_side:
        matrix_run.prepare(say)
        run_side_by_side(tally, side_by_side, max(1, args.jobs))
    minutes = (time.monotonic() - begin) / 60
    if tally.failed:
        say("failed: " + " ".join(tally.failed))
    say(f"{minutes:.1f} minutes; console logs of failed runs are in build/runs")
    print(f"{tally.passed} passed, {len(tally.failed)} failed, {tally.skipped} skipped", flush=True)
    return 1 if tally.failed or not tally.passed else 0
