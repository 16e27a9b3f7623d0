# SPDX-License-Identifier: GPL-2.0-only
"""lapwing doctor: what this machine can run, what is missing, and what to do, in one screen."""

import os
import platform
import shutil

from . import guests as known, packages
from .base import cache_dir
from .emulators import machines, qemu_setup

GIB = 1 << 30
DISK_GIB, MEMORY_GIB = 8, 4  # what `lapwing test` needs, with two emulators side by side


def host():
    """(what, word, text) on the machine itself."""
    cores = os.cpu_count() or 1
    yield "cores", "ok" if cores > 1 else "slow", f"{cores}; lapwing test runs two emulators at a time"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
    yield "memory", "ok" if memory >= MEMORY_GIB else "little", f"{memory:.0f} GiB"
    free = shutil.disk_usage(cache_dir()).free / GIB
    yield "disk", "ok" if free >= DISK_GIB else "little", f"{free:.0f} GiB free for {cache_dir()}"


def tools():
    """(what, word, text) on packages, for each purpose."""
    sets = {"build": packages.BUILD, "images": packages.ISO + packages.UEFI, "tests": packages.TEST}
    for purpose, names in sets.items():
        missing = packages.missing(names) if shutil.which("dpkg-query") else list(names)
        if not missing:
            yield purpose, "ok", "all packages are there"
        elif packages.privileged():
            yield purpose, "later", "installed when needed: " + " ".join(missing)
        else:
            yield purpose, "missing", "as root: apt-get install " + " ".join(missing)


def emulators():
    """(what, word, text) on the machines of --machine."""
    made = {
        "QEMU": qemu_setup.find() is not None,
        "Bochs": any((cache_dir() / "bochs").glob("bin-*")),
        "KVM in an emulator": any((cache_dir() / "l0").glob("*.cpio")),
    }
    for name, there in made.items():
        yield name, "ok" if there else "later", "is there" if there else "fetched or built when needed"
    for name in machines.names():
        machine = machines.get(name)
        reason = machine.unavailable()
        yield f"--machine {name}", "no" if reason else "ok", reason or machine.description


def guests():
    """(what, word, text) on the guests of --guest."""
    for name in known.names():
        there = known.is_there(name)
        yield f"--guest {name}", "ok" if there else "later", "is there" if there else "fetched or made when needed"


def system():
    """The operating system's name."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "no name")
    except OSError:
        return "an unknown system"


def main(_args):
    """Print the table; the status is 1 if something is missing that the tool cannot get itself."""
    print(f"{system()}, {platform.machine()}\n")
    rows = [*host(), *tools(), *emulators(), *guests()]
    width = max(len(what) for what, _, _ in rows)
    for what, word, text in rows:
        print(f"  {what:<{width}}  {word:<8}{text}")
    return 1 if any(word == "missing" for _, word, _ in rows) else 0
