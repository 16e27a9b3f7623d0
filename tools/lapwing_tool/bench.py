# SPDX-License-Identifier: GPL-2.0-only
"""lapwing bench: what one operation costs, bare and under each strategy, in ticks of an emulator.

The payload test/guest/bench does the operations and prints the ticks. On Bochs with one CPU a tick
is one instruction, and two runs of the same image give the same ticks.
"""

import concurrent.futures
import json
import pathlib
import re

from . import bench_readme, cases, packages
from .base import UserError, say
from .cases import Case
from .emulators import machines
from .images import build
from .testing import matrix

BARE = "bare"
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
        config="" if config == BARE else config,
        machine=machine,
        payload="bench",
        cpus=cpus,
        memory=128,
        cpu_model=matrix.names().words["amd-x2apic"] if machine == "bochs-amd" else "",
        slow=3,
    )


def measure(machine, config, cpus):
    """The ticks of one column."""
    outcome = cases.carry_out(case_of(machine, config, cpus), machines.get(machine), say)
    if outcome.problems:
        raise UserError(f"{machine}, {config}: " + "; ".join(outcome.problems))
    return ticks_of(outcome.report.lines)


def columns(wanted_machines, wanted_configs):
    """(machine, configuration or BARE) of what is measured. Bare is what all are compared with."""
    for machine in wanted_machines or MACHINES:
        if machine not in MACHINES:
            raise UserError(f"no ticks on {machine}; take one of: {', '.join(MACHINES)}")
        configs = [name for name in MACHINES[machine] if name in (wanted_configs or (name,))]
        if configs:
            yield machine, BARE
        yield from ((machine, name) for name in configs)


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


def read(path):
    """The results of an earlier bench."""
    try:
        found = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: {error}") from None
    if not isinstance(found, dict) or not found:
        raise UserError(f"{path}: no results of lapwing bench")
    for of_machine in found.values():
        if not isinstance(of_machine, dict) or not isinstance(of_machine.get(BARE), dict):
            raise UserError(f"{path}: no results of lapwing bench")
    return found


def measured(args):
    """The results of a bench that is carried out now."""
    wanted = list(columns(args.machine, [build.find(name).name for name in args.config]))
    if not wanted:
        raise UserError("no such configuration on these machines; see ./lapwing bench --help")
    packages.ensure(packages.ISO + packages.BUILD, say)
    with concurrent.futures.ThreadPoolExecutor(max(1, args.jobs)) as pool:
        figures = list(pool.map(lambda column: measure(*column, args.cpus), wanted))
    results = {}
    for (machine, config), found in zip(wanted, figures):
        results.setdefault(machine, {})[config] = found
    pathlib.Path(args.output).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    say(f"results are in {args.output}")
    return results


def main(args):
    """Carry out `lapwing bench`; returns the exit status."""
    old = read(args.compare) if args.compare else None
    results = read(args.input) if args.input else measured(args)
    for machine, runs in results.items():
        print("\n".join(["", f"{machine}, ticks and ratio to bare:", "", *table(runs)]))
    if old is not None:
        print("\n".join(["", *(changes(old, results) or ())]))
    if args.readme:
        bench_readme.write(results, old or {})
    if args.svg:
        pathlib.Path(args.svg).write_text(bench_readme.chart(results), encoding="utf-8")
    return 0
