# SPDX-License-Identifier: GPL-2.0-only
"""The command line of ./lapwing."""

import argparse
import os
import pathlib
import re
import subprocess
import sys

from . import guests, packages
from .emulators import machines
from .guests import initramfs, kernels
from .images import build, iso
from .base import ROOT, UserError, die, say


def cmd_setup(args):
    """Install and fetch everything that runs and tests can need."""
    packages.ensure(packages.ALL, say)
    for name in machines.names():
        machine = machines.get(name)
        reason = machine.unavailable()
        if reason:
            say(f"machine {name} is left out: {reason}")
        else:
            machine.ensure(say)
    for name in guests.names():
        reason = guests.unavailable(name)
        say(f"guest {name}" + (f" is left out: {reason}" if reason else f": {guests.fetch(name, say).name}"))
    for arch in ("amd64", "i386"):
        initramfs.make(arch, say)
    say("everything is there")
    return 0


def cmd_build(args):
    """Build configurations."""
    configs = [build.find(name) for name in args.name] if args.name else [build.find()]
    for config in configs:
        elf = build.build(config, say, args.compiler)
        say(f"{os.path.relpath(elf)}: {elf.stat().st_size} bytes")
    return 0


def cmd_defconfig(args):
    """Make .config from a named configuration."""
    config = build.find(args.name)
    packages.ensure(("python3-kconfiglib",), say)
    tool = [ROOT / "tools/kconfig.py", "resolve", config.path, "-o", build.LOCAL]
    status = subprocess.run(tool, check=False).returncode
    if status == 0:
        say(f".config is {config.name} now; lapwing build and lapwing run use it")
    return status


def cmd_menuconfig(args):
    """Edit .config in the terminal."""
    packages.ensure(("python3-kconfiglib",), say)
    tool = [ROOT / "tools/kconfig.py", "menuconfig", build.LOCAL, "--from", build.find().path]
    return subprocess.run(tool, check=False).returncode


def cmd_iso(args):
    """Make a bootable CD image."""
    packages.ensure(packages.ISO + packages.UEFI, say)
    if args.multiboot:
        modules = tuple(iso.Module(pathlib.Path(path)) for path in args.module)
        guest = iso.Multiboot(pathlib.Path(args.multiboot), args.args, modules)
    elif args.guest_kernel:
        kernel, arch = kernels.resolve(args.guest_kernel, say)
        initrd = pathlib.Path(args.initrd) if args.initrd else None
        if initrd is None and args.guest_kernel in kernels.LINUX:
            initrd = initramfs.make(arch, say)
        guest = iso.Linux(kernel, initrd, args.append)
    else:
        guest = None
    elf = None if args.bare else build.loadable(build.find(args.config), say)
    out = iso.make(args.output, guest, elf, args.hv_options, args.boot_protocol, uefi=True)
    say(f"{os.path.relpath(out)}: {out.stat().st_size} bytes")
    return 0


def cmd_lwstat(args):
    """Build lwstat for a guest."""
    packages.ensure(packages.BUILD, say)
    initramfs.compile_program("lwstat", pathlib.Path(args.output))
    say(f"{args.output}: for any guest that runs 32-bit programs; copy it into its /usr/local/bin")
    return 0


def cmd_run(args):
    """Boot a guest in an emulator."""
    from . import run

    return run.main(args)


def cmd_test(args):
    """Run the tests."""
    from .testing import steps

    return steps.main(args)


def cmd_matrix(args):
    """Run rows of the matrix."""
    from .testing import steps

    return steps.matrix_main(args)


def cmd_completion(args):
    """Print a script for the shell."""
    from . import completion

    print(completion.script(parser(), args.shell))
    return 0


def cmd_trace(args):
    """Show the trace in a dump of memory."""
    from .trace import command

    return command.main(args)


def cmd_report(args):
    """Make a page of results."""
    from .reporting import command

    return command.main(args)


def cmd_bench(args):
    """Measure what operations cost."""
    from . import bench

    return bench.main(args)


def cmd_doctor(args):
    """Say what this machine can run."""
    from . import doctor

    return doctor.main(args)


def version():
    """Lapwing's version, as meson.build has it."""
    return re.search(r"^  version: '([^']+)'", (ROOT / "meson.build").read_text(), re.M).group(1)


def add_image_options(parser):
    """What `iso` and `run` have in common."""
    parser.add_argument(
        "--config",
        metavar="NAME|FILE",
        help="configuration: a name of configs/ or a file (default: .config if there is one)",
    )
    parser.add_argument("--bare", action="store_true", help="the same guest without Lapwing")
    parser.add_argument("--initrd", metavar="FILE", help="the Linux guest's initrd")
    parser.add_argument(
        "--append", metavar="STR", default="", help="words for the Linux guest's command line"
    )
    parser.add_argument("--multiboot", metavar="FILE", help="a Multiboot kernel instead of Linux")
    parser.add_argument("--args", metavar="STR", default="", help="its command line")
    parser.add_argument(
        "--module", metavar="FILE", action="append", default=[], help="a module of it (repeatable)"
    )
    parser.add_argument(
        "--hv-options", metavar="STR", default="", help="Lapwing's own command line"
    )
    parser.add_argument(
        "--boot-protocol",
        choices=("multiboot", "multiboot2"),
        default="multiboot2",
        help="how GRUB loads Lapwing (default: multiboot2)",
    )


def positive(text):
    """A number from 1 on, for argparse."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def add_bench_options(parser):
    """Options of `bench`."""
    parser.add_argument(
        "--machine",
        action="append",
        default=[],
        metavar="NAME",
        help="bochs or bochs-amd, with --kvm kvm-intel-2, kvm-intel, kvm-amd-2, kvm-amd or kvm-amd-6.1 (repeatable; default: all)",
    )
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="NAME",
        help="beside bare only this configuration (repeatable; default: one of each strategy and method)",
    )
    parser.add_argument(
        "--cpus",
        type=positive,
        action="append",
        default=[],
        metavar="N",
        help="(default: 4; with --boots repeatable: 1, 2 and 4, with --kvm 2)",
    )
    parser.add_argument(
        "--boots",
        action="store_true",
        help="measure boots of Linux by phases, and user work in it, instead of operations",
    )
    parser.add_argument(
        "--kvm",
        action="store_true",
        help="with --boots: under Linux's own KVM, which counts L0's CPU and the exits",
    )
    parser.add_argument(
        "--schedules",
        type=positive,
        default=8,
        metavar="N",
        help="boots for each figure, no two with the same interrupts (default: 8)",
    )
    parser.add_argument(
        "--append", metavar="STR", default="", help="with --boots: words for the guest's command line"
    )
    parser.add_argument(
        "--resume", action="store_true", help="with --boots: leave out those that were made before"
    )
    parser.add_argument(
        "--compare", metavar="OLD.json", help="say what has changed since an earlier bench"
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="where the results go (default: build/bench.json, with --boots build/boots.json)",
    )
    parser.add_argument(
        "--input", metavar="OLD.json", help="measure nothing; show the results of an earlier bench"
    )
    parser.add_argument("--svg", metavar="FILE", help="draw the results, too")
    parser.add_argument(
        "--readme",
        action="store_true",
        help="put the table into the README, with the figures of --compare before those of now; with --boots "
        "into docs/boots.md, with --kvm into docs/testing.md",
    )
    add_jobs(parser)


def add_jobs(parser):
    """The option of what runs emulators side by side."""
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="emulators side by side (default: 2)"
    )


def add_run_options(parser):
    """Options of `run` alone."""
    parser.add_argument(
        "--machine", default="tcg", metavar="NAME", help="one of: " + ", ".join(machines.names())
    )
    parser.add_argument(
        "--guest",
        default="linux-5.10",
        metavar="NAME|FILE",
        help="a kernel image, or one of: " + ", ".join(guests.names()),
    )
    parser.add_argument(
        "--expect",
        metavar="REGEX",
        action="append",
        default=[],
        help="the run is over, and good, when lines of the console have matched all of these",
    )
    parser.add_argument(
        "--fail",
        metavar="REGEX",
        action="append",
        default=[],
        help="the run is over, and bad, when a line of the console matches one of these",
    )
    parser.add_argument(
        "--no-guest", action="store_true", help="boot Lapwing with no module at all"
    )
    parser.add_argument("--cpus", type=int, default=4, metavar="N", help="(default: 4)")
    parser.add_argument("--memory", type=int, default=1024, metavar="MB", help="(default: 1024)")
    parser.add_argument(
        "--disk-image",
        metavar="FILE",
        default="",
        help="boot this hard disk (raw) by the BIOS under Lapwing, with no module; it is not changed",
    )
    parser.add_argument(
        "--chain", action="store_true", help="put the guest on such a disk, with a GRUB of its own"
    )
    parser.add_argument(
        "--installed",
        nargs="?",
        choices=("kernel", "disk"),
        const="kernel",
        default="",
        help="install Lapwing on the disk of debian-11 or debian-12 and boot that, without a CD: the "
        "system starts bare, runs update-grub, and starts anew by the entry for its kernel, or for the "
        "whole disk",
    )
    parser.add_argument(
        "--disk",
        type=positive,
        default=0,
        metavar="MB",
        help="add a USB disk of twice that size, the first half with content: lapwing.do=disk",
    )
    parser.add_argument(
        "--gdb", action="store_true", help="wait for GDB on port 1234 before the first instruction"
    )
    parser.add_argument(
        "--dump",
        metavar="FILE",
        default="",
        help="leave the machine's memory in a file when the run is over, for GDB and lapwing trace",
    )
    parser.add_argument(
        "--compare",
        action="store_true",
        help="boot bare afterwards, and print the ratio: of the ticks to userland on Bochs, of L0's CPU "
        "and of KVM's exits on kvm-amd and kvm-intel",
    )
    parser.add_argument(
        "--timeout", type=float, metavar="S", help="longest run in seconds, 0 for none"
    )
    parser.add_argument(
        "--cpu-model", default="", metavar="MODEL", help="another CPU, in the emulator's words"
    )
    parser.add_argument(
        "--emulator-arg",
        action="append",
        default=[],
        metavar="ARG",
        help="a further argument for the emulator (repeatable)",
    )


def add_engine_options(parser):
    """What `test` and `matrix` have in common."""
    parser.add_argument("--list", action="store_true", help="name the steps and stop")
    add_jobs(parser)
    parser.add_argument(
        "--shard", metavar="I/N", help="every N-th row from the I-th on, 1/4 with builds and checks"
    )
    parser.add_argument(
        "--resume", action="store_true", help="leave out what has passed with these very sources"
    )


def add_matrix_options(parser):
    """Options of `matrix` alone."""

    def several(name, metavar, text):
        parser.add_argument(
            name, metavar=metavar, action="append", default=[], help=f"{text} (repeatable)"
        )

    parser.add_argument(
        "--readme", action="store_true", help="only write the README's table of what is run"
    )
    several("--config", "NAME|FILE", "rows of this configuration; a file of yours gets a copy of them")
    several("--guest", "NAME", "rows with this guest or payload")
    several("--machine", "NAME", "rows on this machine")
    several("--tag", "WORD", "quick, full, kvm, linux, payload, sector, refusal, bare, a machine or configuration")
    parser.add_argument("--only", metavar="PATTERN", help="rows whose name has or matches this")
    parser.add_argument(
        "--rows", metavar="FILE.toml", help="rows of your own as well (default: rows.toml if it is there)"
    )


def parser():
    """The argument parser."""
    top = argparse.ArgumentParser(
        prog="lapwing", description="Build, boot and test the Lapwing hypervisor."
    )
    top.add_argument("--version", action="version", version=f"Lapwing {version()}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, function, text):
        sub = commands.add_parser(name, help=text, description=text + ".")
        sub.set_defaults(function=function)
        return sub

    add("doctor", cmd_doctor, "say what this machine can run, and what is missing")
    add("setup", cmd_setup, "install and fetch everything that runs and tests can need")
    add("menuconfig", cmd_menuconfig, "edit .config in the terminal")
    sub = add("defconfig", cmd_defconfig, "make .config from a configuration of configs/")
    sub.add_argument("name", metavar="NAME")
    sub = add("build", cmd_build, "build lapwing.elf")
    sub.add_argument(
        "name",
        nargs="*",
        metavar="NAME",
        help="configurations (default: .config, else the default one)",
    )
    sub.add_argument("--compiler", choices=tuple(build.COMPILERS), default="gcc")
    sub = add("iso", cmd_iso, "make a bootable CD or USB image of Lapwing and a guest")
    sub.add_argument(
        "--guest-kernel",
        metavar="NAME|FILE",
        help="a Linux kernel image, or a guest's name as for run",
    )
    sub.add_argument("-o", "--output", required=True, metavar="OUT.iso")
    add_image_options(sub)
    sub = add("lwstat", cmd_lwstat, "build lwstat, which shows Lapwing's counters in a guest")
    sub.add_argument("-o", "--output", default="lwstat", metavar="FILE", help="(default: lwstat)")
    sub = add("run", cmd_run, "boot a guest in an emulator and sum up what it showed")
    add_run_options(sub)
    add_image_options(sub)
    sub = add("bench", cmd_bench, "measure what operations cost, bare and under each strategy")
    add_bench_options(sub)
    sub = add("test", cmd_test, "build everything and run all tests")
    sub.add_argument(
        "--only",
        metavar="PATTERN",
        help="only the step of that name, else those whose name matches (shell pattern or part)",
    )
    sub.add_argument(
        "--full", action="store_true", help="those rows as well that prove little of their own"
    )
    add_engine_options(sub)
    sub = add("matrix", cmd_matrix, "run rows of the matrix, with a configuration or a guest of yours")
    add_matrix_options(sub)
    add_engine_options(sub)
    sub = add("report", cmd_report, "make report.html, with JSON and JUnit XML, of what tests showed")
    sub.add_argument(
        "results",
        nargs="*",
        metavar="RESULTS.json",
        help="what runs and tests have left; several are put together (default: build/results.json)",
    )
    sub.add_argument("-o", "--output", default="report.html", metavar="FILE")
    sub.add_argument("--compare", metavar="OLD.json", help="say what has changed since an older one")
    sub.add_argument("--no-charts", action="store_true", help="do without matplotlib")
    sub = add("trace", cmd_trace, "show each CPU's last exits from a dump of the machine's memory")
    sub.add_argument("file", metavar="FILE", help="of lapwing run --dump, or of QEMU's pmemsave")
    sub.add_argument("--cpu", type=int, action="append", metavar="N", help="of this CPU (repeatable)")
    sub.add_argument("--format", choices=("text", "perfetto"), default="text")
    sub.add_argument(
        "--mhz", type=float, default=1000, metavar="N", help="speed of the TSC, for perfetto (default: 1000)"
    )
    sub.add_argument("-o", "--output", metavar="FILE")
    sub = add("completion", cmd_completion, "print a script that completes words in bash or zsh")
    sub.add_argument("shell", choices=("bash", "zsh"))
    return top


def main(argv=None):
    """Run the command line; returns the exit status."""
    sys.stdout.reconfigure(errors="replace")
    args = parser().parse_args(argv)
    try:
        return args.function(args)
    except UserError as error:
        die(error)
    except KeyboardInterrupt:
        die("interrupted")
    except BrokenPipeError:  # nobody reads on, as after | head
        os._exit(1)
    return 1
