# SPDX-License-Identifier: GPL-2.0-only
"""The emulator runs of `lapwing test`: the rows of test/matrix.toml."""

import copy
import functools

from . import rows
from ..base import DEFAULT_CONFIG, ROOT
from ..emulators import machines
from ..images import build
from .row_values import one_of

FILE = ROOT / "test/matrix.toml"


def host_axis():
    """The axis `host`: each configuration that the host's own KVM can run, or bare if there is none."""
    machine = machines.get("kvm")
    if machine.unavailable():
        return {"": {"config": ""}}
    names = [config.name for config in build.named() if config.vendor() == machine.vendor]
    return {f"-{name}": {"config": name} for name in names}


def named_config(text):
    """A row's configuration: one of configs/, or bare."""
    if text:
        one_of(text, [config.name for config in build.named()], "configuration", "configs")
    return DEFAULT_CONFIG if text is None else text


@functools.cache
def _read():
    found = rows.Names(axes={"host": host_axis()})
    path = FILE.relative_to(ROOT)
    cases = rows.cases_of(path, FILE.read_text(encoding="utf-8"), found, named_config)
    return found, rows.unlike(cases, path)


def names():
    """What the file defines: its words, axes, sets and tags."""
    return copy.deepcopy(_read()[0])


def cases():
    """All rows, in the order in which they are run."""
    return list(_read()[1])
