# SPDX-License-Identifier: GPL-2.0-only
"""Carries out one row of the matrix: builds what it needs, boots it, and tells what was wrong."""

import threading

from .. import packages, runner
from ..emulators import machines
from ..guests import disk, kernels
from ..images import build, iso
from ..base import BUILD, UserError
from .checks import Skip
from ..guests.kernel_args import actions
from ..emulators.machines.base import RunSpec
from ..run import DEFAULT_APPEND, test_initrd, workdir
from ..judging.verdict import Expectation

_build_lock = threading.Lock()
LAST_LINES = 12
# Linux counts timer interrupts against the TSC, and panics when a busy host delivers them late. Its
# tests of its own RSA and DH code make up half of a boot in an emulator (1.2 of 2.0 G
# instructions).
SPARED = "no_timer_check cryptomgr.notests"


def prepare(progress):
    """What runs share, made beforehand so that progress is seen."""
    packages.ensure(packages.ISO, progress)
    for name in machines.names():
        machine = machines.get(name)
        if machine.unavailable() is None:
            machine.ensure(progress)


def guest_of(case, folder):
    """The iso.Linux, iso.Multiboot or None that a case boots."""

    def progress(_text):
        pass

    if case.payload:
        with _build_lock:
            return iso.Multiboot(build.payload(case.payload, progress), case.append)
    if case.guest == "none":
        return None
    append = f"{DEFAULT_APPEND} {SPARED} {case.append}".strip()
    if case.guest == "junk":
        junk = folder / "junk"
        junk.write_text("This is no kernel.\n" * 1000)
        return iso.Linux(junk, None, append)
    kernel, arch = kernels.resolve(case.guest, progress)
    initrd = test_initrd(case.guest, kernel, arch, append, folder, progress)
    return iso.Linux(kernel, initrd, append)


def run(case, progress):
    """Carry out `case`; raises UserError with what is wrong, or Skip."""
    machine = machines.get(case.machine)
    reason = machine.unavailable()
    if reason:
        raise Skip(reason)
    machine.ensure(progress)
    folder = workdir(case.name)
    guest = guest_of(case, folder)
    elf, config = None, None
    if case.config:
        config = build.find(case.config)
        with _build_lock:
            elf = build.build(config, progress, case.compiler)
    image = iso.make(folder / "boot.iso", guest, elf, case.hv_options, case.protocol)
    append = guest.append if isinstance(guest, iso.Linux) else ""
    expect = Expectation(
        cpus=case.cpus,
        hypervisor=bool(config),
        leaf=bool(config and config.has_leaf()),
        payload=bool(case.payload),
        append=append,
        refused=case.refused,
        routing=case.routing,
        says=case.says,
        never=case.never,
        disk=disk.make(folder / "disk.img", case.disk) if case.disk else None,
    )
    spec = RunSpec(
        image,
        case.cpus,
        case.memory,
        folder,
        cpu_model=case.cpu_model,
        reset_ok="reboot" in actions(append),
        disk=expect.disk,
    )
    try:
        outcome = runner.run(machine, spec, expect, machine.timeout_s * case.slow)
    finally:
        image.unlink()
        if expect.disk:
            expect.disk.path.unlink()
    if outcome.problems:
        tail = [line for line in outcome.report.lines if line.strip()][-LAST_LINES:]
        log = (folder / "console.log").relative_to(BUILD.parent)
        raise UserError("\n".join([*outcome.problems, f"last lines of {log}:", *tail]))
    return _note(outcome)


def _note(outcome):
    report = outcome.report
    if report.refused:
        return report.refused
    if report.tap:
        skips = sum("# SKIP" in name for _, name in report.tap)
        return f"{len(report.tap)} tests" + (f", {skips} of them skipped" if skips else "")
    exits = report.exit_count()
    words = [f"{len(report.cpus)} CPUs"]
    words += [f"{exits} exits"] if exits else []
    words += [text for text in report.oks if text.startswith("disk ")]
    return ", ".join(words)
