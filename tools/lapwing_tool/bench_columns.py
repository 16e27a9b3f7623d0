# SPDX-License-Identifier: GPL-2.0-only
"""The columns of a bench: a machine with ticks, bare and under configurations for it. And its results' file."""

import json
import pathlib

from .base import UserError
from .cases import Case
from .images import build
from .testing import matrix

BARE = "bare"


def columns(args, known):
    """(machine, configuration or BARE) of what is measured. Bare is what all are compared with.

    `known`: {machine: its configurations}.
    """
    wanted = [build.find(name).name for name in args.config]
    found = 0
    for machine in args.machine or known:
        if machine not in known:
            raise UserError(f"no ticks on {machine}; take one of: {', '.join(known)}")
        configs = [name for name in known[machine] if name in (wanted or (name,))]
        found += len(configs)
        if configs:
            yield machine, BARE
        yield from ((machine, name) for name in configs)
    if not found:
        raise UserError("no such configuration on these machines; see ./lapwing bench --help")


def config_of(column):
    """The configuration of a Case."""
    return "" if column == BARE else column


def boot_case(machine, column, cpus, number, **more):
    """One boot of a bench; `number` is that of its schedule, of which GRUB's script is a part."""
    return Case(
        name=f"boots-{machine}-{column}-{cpus}-{number}",
        config=config_of(column),
        machine=machine,
        cpus=cpus,
        grub=("set schedule=1",) * number,
        slow=3,
        **more,
    )


def cpu_model(machine):
    """The CPU of a Case, which has x2APIC on each machine."""
    return matrix.names().words["amd-x2apic"] if machine == "bochs-amd" else ""


def keep(results, path):
    """Write {machine: {column: figures}} down."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    new.replace(path)
