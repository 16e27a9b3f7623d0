# SPDX-License-Identifier: GPL-2.0-only
"""What the keys of a row may hold. What is wrong ends in a UserError that says where and what is wanted."""

import dataclasses
import pathlib
import re

from .. import guests
from ..base import ROOT, UserError
from ..cases import Case
from ..emulators import machines
from ..images import build
from ..judging import cpu_flags

FIELDS = {field.name: field.type for field in dataclasses.fields(Case)}
KINDS = {
    str: "a text", int: "a whole number", bool: "true or false", float: "a number", list: "a list",
    dict: "a table", tuple: "a list of texts",
}  # fmt: skip
AT_LEAST = {"cd_sectors": 0, "cpus": 1, "memory": 1, "slow": 1, "disk": 0, "timeout": 0}
PATTERNS = ("says", "never", "expect", "fail", "refused", "routing")


# key -> what gives the values that it can have
KNOWN = {
    "machine": machines.names,
    "payload": lambda: [path.parent.name for path in sorted((ROOT / "test/guest").glob("*/payload.c"))],
    "sector": lambda: [path.stem for path in sorted((ROOT / "test/guest/sectors").glob("*.S"))],
    "protocol": lambda: ("multiboot2", "multiboot", "efi"),
    "compiler": lambda: build.COMPILERS,
    "installed": lambda: ("kernel", "disk"),
    "flags": lambda: cpu_flags.NAMED,
}
MAY_BE_EMPTY = ("payload", "sector", "installed", "flags")


def has_kind(value, kind):
    """Whether a value of a TOML file is of that type; true is no number."""
    if kind is tuple:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def need(value, kind, where):
    """`value`, if it is of that type."""
    if not has_kind(value, kind):
        raise UserError(f"{where}: {KINDS[kind]} is wanted here, not {value!r}")
    return value


def one_of(value, known, what, where):
    """`value`, if it is one of those `known`."""
    if value not in known:
        raise UserError(f"{where}: no {what} is called {value}; known: {', '.join(map(str, known))}")
    return value


def only(table, known, where):
    """`table`, if it is one and all its keys are known."""
    for key in need(table, dict, where):
        one_of(key, known, "key", where)
    return table


def regular_expression(text, where):
    """Says so if it is none."""
    try:
        re.compile(text)
    except re.error as error:
        raise UserError(f"{where}: {text} is no regular expression: {error}") from None


def guest(text, where):
    """A guest's name, or the path of a file; that one in a folder is missing its run will say."""
    if "/" not in text and not pathlib.Path(text).is_file():
        one_of(text, [*guests.names(), "none", "junk"], "guest", where)


def field(key, value, where):
    """The value of a key of a file, as Case has it."""
    kind = FIELDS[key]
    need(value, str if kind is frozenset else kind, where)
    if key in AT_LEAST and value < AT_LEAST[key]:
        raise UserError(f"{where}: at least {AT_LEAST[key]} is wanted here, not {value}")
    if key in PATTERNS:
        for text in value if kind is tuple else (value,):
            regular_expression(text, where)
    if key in KNOWN and (value or key not in MAY_BE_EMPTY):
        one_of(value, KNOWN[key](), key, where)
    if key == "guest":
        guest(value, where)
    if kind is frozenset:
        return cpu_flags.NAMED[value] if value else None
    return tuple(value) if kind is tuple else value
