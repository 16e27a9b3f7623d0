# SPDX-License-Identifier: GPL-2.0-only
"""Carries out one row of the matrix, and tells in a line how it went or what was wrong."""

import dataclasses

from .. import cases, guests, packages
from ..base import UserError
from ..emulators import machines
from ..guests import installed, systems
from ..reporting import results
from . import history
from .checks import Skip

LAST_LINES = 12
# Linux counts timer interrupts against the TSC, and panics when a busy host delivers them late. Its
# tests of its own RSA and DH code make up half of a boot in an emulator (1.2 of 2.0 G
# instructions).
SPARED = "no_timer_check cryptomgr.notests"


def prepare(rows, progress):
    """What `rows` share, made beforehand so that progress is seen."""
    packages.ensure(packages.ISO, progress)
    for name in dict.fromkeys(case.machine for case in rows):
        machine = machines.get(name)
        if machine.unavailable() is None:
            machine.ensure(progress)
    for guest in dict.fromkeys(case.guest for case in rows if case.guest in installed.GUESTS):
        if installed.unavailable(guest) is None:
            installed.base(installed.GUESTS[guest].disk, progress)


def run(case, progress, keep=lambda facts: None):
    """Carry out `case`; raises UserError with what is wrong, or Skip. `keep` gets its facts."""
    machine = machines.get(case.machine)
    reason = machine.unavailable() or guests.unavailable(case.guest)
    if reason:
        raise Skip(reason)
    if not (case.payload or case.sector or case.guest in systems.SYSTEMS):
        case = dataclasses.replace(case, append=f"{SPARED} {case.append}".strip())
    # A limit of the row's own is what it is.
    usual = cases.time_limit(case, machine) if case.timeout is None else 0
    outcome = cases.carry_out(case, machine, progress, own_limit=history.limit(case, usual))
    if not outcome.problems:
        history.passed(case, outcome.own_s)
    keep(results.run_facts(case, machine.vendor, outcome))
    if outcome.problems:
        tail = [line for line in outcome.report.lines if line.strip()][-LAST_LINES:]
        log = f"build/runs/{case.name}/console.log"
        raise UserError("\n".join([*outcome.problems, f"last lines of {log}:", *tail]))
    return _note(outcome)


def _note(outcome):
    report = outcome.report
    if report.refused:
        return report.refused
    costs = outcome.costs_in_words()
    if report.tap:
        skips = sum("# SKIP" in name for _, name in report.tap)
        words = [f"{len(report.tap)} tests"] + ([f"{skips} of them skipped"] if skips else [])
        return ", ".join(words + costs)
    exits = report.exit_count()
    words = [f"{len(report.cpus)} CPUs"]
    words += [f"{exits} exits"] if exits else []
    words += [text for text in report.oks if text.startswith("disk ")]
    return ", ".join(words + costs)
