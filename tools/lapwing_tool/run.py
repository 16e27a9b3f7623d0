# SPDX-License-Identifier: GPL-2.0-only
"""lapwing run: sets up what is missing, builds, boots a guest and sums up what it showed."""

import os
import pathlib
import shutil
import sys

from . import packages, runner
from .emulators import machines
from .guests import disk, initramfs, kernels, modules
from .images import build, iso
from .judging import clocks
from .base import BUILD, ROOT, UserError, say
from .guests.kernel_args import actions
from .emulators.machines.base import RunSpec
from .judging.verdict import Expectation

DEFAULT_APPEND = "console=ttyS0,115200 panic=-1"
KEPT_RUNS = 10


def check(args):
    """Raise UserError for options that do not go together."""
    if args.compare and args.bare:
        raise UserError("--compare boots bare by itself; leave --bare out")
    ours = not (args.multiboot or args.no_guest or args.initrd)  # the initramfs of test/linux
    if ours and "disk" in actions(args.append) and not args.disk:
        raise UserError("lapwing.do=disk needs a disk: add --disk MB, as in --disk 64")


def guest_of(args, folder, progress):
    """The guest that the command line asks for: iso.Linux, iso.Multiboot or None."""
    if args.no_guest:
        return None
    if args.multiboot:
        modules = tuple(pathlib.Path(path) for path in args.module)
        return iso.Multiboot(pathlib.Path(args.multiboot), args.args, modules)
    kernel, arch = kernels.resolve(args.guest, progress)
    append = f"{DEFAULT_APPEND} {args.append}".strip()
    initrd = pathlib.Path(args.initrd) if args.initrd else None
    if initrd is None:
        initrd = test_initrd(args.guest, kernel, arch, append, folder, progress)
    return iso.Linux(kernel, initrd, append)


def test_initrd(guest, kernel, arch, append, folder, progress):
    """The initramfs that the command line's actions need; one with more than usual in `folder`."""
    wanted = {"disk", "kexec"} & set(actions(append))
    path = initramfs.make(arch, progress)
    if not wanted:
        return path
    data = path.read_bytes()
    if "disk" in wanted:
        if guest not in kernels.LINUX:
            raise UserError(f"no modules for {guest}; for lapwing.do=disk take linux-5.10")
        data = initramfs.with_files(data, modules.for_disk(guest, kernel))
    if "kexec" in wanted:
        if arch != "amd64":
            raise UserError(
                "lapwing.do=kexec needs a 64-bit kernel: kexec_file_load(2) is for those"
            )
        second = {"boot/vmlinuz": kernel.read_bytes(), "boot/initrd": data}
        data = initramfs.with_files(data, second)
    path = folder / "initramfs"
    path.write_bytes(data)
    return path


def workdir(name):
    """An empty folder for a run's files. The newest KEPT_RUNS folders of `lapwing run` stay."""
    folder = BUILD / "runs" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    old = sorted((BUILD / "runs").glob("run-*"), key=lambda path: path.stat().st_mtime)
    for path in old[:-KEPT_RUNS]:
        shutil.rmtree(path, ignore_errors=True)
    return folder


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


def gdb_hint(config, bare):
    """What to type in another terminal."""
    if bare:
        return "QEMU waits for GDB on port 1234: gdb -ex 'target remote :1234'"
    return (
        f"QEMU waits for GDB on port 1234: gdb {os.path.relpath(config.elf())} "
        f"-x {os.path.relpath(ROOT / 'tools/gdb/lapwing.py')} -ex 'target remote :1234' "
        "-ex lapwing-start"
    )


def main(args):
    """Carry out `lapwing run`; returns the exit status."""
    check(args)
    machine = pick_machine(args.machine)
    packages.ensure(packages.ISO + packages.BUILD, say)
    machine.ensure(say)
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
    ticks = [run.ticks.get("userland") for run in (outcome, bare)]
    if None in ticks:
        raise UserError("this machine counts no ticks; take --machine bochs or bochs-amd")
    first = (
        f"  ticks from power-on to userland: {ticks[0]:,} under Lapwing, {ticks[1]:,} bare, "
        f"ratio {ticks[0] / ticks[1]:.3f}"
    )
    return "\n".join([first, *clocks.comparison(outcome.clocks, bare.clocks)])


def boot(args, machine, bare):
    """Build and boot what the command line asks for, sum it up; returns the runner's Outcome."""
    config = None if bare else build.find(args.config, machine.vendor)
    if config and config.vendor() != machine.vendor:
        say(f"{config.name} is for {config.vendor()}, {machine.name} is {machine.vendor}: no match")
    folder = workdir(f"run-{os.getpid()}{'-bare' if bare else ''}")
    guest = guest_of(args, folder, say)
    elf = build.build(config, say) if config else None
    image = iso.make(folder / "boot.iso", guest, elf, args.hv_options, args.boot_protocol)
    append = guest.append if isinstance(guest, iso.Linux) else ""
    expect = Expectation(
        cpus=args.cpus,
        hypervisor=bool(config),
        leaf=bool(config and config.has_leaf()),
        append=append,
        payload=bool(args.multiboot),
        disk=disk.make(folder / "disk.img", args.disk) if args.disk else None,
    )
    spec = RunSpec(
        image,
        args.cpus,
        args.memory,
        folder,
        gdb=args.gdb,
        cpu_model=args.cpu_model,
        reset_ok="reboot" in actions(append),
        disk=expect.disk,
        extra=tuple(args.emulator_arg),
    )
    if args.gdb:
        say(gdb_hint(config, bare))
    timeout = args.timeout
    if timeout is None:
        timeout = 0 if args.gdb or "shell" in actions(append) else machine.timeout_s
    say(f"booting {args.multiboot or args.guest} on {machine.name}, {args.cpus} CPUs")
    try:
        outcome = runner.run(machine, spec, expect, timeout, sys.stdout)
    except KeyboardInterrupt:
        raise UserError("interrupted") from None
    if not outcome.problems:
        image.unlink()
        if expect.disk:
            expect.disk.path.unlink()
    print(summary(outcome, machine, config, expect), flush=True)
    for problem in outcome.problems:
        print(f"lapwing: {problem}", file=sys.stderr)
    return outcome


def summary(outcome, machine, config, expect):
    """The table at the end of a run."""
    report = outcome.report
    rows = [("result", "FAILED" if outcome.problems else "ok")]
    if report.kernel:
        after = f", userland after {outcome.userland_s:.1f} s" if outcome.userland_s else ""
        rows.append(("guest", f"Linux {report.kernel} ({report.arch}){after}"))
    if report.tap:
        rows.append(("tests", f"{sum(ok for ok, _ in report.tap)} of {len(report.tap)} ok"))
    rows.append(("machine", f"{machine.name} ({machine.vendor}), {expect.cpus} CPUs"))
    rows.append(("hypervisor", config.name if config else "none (bare)"))
    if report.cpus:
        rows.append(("CPUs online", f"{len(report.cpus)} of {expect.cpus}{_proof(report)}"))
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
    rows += clocks.rows(outcome.clocks)
    rows += outcome.figures.items()
    rows.append(("time", f"{outcome.seconds:.1f} s"))
    return "\n" + "\n".join(f"  {key:<13}{value}" for key, value in rows) + "\n"


def _proof(report):
    proven = [n for n, facts in sorted(report.cpus.items()) if facts.get("leaf") == "LapwingHyper"]
    return f"; Lapwing's leaf read on CPU {' '.join(map(str, proven))}" if proven else ""
