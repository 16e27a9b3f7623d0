# SPDX-License-Identifier: GPL-2.0-only
"""Which rows `lapwing matrix` runs: of the tool's table, of a user's file, for which configuration.

A user's file has a table [[row]] for each row, whose keys are the fields of cases.Case: name, guest,
initrd, cpus, memory, append, says ... A row without a configuration gets the one that was asked for.
"""

import dataclasses
import fnmatch
import pathlib
import tempfile
import tomllib

from . import matrix
from .. import packages
from ..base import ROOT, UserError, command, say
from ..cases import Case
from ..emulators import machines
from ..images import build

USER_ROWS = ROOT / "rows.toml"
SLOW = ("bochs", "bochs-amd", "kvm-amd", "kvm-amd-6.1", "kvm-intel")
LISTS = ("modules", "says", "never", "expect", "fail", "extra")


def tags(case):
    """Words by which rows can be picked."""
    words = {case.machine, "payload" if case.payload else "linux", case.config or "bare"}
    if "kvm" in case.machine:
        words.add("kvm")
    if case.machine not in SLOW and case.slow == 1 and not case.full:
        words.add("quick")
    return words | {"full"}


def switched_on(config):
    """The symbols that a configuration switches on, Kconfig's defaults among them."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "resolved"
        command([ROOT / "tools/kconfig.py", "resolve", config.path, "-o", path], "reading Kconfig")
        symbols = build.Config(config.name, path).symbols()
    return {key for key, value in symbols.items() if value == "y"}


def alike(config):
    """The configuration of configs/ that guests find the same as `config`.

    That is the one which agrees in every symbol that the files of configs/ switch on: vendor,
    strategy, method, signature.
    """
    known = {named: set(named.symbols()) for named in build.named()}
    if config in known:
        return config
    packages.ensure(("python3-kconfiglib",), say)
    ours = switched_on(config) & set().union(*known.values())
    for named, symbols in known.items():
        if symbols == ours:
            return named
    raise UserError(
        f"{config.path}: no configuration of configs/ has this vendor, strategy, method and "
        "signature, so no row of the table fits; write rows of your own"
    )


def rows_for(cases, text):
    """Those rows of the configuration that `text` names; one of a user's own gets a copy of them."""
    config = build.find(text)
    model = alike(config).name
    rows = [case for case in cases if case.config == model]
    if model == config.name:
        return rows
    name = config.name if config.path == build.LOCAL else config.path.stem
    return [
        dataclasses.replace(case, name=f"{case.name}@{name}", config=str(config.path))
        for case in rows
    ]


def user_row(fields, config, where):
    """The Case of one table of a user's file."""
    known = {field.name for field in dataclasses.fields(Case)}
    unknown = sorted(set(fields) - known)
    if unknown or "name" not in fields:
        what = "no field is called " + ", ".join(unknown) if unknown else "a row has no name"
        raise UserError(f"{where}: {what}")
    fields = {key: tuple(v) if key in LISTS else v for key, v in fields.items()}
    chosen = build.find(fields.get("config") or config).path if fields.get("config") != "" else ""
    case = Case(**{**fields, "config": str(chosen)})
    if case.machine not in machines.names():
        raise UserError(f"{where}: {case.name}: no machine is called {case.machine}")
    return case


def user_rows(path, config):
    """The rows of a user's file."""
    try:
        content = tomllib.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path}: {error}") from None
    return [user_row(fields, config, path) for fields in content.get("row", [])]


def picks(case, args):
    """Whether a row is one that the options ask for."""
    wanted = (
        not args.guest or (case.payload or case.sector or case.guest) in args.guest,
        not args.machine or case.machine in args.machine,
        set(args.tag) <= tags(case),
        not case.full or "full" in args.tag or args.only,
    )
    return all(wanted)


def named(cases, pattern):
    """The row of that name, else those whose name matches (shell pattern or part)."""
    if not pattern:
        return cases
    exact = [case for case in cases if case.name == pattern]
    return exact or [c for c in cases if pattern in c.name or fnmatch.fnmatch(c.name, pattern)]


def cases(args):
    """The rows of one `lapwing matrix`."""
    rows = matrix.cases()
    if args.config:
        rows = [row for text in args.config for row in rows_for(rows, text)]
    path = args.rows or (USER_ROWS if USER_ROWS.exists() else None)
    if path:
        rows += user_rows(path, args.config[0] if args.config else None)
    rows = [row for row in rows if row.machine in machines.names() and picks(row, args)]
    return named(rows, args.only)


def shard(names, text, kept_together=()):
    """Every n-th of `names`, from the i-th on, for the text "i/n".

    Those that are `kept_together`, since one reads what another has built, are all in part 1.
    """
    if not text:
        return names
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise UserError(f"--shard {text}: write 1/4 for the first of four parts")
    together = [name for name in names if name in kept_together]
    others = [name for name in names if name not in kept_together]
    return (together if int(part) == 1 else []) + others[int(part) - 1 :: int(parts)]
