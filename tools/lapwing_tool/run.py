# SPDX-License-Identifier: GPL-2.0-only
"""lapwing run: sets up what is missing, builds, boots a guest and sums up what it showed."""

import os
import pathlib
import re
import sys

from . import cases, guests, packages, runner
from .base import BUILD, UserError, say
from .cases import Case
from .emulators import machines
from .guests import installed
from .guests.kernel_args import actions
from .images import build
from .judging import clocks
from .reporting import results


def check(args):
    """Raise UserError for options that do not go together."""
    if args.disk_image and not pathlib.Path(args.disk_image).is_file():
        raise UserError(f"{args.disk_image}: no such file")
    for pattern in (*args.expect, *args.fail):
        try:
            re.compile(pattern)
        except re.error as error:
            raise UserError(f"{pattern!r} is no regular expression: {error}") from None
    if args.compare and args.bare:
        raise UserError("--compare boots bare by itself; leave --bare out")
    of_guest = not (args.multiboot or args.no_guest or args.disk_image)
    if of_guest and args.guest not in guests.names() and not pathlib.Path(args.guest).is_file():
        names = ", ".join(guests.names())
        raise UserError(f"no guest called {args.guest} and no such file; known guests: {names}")
    if args.guest in installed.GUESTS:
        check_installed(args)
    elif args.installed:
        names = ", ".join(installed.GUESTS)
        raise UserError(f"--installed needs a guest that is installed on a disk: {names}")
    if args.chain and args.no_guest:
        raise UserError("--chain puts a guest on a disk; leave --no-guest out")
    ours = not (args.multiboot or args.no_guest or args.initrd)  # the initramfs of test/linux
    if ours and "disk" in actions(args.append) and not args.disk:
        raise UserError("lapwing.do=disk needs a disk: add --disk MB, as in --disk 64")


def check_installed(args):
    """Raise UserError for what does not go together with a guest that is installed on a disk."""
    for option in ("multiboot", "initrd", "chain", "disk_image", "no_guest"):
        if getattr(args, option):
            raise UserError(f"--{option.replace('_', '-')} is no option for --guest {args.guest}")
    if args.installed and args.bare:
        raise UserError("--installed is a way to start Lapwing; leave --bare out")
    if "disk" in actions(args.append):
        raise UserError("lapwing.do=disk is for the guests that are kernels only, like linux-5.10")


def pick_machine(name):
    """The machine called `name`, if it can be had here."""
    try:
        machine = machines.get(name)
    except (KeyError, ModuleNotFoundError):
        known = ", ".join(machines.names())
        raise UserError(f"no machine called {name}; known ones: {known}") from None
    reason = machine.unavailable()
    if reason:
        raise UserError(f"machine {name} cannot be used: {reason}")
    return machine


def case_of(args, machine, bare):
    """The case that the command line asks for."""
    guest = {"guest": "none" if args.no_guest else args.guest}
    if args.multiboot and not args.no_guest:
        guest = {"multiboot": args.multiboot, "modules": tuple(args.module)}
    return Case(
        name=f"run-{os.getpid()}{'-bare' if bare else ''}",
        config="" if bare else str(build.find(args.config, machine.vendor).path),
        machine=machine.name,
        initrd=args.initrd or "",
        cpus=args.cpus,
        memory=args.memory,
        append=args.args if args.multiboot else args.append,
        hv_options=args.hv_options,
        protocol="efi" if args.chain and machine.uefi else args.boot_protocol,
        cpu_model=args.cpu_model,
        disk=args.disk,
        installed=args.installed,
        chain=args.chain,
        disk_image=args.disk_image,
        timeout=args.timeout,
        gdb=args.gdb,
        dump=args.dump,
        extra=tuple(args.emulator_arg),
        expect=tuple(args.expect),
        fail=tuple(args.fail),
        **guest,
    )


def main(args):
    """Carry out `lapwing run`; returns the exit status."""
    check(args)
    machine = pick_machine(args.machine)
    packages.ensure(packages.ISO + packages.BUILD, say)
    outcome = boot(args, machine, args.bare)
    if not args.compare or outcome.problems:
        return 1 if outcome.problems else 0
    bare = boot(args, machine, True)
    if bare.problems:
        return 1
    print(comparison(outcome, bare), flush=True)
    apart = list(clocks.apart(outcome.clocks, bare.clocks))
    for problem in apart:
        print(f"lapwing: {problem}", file=sys.stderr)
    return 1 if apart else 0


def comparison(outcome, bare):
    """Lines that say how many times as long a guest took under Lapwing as bare, by each clock."""
    word = "userland"
    pairs = {f"ticks from power-on to {word}": [run.ticks.get(word) for run in (outcome, bare)]}
    pairs |= {name: [run.costs.get(name) for run in (outcome, bare)] for name in outcome.costs}
    lines = [
        f"  {name}: {runner.cost(ours)} under Lapwing, {runner.cost(other)} bare, "
        f"ratio {ours / other:.3f}"
        for name, (ours, other) in pairs.items()
        if ours and other
    ]
    if not lines:
        raise UserError("this machine counts nothing; take --machine bochs, bochs-amd or kvm-amd")
    return "\n".join([*lines, *clocks.comparison(outcome.clocks, bare.clocks)])


def boot(args, machine, bare):
    """Carry out what the command line asks for, sum it up; returns the runner's Outcome."""
    case = case_of(args, machine, bare)
    try:
        outcome = cases.carry_out(case, machine, say, sys.stdout)
    except KeyboardInterrupt:
        raise UserError("interrupted") from None
    print(summary(outcome, machine, case), flush=True)
    write_down(outcome, machine, case)
    for problem in outcome.problems:
        print(f"lapwing: {problem}", file=sys.stderr)
    return outcome


def write_down(outcome, machine, case):
    """Leave results.json beside the console of a run."""
    result = "fail" if outcome.problems else "pass" if outcome.judged else "none"
    row = {"name": f"run/{case.name}", "result": result, "seconds": outcome.seconds}
    row["detail"] = "\n".join(outcome.problems)
    facts = results.run_facts(case, machine.vendor, outcome)
    results.Results(BUILD / "runs" / case.name / "results.json").add({**row, **facts})


def summary(outcome, machine, case):
    """The table at the end of a run."""
    report = outcome.report
    hypervisor = build.find(case.config).name if case.config else "none (bare)"
    good = "ok" if outcome.judged else "no verdict: nothing says what counts (--expect, --fail)"
    rows = [("result", "FAILED" if outcome.problems else good)]
    if report.kernel:
        after = f", userland after {outcome.userland_s:.1f} s" if outcome.userland_s else ""
        rows.append(("guest", f"Linux {report.kernel} ({report.arch}){after}"))
    if report.tap:
        rows.append(("tests", f"{sum(ok for ok, _ in report.tap)} of {len(report.tap)} ok"))
    rows.append(("machine", f"{machine.name} ({machine.vendor}), {case.cpus} CPUs"))
    rows.append(("hypervisor", hypervisor))
    if report.cpus:
        rows.append(("CPUs online", f"{len(report.cpus)} of {case.cpus}{_proof(report)}"))
    for key in ("strategy", "method", "vendor"):
        if report.common(key):
            rows.append((key, report.common(key)))
    if report.taken_kib:
        rows.append(("memory taken", f"{report.taken_kib} KiB"))
    if report.apic_routings:
        rows.append(("guest's APIC", report.apic_routings[-1]))
    exits = report.exits_by_reason()
    if exits:
        words = [f"{name} {count}" for name, count in exits.items()]
        lines = ["  ".join(words[n : n + 6]) for n in range(0, len(words), 6)]
        rows.append(("exits", f"{report.exit_count()} in all"))
        rows += [("", line) for line in lines]
    if report.longest_stay():
        rows.append(("longest exit", f"{report.longest_stay():,} cycles of the TSC"))
    rows += clocks.rows(outcome.clocks)
    rows += outcome.figures.items()
    if outcome.costs:
        rows.append(("cost", ", ".join(outcome.costs_in_words())))
    rows.append(("time", f"{outcome.seconds:.1f} s"))
    return "\n" + "\n".join(f"  {key:<13}{value}" for key, value in rows) + "\n"


def _proof(report):
    proven = [n for n, facts in sorted(report.cpus.items()) if facts.get("leaf") == "LapwingHyper"]
    return f"; Lapwing's leaf read on CPU {' '.join(map(str, proven))}" if proven else ""
