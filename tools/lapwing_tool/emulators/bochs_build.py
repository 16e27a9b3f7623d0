# SPDX-License-Identifier: GPL-2.0-only
"""Builds Bochs 3.0 from Debian's source package into the cache, once, and fetches its BIOS images.

Debian 12's own package is 2.7: no posted interrupts, and slowed down by the built-in debugger. The
build has neither display nor debugger; it runs where it was built and installs nothing.
"""

import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time

from .. import packages
from ..archive import Suite, ensure_unpacked
from ..base import UserError, cache_dir, command, locked
from . import bochs_source

SUITE = "trixie"
VERSION = "3.0"
BUILD_DEPENDS = ("g++", "make", "libc6-dev", "patch", "xz-utils")
# What machines/bochs.py and rows of the matrix need; a Bochs without one of these is not ours.
MODELS = ("corei7_skylake_x", "ryzen", "corei7_ivy_bridge_3770k", "sapphire_rapids")
KEPT_BUILDS = 3  # the newest one, and others for checkouts of other versions
# OHCI is for EHCI's sake, which does not link without.
CONFIGURE = (
    "--enable-smp", "--enable-x86-64", "--enable-cpu-level=6", "--enable-vmx=2", "--enable-svm",
    "--enable-avx", "--enable-evex", "--enable-pci", "--enable-repeat-speedups",
    "--enable-usb", "--enable-usb-ohci", "--enable-usb-ehci",
    "--enable-fast-function-calls", "--enable-handlers-chaining", "--with-nogui",
    "--disable-show-ips",  # its signal handler logs, and deadlocks when it interrupts a log line
    "CFLAGS=-O2", "CXXFLAGS=-O2",
)  # fmt: skip
PROGRESS_S = 10
# Compiler runs of a whole build, for the progress lines only.
COMPILER_RUNS = 466


@dataclasses.dataclass
class Bochs:
    """A Bochs that is ready to run: paths of the program and of its two ROM images."""

    program: pathlib.Path
    bios: pathlib.Path
    vga_bios: pathlib.Path


class SourceSuite(Suite):
    """A Suite whose index lists source packages too, with an apt state of its own."""

    def __init__(self, name):
        super().__init__(name)
        self.label = f"{name}-source"
        self.state = cache_dir() / "apt" / self.label
        self.security = False

    def sources(self):
        binary = super().sources().splitlines()[0]
        source = "deb-src" + binary.removeprefix("deb")
        return f"{binary}\n{source}\n"

    def fetch_source(self, package, into, progress):
        """Download the original tarball of a source package into the folder `into`; its path.

        Only the tarball is asked for: on some mirrors apt rejects the package's .dsc.
        """
        if not (self.state / "updated").exists():
            self.update(progress)
        progress(f"fetching the source of {package} ({self.name})")
        argv = [
            "apt-get",
            *self.options(),
            "-q",
            "source",
            "--download-only",
            "--tar-only",
            package,
        ]
        try:
            command(argv, f"fetching the source of {package}", cwd=into)
        except UserError:
            self.update(progress)  # the archive has moved on since the index was fetched
            command(argv, f"fetching the source of {package}", cwd=into)
        found = sorted(into.glob(f"{package}_{VERSION}*.orig.tar.*"))
        if not found:
            raise UserError(f"{self.name} has no {package} {VERSION} any more; see bochs_build.py")
        return found[0]


def ensure(progress):
    """The Bochs to use, built when there is none."""
    folder = cache_dir() / "bochs"
    suite = SourceSuite(SUITE)
    roms = {}
    for package in ("bochsbios", "vgabios"):
        into = folder / package
        roms[package] = ensure_unpacked(suite, lambda _, name=package: name, into, progress)
    bochs = Bochs(
        folder / f"bin-{_recipe()}" / "bochs",
        roms["bochsbios"] / "usr/share/bochs/BIOS-bochs-latest",
        roms["vgabios"] / "usr/share/vgabios/vgabios.bin",
    )
    if not bochs.program.exists():
        with locked("bochs", progress):
            if not bochs.program.exists():
                _build(suite, bochs.program, progress)
                remove_old_builds(folder)
    for path in (bochs.program, bochs.bios, bochs.vga_bios):
        if not path.is_file():
            raise UserError(f"{path} is missing; remove {folder} and try again")
    return bochs


def remove_old_builds(folder):
    """Keep those that were built last."""
    for old in sorted(folder.glob("bin-*"), key=lambda path: path.stat().st_mtime)[:-KEPT_BUILDS]:
        shutil.rmtree(old, ignore_errors=True)


def _recipe():
    """A name for this way to build: another one builds anew."""
    words = (VERSION, *CONFIGURE, *map(bochs_source.diff, bochs_source.patches()))
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:12]


def _build(suite, program, progress):
    """Build in a scratch folder of the cache; `program` appears only if it turned out well."""
    packages.ensure(BUILD_DEPENDS, progress)
    scratch = cache_dir() / "bochs/build"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    tarball = suite.fetch_source("bochs", scratch, progress)
    command(["tar", "-xf", tarball, "-C", scratch], "unpacking the source of Bochs")
    tree = next(path for path in scratch.iterdir() if path.is_dir())
    bochs_source.apply(tree, bochs_source.patches())
    progress("configuring Bochs")
    command(["sh", "configure", *CONFIGURE], "configuring Bochs", cwd=tree)
    _make(tree, scratch / "make.log", progress)
    built = tree / "bochs"
    _verify(built)
    command(["strip", built], "stripping Bochs")
    program.parent.mkdir(parents=True, exist_ok=True)
    built.replace(program)
    shutil.rmtree(scratch)
    progress(f"Bochs {VERSION} is built")


def _make(tree, log, progress):
    """Run make, with a progress line now and then."""
    begin = said = time.monotonic()
    done = 0
    argv = ["make", f"-j{os.cpu_count() or 1}", "bochs"]
    progress("building Bochs (once; about 70 s on two cores)")
    env = {**os.environ, "LC_ALL": "C"}
    with open(log, "w", encoding="utf-8") as out, subprocess.Popen(
        argv, cwd=tree, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as make:  # fmt: skip
        for line in make.stdout:
            out.write(line)
            done += bool(re.match(r"(g\+\+|gcc|cc|c\+\+) .*-c ", line))
            if time.monotonic() - said >= PROGRESS_S:
                said = time.monotonic()
                share = min(99, done * 100 // COMPILER_RUNS)
                progress(f"building Bochs: {share} % after {said - begin:.0f} s")
    if make.returncode != 0:
        tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-25:])
        raise UserError(f"building Bochs failed, see {log}:\n{tail}")


def _verify(program):
    """Raise UserError unless `program` runs, is the right version and knows the CPU models."""
    said = subprocess.run(
        [program, "--help", "cpu"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    ).stdout  # fmt: skip
    if f"Bochs x86 Emulator {VERSION}" not in said:
        raise UserError(
            f"the Bochs that was built does not say that it is {VERSION}:\n{said[:500]}"
        )
    lacking = [model for model in MODELS if not re.search(rf"^{model}$", said, re.M)]
    if lacking:
        raise UserError(f"the Bochs that was built lacks the CPU models {' '.join(lacking)}")
