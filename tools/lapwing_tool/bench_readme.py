# SPDX-License-Identifier: GPL-2.0-only
"""The tables of what an operation costs, in the README, and what a boot costs, in docs; and a chart."""

import html
import math
import re
import statistics

from . import bench_boots
from .base import ROOT, UserError

BEGIN, END = "<!-- lapwing bench --readme -->\n", "<!-- end of bench -->\n"
README, BOOTS, KVM = ROOT / "README.md", ROOT / "docs/boots.md", ROOT / "docs/testing.md"
EVEN = re.compile(r"^\| [^|]+ \| \d+ \| [^|]+( \| 1\.000( ± 0\.000)?)+ \|$")
ROW, LABELS, DECADE, RATIO_1 = 14, 220, 120, 500  # of the chart, in pixels


def cell(now, before):
    """One figure, behind the one before if that was another."""
    if now is None:
        return "-"
    return f"{now:,}" if before in (None, now) else f"{before:,} → {now:,}"


def short(config):
    """The head of a column: its vendor is in the line above the table."""
    return config.partition("-")[2] or config


def table(results, old):
    """The tables of all machines, between their marks."""
    lines = []
    for machine, runs in results.items():
        before = old.get(machine, {})
        lines += ["", f"`{machine}`:", "", "| operation | " + " | ".join(map(short, runs)) + " |"]
        lines.append("|---" * (len(runs) + 1) + "|")
        for name in runs["bare"]:
            cells = [cell(run.get(name), before.get(of, {}).get(name)) for of, run in runs.items()]
            if any(text not in (cells[0], "-") for text in cells[1:]):
                lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines[1:]) + "\n"


def boots_table(results):
    """The same of boots, without the phases that take as long everywhere."""
    tables = []
    for machine, runs in results.items():
        rows = (row for row in bench_boots.table(runs) if not EVEN.search(row))
        tables.append("\n".join([f"`{machine}`:", "", *rows]))
    return "\n\n".join(tables) + "\n"


def replaced(text, tables):
    """A document with these tables between its marks."""
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    if len(re.findall(pattern, text, re.S)) != 1:
        raise UserError(f"no one table between {BEGIN.strip()} and {END.strip()}")
    return re.sub(pattern, lambda _: BEGIN + tables + END, text, flags=re.S)


def write(results, old, args):
    """Put the tables into their document."""
    path = KVM if args.kvm else BOOTS if args.boots else README
    tables = boots_table(results) if args.boots else table(results, old)
    path.write_text(replaced(path.read_text(encoding="utf-8"), tables), encoding="utf-8")


def bars(results):
    """(label, pixels, figure) of each bar, from the top: ticks on a logarithmic scale. Without pixels it is a heading."""
    for operation in next(iter(results.values()))["bare"]:
        yield operation, None, ""
        for machine, config, run in runs_of(results):
            if run.get(operation):
                yield f"{machine} {config}", DECADE * math.log10(run[operation]), f"{run[operation]:,}"


def boots_bars(results):
    """The same of boots: ratios to bare."""
    for phase in next(iter(results.values()))["bare"]:
        yield phase, None, ""
        for machine, config, run in runs_of(results):
            found = bench_boots.ratios(run.get(phase, {}), results[machine]["bare"].get(phase, {}))
            if found and config != "bare":
                mean = statistics.mean(found)
                yield f"{machine} {config}", RATIO_1 * mean, f"{mean:.3f}"


def runs_of(results):
    """(machine, configuration, figures) of all machines."""
    return [(machine, *run) for machine, runs in results.items() for run in runs.items()]


def chart(rows):
    """An SVG of bars."""
    lines = []
    for number, (label, width, figure) in enumerate(rows):
        y = ROW * number
        weight = "bold" if width is None else "normal"
        lines.append(f'<text x="0" y="{y + ROW - 3}" font-weight="{weight}">{html.escape(label)}</text>')
        if width is not None:
            lines.append(f'<rect x="{LABELS}" y="{y + 2}" width="{width:.1f}" height="{ROW - 4}"/>')
            lines.append(f'<text x="{LABELS + width + 4:.1f}" y="{y + ROW - 3}">{figure}</text>')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="900" height="{ROW * (number + 1)}" '
        'font-family="sans-serif" font-size="10" fill="#3b76af">'
    )
    return "\n".join([head, *lines, "</svg>", ""])
