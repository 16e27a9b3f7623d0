# SPDX-License-Identifier: GPL-2.0-only
"""lapwing bench: what one operation costs, bare and under each strategy, in ticks of an emulator.

The payload test/guest/bench does the operations and prints the ticks. On Bochs with one CPU a tick
is one instruction, and two runs of the same image give the same ticks.
"""

import functools
import json
import pathlib
import re
import sys

from . import bench_boots, bench_readme, cases, packages, parallel
from .base import BUILD, UserError, say
from .bench_columns import BARE, columns, config_of, cpu_model, keep
from .cases import Case
from .emulators import machines
from .testing import matrix

CPUS = 4
LINE = re.compile(r"^# bench (\w+) (\S+) (\d+)$")
MACHINES = {
    machine: tuple(
        case.config
        for case in matrix.cases()
        if (case.payload, case.machine) == ("bench", machine) and case.config
    )
    for machine in ("bochs", "bochs-amd")
}


def ticks_of(lines):
    """{"MODE OPERATION": ticks} of a payload's console."""
    found = (LINE.match(line.strip()) for line in lines)
    return {f"{m.group(1)} {m.group(2)}": int(m.group(3)) for m in found if m}


def case_of(machine, config, cpus):
    """The run of one column."""
    return Case(
        name=f"bench-{machine}-{config}",
        config=config_of(config),
        machine=machine,
        payload="bench",
        cpus=cpus,
        memory=128,
        cpu_model=cpu_model(machine),
        slow=3,
    )


def measure(machine, config, cpus):
    """The ticks of one column."""
    outcome = cases.carry_out(case_of(machine, config, cpus), machines.get(machine), say)
    if outcome.problems:
        raise UserError(f"{machine}, {config}: " + "; ".join(outcome.problems))
    return ticks_of(outcome.report.lines)


def table(runs):
    """Markdown lines: a row for each operation, with ticks and the ratio to bare."""
    bare = runs[BARE]
    yield "| operation | " + " | ".join(runs) + " |"
    yield "|---" * (len(runs) + 1) + "|"
    for name, ticks in bare.items():
        yield f"| {name} | " + " | ".join(cell(run.get(name), ticks) for run in runs.values()) + " |"


def cell(ticks, bare):
    """One figure of a table."""
    if ticks is None:
        return "-"
    return f"{ticks:,}" if ticks == bare else f"{ticks:,} ({ticks / max(bare, 1):.1f})"


def changes(old, new):
    """Lines for the figures that are not what they were."""
    for machine, runs in new.items():
        for config, figures in runs.items():
            before = old.get(machine, {}).get(config, {})
            for name, ticks in figures.items():
                was = before.get(name)
                if was is not None and was != ticks:
                    share = f" ({100 * (ticks - was) / was:+.1f} %)" if was else ""
                    yield f"{machine} {config} {name}: {was:,} -> {ticks:,}{share}"


def read(path, boots=False):
    """The results of an earlier bench, of operations or of boots."""
    error = UserError(f"{path}: no results of lapwing bench{' --boots' if boots else ''}")
    try:
        found = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        raise UserError(f"{path}: {reason}") from None
    if not isinstance(found, dict) or not found:
        raise error
    for of_machine in found.values():
        if not isinstance(of_machine, dict) or not isinstance(of_machine.get(BARE), dict):
            raise error
        if any(isinstance(figure, dict) != boots for figure in of_machine[BARE].values()):
            raise error
    return found


def measured(args):
    """The results of operations that are measured now."""
    if len(args.cpus) > 1:
        raise UserError("--cpus is repeatable with --boots only")
    wanted = list(columns(args, MACHINES))
    packages.ensure(packages.ISO + packages.BUILD, say)
    cpus = (args.cpus or [CPUS])[0]
    todo = [functools.partial(measure, *column, cpus) for column in wanted]
    results = {}
    for (machine, config), found in zip(wanted, parallel.results(todo, args.jobs)):
        results.setdefault(machine, {})[config] = found
    keep(results, args.output)
    return results


def main(args):
    """Carry out `lapwing bench`; returns the exit status."""
    of = bench_boots if args.boots else sys.modules[__name__]
    if args.kvm and not args.boots:
        raise UserError("--kvm is for --boots")
    old = read(args.compare, args.boots) if args.compare else {}
    args.output = args.output or BUILD / (("kvm.json" if args.kvm else "boots.json") if args.boots else "bench.json")
    results = read(args.input, args.boots) if args.input else of.measured(args)
    if not args.input:
        say(f"results are in {args.output}")
    for machine, runs in results.items():
        print("\n".join(["", f"{machine}, ticks and ratio to bare:", "", *of.table(runs)]))
    now, before = (bench_boots.means(found) if args.boots else found for found in (results, old))
    if args.compare:
        print("\n".join(["", *changes(before, now)]))
    if args.readme:
        bench_readme.write(results, before, args)
    if args.svg:
        bars = bench_readme.boots_bars if args.boots else bench_readme.bars
        pathlib.Path(args.svg).write_text(bench_readme.chart(bars(results)), encoding="utf-8")
    return 0
