# SPDX-License-Identifier: GPL-2.0-only
"""results.json: one row for each step of `lapwing test`, or for the runs of one `lapwing run`.

A row has "name", "result" (pass, fail, skip, or none if nobody said what counts), "seconds" and
"detail". That of an emulator's run has the facts of run_facts() besides. A file is of one state of
the sources: rows of another state are left out when it is read to be added to.
"""

import fcntl
import hashlib
import json
import os
import subprocess

from ..base import ROOT, UserError
from ..guests.kernel_args import actions
from ..testing.checks import tracked

VERSION = 1
TAIL = 60  # lines of a console that are kept


def tree():
    """A name for the state of the sources."""
    digest = hashlib.sha256()
    for path in tracked():
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def commit():
    """The commit that is checked out, as people write it, or ""."""
    done = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def run_facts(case, vendor, outcome):
    """What is kept of a run: the case, and what it showed. `vendor` is that of the machine."""
    report = outcome.report
    return {
        "config": case.config.rpartition("/")[2].removesuffix(".config"),
        "machine": case.machine,
        "vendor": vendor,
        "guest": case.multiboot or case.payload or case.sector or case.guest,
        "payload": bool(case.payload or case.multiboot),
        "cpus": case.cpus,
        "memory": case.memory,
        "append": case.append,
        "actions": actions(case.append),
        "strategy": report.common("strategy"),
        "method": report.common("method"),
        "routing": report.apic_routings[-1] if report.apic_routings else None,
        "exits": report.exits_by_reason(),
        "exit_count": report.exit_count(),
        "cpu_exits": report.exits,
        "figures": report.figures,
        "longest": report.longest_stay(),
        "longest_by_reason": report.longest,
        "tests": [sum(ok for ok, _ in report.tap), len(report.tap)],
        "userland_s": outcome.userland_s,
        "userland_ticks": outcome.ticks.get("userland"),
        "costs": outcome.costs,
        "refused": report.refused,
        "problems": outcome.problems,
        "console": [line for line in report.lines if line.strip()][-TAIL:],
    }


def read(path):
    """The content of a results.json."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: {error}") from None
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise UserError(f"{path} is no results.json of this version of lapwing")
    return content


class Results:
    """A results.json in the making; each row is in the file as soon as it is known."""

    def __init__(self, path):
        self.path = path
        self.head = {"version": VERSION, "tree": tree(), "commit": commit()}

    def rows(self):
        """{name: row} of the file; none of another state of the sources."""
        try:
            content = read(self.path)
        except UserError:
            return {}  # there is none yet
        rows = content["rows"] if content["tree"] == self.head["tree"] else []
        return {row["name"]: row for row in rows}

    def add(self, row):
        """Take in a row, which replaces one of that name. Another lapwing may do the same."""
        with open(self.path.with_suffix(".lock"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            rows = {**self.rows(), row["name"]: row}
            new = self.path.with_suffix(".new")
            new.write_text(json.dumps({**self.head, "rows": list(rows.values())}, indent=1))
            os.replace(new, self.path)
