# SPDX-License-Identifier: GPL-2.0-only
"""lapwing report: report.html from results.json, and the same as JSON and JUnit XML beside it."""

import json
import os
import pathlib

from . import charts, figures, junit, page, results
from .. import packages
from ..base import BUILD, UserError, say


def merged(paths):
    """(rows, a line that says of what) of some results.json; what comes later replaces."""
    rows, trees, commits = {}, set(), []
    for path in paths:
        content = results.read(pathlib.Path(path))
        trees.add(content["tree"])
        commits.append(content["commit"])
        rows |= {row["name"]: row for row in content["rows"]}
    what = "commit " + ", ".join(sorted(set(filter(None, commits)))) if any(commits) else ""
    if len(trees) > 1:
        say("these results are of different sources")
        what += f" ({len(trees)} different states of the sources)"
    return list(rows.values()), what.strip()


def tell_changes(rows, old):
    """Lines on what differs from an older report."""
    for name, before, now in figures.differences(rows, old):
        print(f"  {name}: {before or 'not there'} -> {now}")
    for name, what, before, now in figures.changes(rows, old)[: page.MOST_CHANGES]:
        print(f"  {name}: {what} {before:,} -> {now:,}, ratio {now / before:.3f}")


def main(args):
    """Carry out `lapwing report`; the status says whether a row failed."""
    paths = args.results or [BUILD / "results.json"]
    rows, head = merged(paths)
    if not rows:
        raise UserError("there is no result yet: ./lapwing test")
    old = None
    if args.compare:
        old, _ = merged([args.compare])
        tell_changes(rows, old)
    drawn = []
    if not args.no_charts:
        packages.ensure(packages.REPORT, say)
        drawn = charts.all_charts(rows)
    out = pathlib.Path(args.output)
    out.parent.mkdir(parents=True, exist_ok=True)
    text = page.page(rows, drawn, head, old, os.path.basename(args.compare or ""))
    out.write_text(text, encoding="utf-8")
    out.with_suffix(".xml").write_bytes(junit.document(rows))
    content = {"version": results.VERSION, "tree": "", "commit": head, "rows": rows}
    out.with_suffix(".json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    say(f"{out}: {len(rows)} rows; {out.with_suffix('.json').name} and .xml beside it")
    return 1 if any(row["result"] == "fail" for row in rows) else 0
