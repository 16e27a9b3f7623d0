# SPDX-License-Identifier: GPL-2.0-only
"""lapwing test: builds, host tests, checks of the sources and emulator runs, one line for each.

A step is a name and a function that returns (passed), raises Skip, or raises UserError (failed).
Builds and checks run one after the other; emulator runs side by side.
"""

import dataclasses
import functools
import threading
import time
import traceback

from . import matrix, matrix_run, overview, selection
from .. import packages, parallel
from ..emulators import machines
from ..images import build
from ..base import BUILD, UserError, say
from ..cases import Case
from ..reporting import junit
from ..reporting.results import Results
from .checks import Skip, builds, debugger, fourth_strategy, layers, texts, trace


class Tally:
    """Counts results, prints a line for each as it comes, and has them written down."""

    def __init__(self, results, facts):
        self.results, self.facts = results, facts
        self.passed, self.failed, self.skipped = 0, [], 0
        self.lock = threading.Lock()

    def run(self, name, function):
        """Carry out a step."""
        begin = time.monotonic()
        try:
            word, detail = "PASS", function() or ""
        except Skip as reason:
            word, detail = "SKIP", str(reason)
        except UserError as error:
            word, detail = "FAIL", str(error)
        except Exception:  # pylint: disable=broad-except
            word, detail = "FAIL", traceback.format_exc()  # a mistake in the tool itself
        seconds = time.monotonic() - begin
        row = {"name": name, "result": word.lower(), "seconds": seconds, "detail": detail}
        self.results.add({**row, **self.facts.get(name, {})})
        shown = indented(detail) if word == "FAIL" else f" ({detail})" if detail else ""
        with self.lock:
            self.passed += word == "PASS"
            self.skipped += word == "SKIP"
            if word == "FAIL":
                self.failed.append(name)
            print(f"{word} {name} {seconds:.1f} s{shown}", flush=True)


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
                lambda config=config, compiler=compiler, targets=targets: builds.built(
                    build.build(config, progress, compiler, targets)
                ),
            )
    for compiler in build.COMPILERS:
        yield (
            f"unit/{compiler}",
            lambda compiler=compiler: builds.meson_test(build.configure(default, compiler)),
        )
    yield "reproducible", lambda: builds.reproducible(default)
    yield "install", lambda: builds.install(default)
    yield "kconfig", builds.kconfig
    yield "debugger-names", builds.debugger_names
    yield "unused-functions", builds.unused_functions
    yield "texts/files", texts.file_names
    yield "texts/guards", texts.include_guards
    yield "texts/counters", texts.counters
    yield "texts/ownership", texts.ownership
    yield "texts/matrix", overview.check
    yield "texts/mutations", texts.mutations
    yield "layers", lambda: layers.layers(build.build(default, progress, "gcc", build.IMAGE).parent)
    yield "layers/readme", layers.readme
    yield "format", builds.clang_format
    yield "tidy", lambda: builds.clang_tidy(default)


def steps_side_by_side(progress, everything=True, facts=None):
    """(name, function) of the emulator runs. Those that are `full` only if `everything` is wanted.

    `facts` gets what is to be kept of each run, by the step's name.
    """
    facts = {} if facts is None else facts
    yield "fourth-strategy", fourth_strategy.fourth_strategy
    yield "trace", lambda: trace.trace(progress)
    yield "gdb/live", lambda: debugger.live(progress)
    yield "gdb/dump", lambda: debugger.dump(progress)
    known = machines.names()
    for case in matrix.cases():
        if case.machine in known and (everything or not case.full):
            yield step_of(case, progress, facts)


@dataclasses.dataclass
class Row:
    """The function of a row's step; `facts` gets what is to be kept of it."""

    case: Case
    progress: object
    facts: dict

    def name(self):
        return f"run/{self.case.name}"

    def __call__(self):
        return matrix_run.run(self.case, self.progress, self.keep)

    def keep(self, kept):
        self.facts[self.name()] = kept


def step_of(case, progress, facts):
    """(name, function) of a row."""
    row = Row(case, progress, facts)
    return row.name(), row


def quiet(_text):
    """Progress of single builds is not shown: each step has its line."""


def main(args):
    """Carry out `lapwing test`; returns the exit status."""
    facts = {}
    first = dict(steps_in_turn(quiet))
    then = dict(steps_side_by_side(quiet, args.full or args.only, facts))
    wanted = selection.selected([*first, *then], args.only)
    return carry_out(first, then, wanted, facts, args, packages.ALL)


def matrix_main(args):
    """Carry out `lapwing matrix`: rows alone, of the table or the user's."""
    if args.readme:
        overview.write()
        return 0
    facts = {}
    then = dict(step_of(case, quiet, facts) for case in selection.cases(args))
    return carry_out({}, then, list(then), facts, args, packages.ISO + packages.BUILD)


def carry_out(first, then, wanted, facts, args, needed):
    """Carry out the steps `wanted` of {name: function} `first` and `then`; returns the status."""
    if not wanted:
        raise UserError("no step is one that these options ask for; --list names those that are")
    wanted = selection.shard(wanted, args.shard, kept_together=first)
    if args.list:
        print("\n".join(wanted))
        return 0
    packages.ensure(needed, say)
    BUILD.mkdir(exist_ok=True)
    results = Results(BUILD / "results.json")
    if args.resume:
        wanted = unfinished(wanted, results)
    tally = Tally(results, facts)
    begin = time.monotonic()
    for name in wanted:
        if name in first:
            tally.run(name, first[name])
    side_by_side = [(name, then[name]) for name in wanted if name in then]
    if side_by_side:
        rows = [step.case for _, step in side_by_side if isinstance(step, Row)]
        matrix_run.prepare(rows, say)
        parallel.results([functools.partial(tally.run, *step) for step in side_by_side], args.jobs)
    minutes = (time.monotonic() - begin) / 60
    (BUILD / "junit.xml").write_bytes(junit.document(list(results.rows().values())))
    if tally.failed:
        say("failed: " + " ".join(tally.failed))
    say(f"{minutes:.1f} minutes; console logs of failed runs are in build/runs")
    print(f"{tally.passed} passed, {len(tally.failed)} failed, {tally.skipped} skipped", flush=True)
    return 1 if tally.failed or not (tally.passed or args.resume) else 0


def unfinished(names, results):
    """Those that have not passed with these very sources."""
    rows = results.rows()
    left = [name for name in names if rows.get(name, {}).get("result") != "pass"]
    say(f"{len(names) - len(left)} of {len(names)} steps have passed with these sources before")
    return left
