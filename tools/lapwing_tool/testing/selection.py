# SPDX-License-Identifier: GPL-2.0-only
"""Which rows `lapwing matrix` runs: of the tool's table, of a user's file, for which configuration.

A user's file has the form of test/matrix.toml, and can use what that defines. A row of such a file without
a configuration gets the one that was asked for.
"""

import dataclasses
import fnmatch
import pathlib
import tempfile

from . import matrix, rows
from .. import packages
from ..base import ROOT, UserError, command, say
from ..emulators import machines
from ..images import build
from .row_values import one_of

USER_ROWS = ROOT / "rows.toml"


def tags(case, names):
    """Words by which a row can be picked; `names` has those of the files."""
    return {case.machine, case.config or "bare", *case.tags, *rows.tags_of(case, names)}


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
    found = [case for case in cases if case.config == model]
    if model == config.name:
        return found
    name = config.name if config.path == build.LOCAL else config.path.stem
    return [
        dataclasses.replace(case, name=f"{case.name}@{name}", config=str(config.path))
        for case in found
    ]


def user_rows(path, names, config):
    """The rows of a user's file; `names` gets what it defines.

    `config` is the configuration of a row that has none.
    """

    def find(text):
        return "" if text == "" else str(build.find(text or config).path)

    try:
        text = pathlib.Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {error}") from None
    return rows.cases_of(path, text, names, find)


def picks(case, args, names):
    """Whether a row is one that the options ask for."""
    wanted = (
        not args.guest or (case.payload or case.sector or case.guest) in args.guest,
        not args.machine or case.machine in args.machine,
        set(args.tag) <= tags(case, names),
        not case.full or "full" in args.tag or args.only,
    )
    return all(wanted)


def selected(names, pattern):
    """Those of `names` that match: the one of that name, else by shell pattern or as a part."""
    if not pattern or pattern in names:
        return [pattern] if pattern else list(names)
    return [name for name in names if pattern in name or fnmatch.fnmatch(name, pattern)]


def cases(args):
    """The rows of one `lapwing matrix`."""
    found, names = matrix.cases(), matrix.names()
    if args.config:
        found = [case for text in args.config for case in rows_for(found, text)]
    path = args.rows or (USER_ROWS if USER_ROWS.exists() else None)
    if path:
        found += user_rows(path, names, args.config[0] if args.config else None)
        rows.unlike(found, path)
    known = set().union(*(tags(case, names) for case in found))
    for tag in args.tag:
        one_of(tag, sorted(known), "tag", "--tag")
    found = {case.name: case for case in found if case.machine in machines.names() and picks(case, args, names)}
    return [found[name] for name in selected(found, args.only)]


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
