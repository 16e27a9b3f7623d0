# SPDX-License-Identifier: GPL-2.0-only
"""The report's charts, drawn by matplotlib as SVG that takes its colours from the page."""

import io
import re

from . import figures

INK = "#123456"  # stands for the page's own colour of text
HIDDEN = ("kick", "init", "sipi")  # counted, but no exits
PLAIN = "#3b76af"
# A reason has the same colour in each chart; those that are not named share one.
COLOURS = {
    "io": "#3b76af", "pgfault": "#ef8536", "step": "#519e3e", "cpuid": "#c53a32", "msr": "#8d69b8",
    "irq": "#84584e", "apic": "#d57dbe", "nmi": "#bcbd45", "excp": "#5bbad6", "cr": "#00838f",
    "insn": "#ad1457", "iret": "#6a1b9a",
}  # fmt: skip
OTHER = "#8a8f94"
BAR_INCHES = 0.34


def pyplot():
    """matplotlib, set up to draw without a screen."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot as plt

    plt.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "lapwing", "font.size": 9,
        "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK,
        "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False,
        "axes.spines.right": False,
    })  # fmt: skip
    return plt


def svg_of(plt, figure, title):
    """The SVG element of a figure, for a page."""
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    text = out.getvalue()
    text = text[text.index("<svg") :].replace(INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    # Names inside of one SVG are names of the whole page.
    salt = re.sub(r"\W", "-", title)
    text = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{salt}-", text)
    return re.sub(r'width="[^"]*pt" height="[^"]*pt"', 'class="chart" role="img"', text, count=1)


def label(row):
    """A configuration as an axis has it."""
    return row["config"] or "bare"


def bars(plt, labels):
    """A figure and its axes, with room for a bar for each label, the first on top."""
    figure, axes = plt.subplots(figsize=(7.5, 0.9 + BAR_INCHES * len(labels)))
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.xaxis.grid(True, alpha=0.25, color=INK)
    axes.set_axisbelow(True)
    return figure, axes


def exits(plt, machine, rows):
    """Exits by reason: a stacked bar for each configuration on one machine."""
    names = {name for row in rows for name in row["exits"] if name not in HIDDEN}
    names = sorted(names, key=lambda name: -sum(row["exits"].get(name, 0) for row in rows))
    figure, axes = bars(plt, [label(row) for row in rows])
    left = [0] * len(rows)
    for name in names:
        counts = [row["exits"].get(name, 0) for row in rows]
        axes.barh(range(len(rows)), counts, left=left, label=name, color=COLOURS.get(name, OTHER))
        left = [a + b for a, b in zip(left, counts)]
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel("exits on all CPUs")
    # Above, from the left on: a narrow screen shows only the left part of a chart at first.
    place = {"loc": "lower left", "bbox_to_anchor": (-0.15, 1), "ncol": 5, "columnspacing": 1.2}
    axes.legend(**place, frameon=False, fontsize=8)
    return svg_of(plt, figure, f"exits-{machine}")


def plain(plt, title, pairs, axis, one=False):
    """One bar for each (label, number), with the number at its end; `one` marks the value 1."""
    figure, axes = bars(plt, [name for name, _ in pairs])
    drawn = axes.barh(range(len(pairs)), [number for _, number in pairs], color=PLAIN)
    axes.bar_label(drawn, [f"{n:.3f}" if one else f"{n:,}" for _, n in pairs], padding=3, fontsize=8)
    axes.margins(x=0.15)
    if one:
        axes.axvline(1, color=INK, linewidth=0.8)
    else:
        axes.set_xscale("log")
    axes.set_xlabel(axis)
    return svg_of(plt, figure, title)


def all_charts(rows):
    """[(caption, SVG)] of what the rows have figures for."""
    plt = pyplot()
    found = []
    for machine, group in figures.comparable(rows).items():
        what = f"{group[0]['guest']}, {group[0]['cpus']} CPUs"
        what += f", {','.join(group[0]['actions'])}" if group[0]["actions"] else ""
        found.append((f"Exits by reason on {machine}: {what}", exits(plt, machine, group)))
    ratios = figures.boot_ratios(rows)
    if ratios:
        pairs = [(name.removeprefix("run/"), ratio) for name, ratio in ratios.items()]
        text = "ticks to userland, by those of the same boot without Lapwing"
        found.append(("Boot ratio", plain(plt, "ratio", pairs, text, True)))
    longest = {}
    for row in rows:
        if figures.is_run(row) and row["longest"]:
            key = f"{label(row)}, {row['machine']}"
            longest[key] = max(longest.get(key, 0), row["longest"])
    if longest:
        text = "cycles of the machine's TSC, logarithmic"
        chart = plain(plt, "longest", sorted(longest.items()), text)
        found.append(("Longest exit of any run", chart))
    return found
