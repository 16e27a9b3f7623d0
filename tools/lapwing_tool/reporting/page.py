# SPDX-License-Identifier: GPL-2.0-only
"""report.html: one file that needs no network. Tables by configuration and machine, charts, rows."""

import html
import pathlib
import re

from . import figures

STYLE = pathlib.Path(__file__).with_name("page.css")
SCRIPT = pathlib.Path(__file__).with_name("page.js")
WORDS = {"pass": "passed", "fail": "failed", "skip": "skipped", "none": "without a verdict"}
MOST_CHANGES = 40


def esc(text):
    """Text for HTML."""
    return html.escape(str(text))


def anchor(name):
    """The id of a row's details."""
    return "row-" + re.sub(r"[^\w.-]", "-", name)


def table(head, rows, css=""):
    """A table of HTML cells that scrolls by itself where the window is too narrow."""
    cells = lambda tag, row: "".join(f"<{tag}>{cell}</{tag}>" for cell in row)
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="scroll"><table class="{css}"><thead><tr>{cells("th", head)}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def chip(row, text):
    """A link to a row, coloured by its result."""
    return (
        f'<a class="chip {row["result"]}" href="#{anchor(row["name"])}" '
        f'title="{esc(row["name"])}: {WORDS[row["result"]]}">{esc(text)}</a>'
    )


def guest_words(row):
    """A Linux guest in a few characters, or why Lapwing refused to start it."""
    if row.get("refused"):
        return "refused: " + row["refused"].partition(":")[0]
    actions = ",".join(row["actions"])
    return f"{row['guest'].removeprefix('linux-')} ×{row['cpus']}" + (f" {actions}" if actions else "")


def cell(rows):
    """What is run with one configuration on one machine."""
    linux = [row for row in rows if not row["payload"]]
    payloads = [row for row in rows if row["payload"]]
    text = "".join(chip(row, guest_words(row)) for row in linux)
    if payloads:
        good = sum(row["result"] == "pass" for row in payloads)
        chips = "".join(chip(row, row["guest"]) for row in payloads)
        summary = f"payloads {good}/{len(payloads)}"
        text += f"<details class=group><summary>{summary}</summary>{chips}</details>"
    return text


def matrix(rows):
    """Strategy and vendor by machine; each guest is a link to its row."""
    runs = [row for row in rows if figures.is_run(row)]
    machines = list(dict.fromkeys(row["machine"] for row in runs))
    configs = sorted({row["config"] for row in runs})
    body = []
    for config in configs:
        of = [row for row in runs if row["config"] == config]
        title = f"<b>{esc(config or 'bare')}</b>"
        body.append([title, *(cell([r for r in of if r["machine"] == m]) for m in machines)])
    return table(["", *map(esc, machines)], body, "matrix") if runs else "<p>No runs.</p>"


def count(number):
    """A number as people read it, or a dash."""
    return f"{number:,}" if number else "–"


def facts(row, ratios, costs):
    """(what, HTML) on a run."""
    yield "configuration", esc(row["config"] or "none (bare)")
    strategy = [row[key] for key in ("strategy", "method") if row[key]]
    if strategy:
        yield "strategy", esc(", method ".join(strategy))
    yield "machine", f"{esc(row['machine'])} ({esc(row['vendor'])}), {row['cpus']} CPUs"
    yield "guest", esc(row["guest"]) + (f" <code>{esc(row['append'])}</code>" if row["append"] else "")
    if row["tests"][1]:
        yield "tests", f"{row['tests'][0]} of {row['tests'][1]} ok"
    if row["routing"]:
        yield "guest's APIC", esc(row["routing"])
    yield "host time", f"{row['seconds']:.1f} s"
    if row["userland_ticks"]:
        yield "ticks to userland", count(row["userland_ticks"])
    if row["name"] in ratios:
        yield "boot ratio", f"{ratios[row['name']]:.3f} of bare"
    for name, value in row["costs"].items():
        ratio = costs.get(row["name"], {}).get(name)
        text = count(value) if isinstance(value, int) else f"{value:.1f}"
        yield "cost", f"{text} {esc(name)}" + (f", {ratio:.3f} of bare" if ratio else "")
    if row["exits"]:
        yield "exits", count(row["exit_count"])
    if row["longest"]:
        yield "longest exit", f"{count(row['longest'])} cycles"


def exits_table(row):
    """The exits of each CPU by reason."""
    names = list(row["exits"])
    body = [
        [esc(cpu), *(count(of.get(name)) for name in names)]
        for cpu, of in sorted(row["cpu_exits"].items(), key=lambda item: int(item[0]))
    ]
    body.append(["all", *(count(row["exits"][name]) for name in names)])
    longest = row.get("longest_by_reason", {})  # which results of before do not have
    body.append(["longest, cycles", *(count(longest.get(name)) for name in names)])
    return table(["CPU", *map(esc, names)], body, "numbers")


def details(row, ratios, costs):
    """All that is known of a row, folded."""
    parts = []
    if row["result"] == "fail":
        parts.append(f"<pre class=problem>{esc(row['detail'])}</pre>")
    elif row["detail"]:
        parts.append(f"<p>{esc(row['detail'])}</p>")
    if figures.is_run(row):
        pairs = "".join(f"<dt>{what}</dt><dd>{text}</dd>" for what, text in facts(row, ratios, costs))
        parts.append(f"<dl>{pairs}</dl>")
        parts += [exits_table(row)] if row["exits"] else []
        console = "\n".join(row["console"])
        parts.append(f"<h4>The end of the console</h4><pre>{esc(console)}</pre>")
    opened = " open" if row["result"] == "fail" else ""
    exits = f"{count(row['exit_count'])} exits" if row.get("exits") else ""
    ratio = f"×{ratios[row['name']]:.3f}" if row["name"] in ratios else ""
    return (
        f'<details class="row" id="{anchor(row["name"])}"{opened}><summary>'
        f'<span class="mark {row["result"]}">{row["result"]}</span> <b>{esc(row["name"])}</b>'
        f'<span class="side">{ratio} {exits} {row["seconds"]:.1f} s</span></summary>'
        f"{''.join(parts)}</details>"
    )


def longest_table(rows):
    """The longest exit of each kind on each machine, with the row that had it."""
    found = figures.longest_exits(rows)
    machines = sorted({machine for machine, _ in found})
    kinds = sorted({kind for _, kind in found})
    body = [[esc(kind), *(_longest(found.get((m, kind))) for m in machines)] for kind in kinds]
    return table(["exit", *map(esc, machines)], body, "numbers")


def _longest(entry):
    if not entry:
        return ""
    cycles, name = entry
    return f'<a href="#{anchor(name)}" title="{esc(name)}">{count(cycles)}</a>'


def comparison(rows, old, title):
    """What has changed since an older report."""
    results = [
        [esc(name), esc(before or "not there"), esc(now)]
        for name, before, now in figures.differences(rows, old)
    ]
    numbers = [
        [esc(name), esc(what), count(before), count(now), f"{now / before:.3f}"]
        for name, what, before, now in figures.changes(rows, old)
    ]
    left = len(numbers) - MOST_CHANGES
    text = f"<h2 id=compare>Compared with {esc(title)}</h2>"
    text += table(["row", "before", "now"], results) if results else "<p>No result differs.</p>"
    if numbers:
        head = ["row", "figure", "before", "now", "ratio"]
        text += table(head, numbers[:MOST_CHANGES], "numbers")
        text += f"<p>{left} smaller changes are left out.</p>" if left > 0 else ""
    return text


def page(rows, charts, head, old=None, old_title=""):
    """The whole document."""
    ratios, costs = figures.boot_ratios(rows), figures.cost_ratios(rows)
    counts = {result: sum(row["result"] == result for row in rows) for result in WORDS}
    tally = " ".join(
        f'<span class="mark {result}">{number} {WORDS[result]}</span>'
        for result, number in counts.items()
        if number
    )
    drawn = "".join(f"<figure><figcaption>{esc(c)}</figcaption>{svg}</figure>" for c, svg in charts)
    listed = "".join(details(row, ratios, costs) for row in rows)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Lapwing: {counts['pass']} passed, {counts['fail']} failed</title>
<style>{STYLE.read_text(encoding="utf-8")}</style></head><body>
<header><h1>Lapwing</h1><p>{tally}</p><p class="quiet">{esc(head)}</p></header>
<main>
{comparison(rows, old, old_title) if old is not None else ""}
<h2 id="matrix">What was run</h2>
{matrix(rows)}
{f'<h2 id="charts">Figures</h2><div class="charts">{drawn}</div>' if drawn else ""}
<h2 id="longest">The longest exit of each kind, in cycles</h2>
{longest_table(rows)}
<h2 id="rows">Rows</h2>
<input id="filter" type="search" placeholder="Show rows with ..." aria-label="Show rows with">
{listed}
</main>
<script>{SCRIPT.read_text(encoding="utf-8")}</script>
</body></html>
"""
