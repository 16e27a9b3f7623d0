# SPDX-License-Identifier: GPL-2.0-only
"""The README's table of what is run, made from the matrix; `lapwing matrix --readme` puts it there."""

import re

from . import matrix
from ..base import ROOT, UserError
from ..guests.kernel_args import actions

README = ROOT / "README.md"
BEGIN, END = "<!-- lapwing matrix --readme -->\n", "<!-- end -->\n"
HEAD = "| machine | configuration | guests, with how many CPUs | done there | payloads |\n|---|---|---|---|---|\n"
HOSTS = "kvm"  # whose rows depend on the machine that runs the tests
CHAINED, CHAINED_EFI = "BIOS disk", "UEFI disk"
ON_CD, INSTALLED = "isolinux", "in GRUB's menu"


def groups():
    """{(machine, configuration): its rows}: machines in the order of the matrix, bare ones first."""
    found = {}
    cases = [case for case in matrix.cases() if case.machine != HOSTS]
    machines = list(dict.fromkeys(case.machine for case in cases))
    for case in sorted(cases, key=lambda case: (machines.index(case.machine), case.config)):
        found.setdefault((case.machine, case.config), []).append(case)
    return found


def guests(cases):
    """Each guest with its numbers of CPUs."""
    found = {}
    for case in cases:
        found.setdefault(case.guest.removeprefix("linux-"), set()).add(case.cpus)
    words = (f"{name} ×{', '.join(map(str, sorted(cpus)))}" for name, cpus in sorted(found.items()))
    return "; ".join(words)


def done(cases):
    """The actions of the initramfs, each with its largest number, and the ways of booting."""
    most = {}
    for word in (word for case in cases for word in actions(case.append)):
        name, _, number = word.partition(":")
        most[name] = max(most.get(name, 0), int(number or 0))
    words = [f"{name} {number or ''}".strip() for name, number in sorted(most.items())]
    words += sorted({CHAINED_EFI if "uefi" in case.machine else CHAINED for case in cases if case.chain})
    words += [ON_CD] if any(case.cd_sectors and not case.refused for case in cases) else []
    return ", ".join(words + ([INSTALLED] if any(case.installed for case in cases) else []))


def sectors(cases):
    """The boot sectors of test/guest/sectors."""
    names = sorted({case.sector for case in cases if case.sector and not case.refused})
    return f"boot sectors {' '.join(names)}" if names else ""


def payloads(cases):
    """How many payloads, and how many of them by --full alone."""
    rows = [case for case in cases if case.payload]
    more = sum(case.full for case in rows)
    if not rows:
        return ""
    return f"{len(rows)}" + (f" ({more} by `--full`)" if more else "")


def line(machine, config, cases):
    """One line of the table."""
    linux = [case for case in cases if not (case.payload or case.sector or case.refused)]
    refusals = sum(bool(case.refused) for case in cases)
    words = [done(linux), sectors(cases), f"refusals: {refusals}" if refusals else ""]
    cells = [f"`{machine}`", f"`{config}`" if config else "bare", guests(linux)]
    cells += [", ".join(filter(None, words)), payloads(cases)]
    return "| " + " | ".join(cells) + " |\n"


def table():
    """The table, between its marks."""
    lines = (line(machine, config, cases) for (machine, config), cases in groups().items())
    return BEGIN + HEAD + "".join(lines) + END


def replaced(text):
    """A README with the table of today."""
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    if len(re.findall(pattern, text, re.S)) != 1:
        raise UserError(f"README.md has no table between {BEGIN.strip()} and {END.strip()}")
    return re.sub(pattern, lambda _: table(), text, flags=re.S)


def write():
    """Put the table into the README."""
    README.write_text(replaced(README.read_text(encoding="utf-8")), encoding="utf-8")


def check():
    """The README's table is that of the matrix."""
    text = README.read_text(encoding="utf-8")
    if replaced(text) != text:
        raise UserError("README.md does not show what is run: ./lapwing matrix --readme")
    return f"{len(groups())} lines"
