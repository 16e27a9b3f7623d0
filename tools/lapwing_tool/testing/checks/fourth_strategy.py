# SPDX-License-Identifier: GPL-2.0-only
"""A new strategy needs what docs/strategies.md says, and nothing else.

A copy of the tree gets a strategy `demo`, which is xapic_ept under another name. The copy's own tool
builds it, boots Linux with 2 CPUs under it, and runs payloads.
"""

import pathlib
import re
import shutil
import subprocess
import tempfile

from . import tracked
from ...base import ROOT, UserError

MODEL, NAME = "xapic_ept", "demo"
CONFIG = f"svm-{NAME}"
PAYLOADS = ("smp", "icr", "apic-base")
LAST_LINES = 25

KCONFIG = f"""\
config APIC_{NAME.upper()}
	bool "{NAME}: {MODEL} under another name"
	select XAPIC_TRAP

"""
MESON = f"  [['APIC_{NAME.upper()}'], files('apic/{NAME}/{NAME}.c')],\n"
ROW = f'{NAME} = {{ config = "{CONFIG}" }}\n'
# (file, the line before which the text goes, the text): besides these, only new files.
ADDED = (
    ("Kconfig", "config APIC_X2APIC_MSR\n", KCONFIG),
    ("src/meson.build", "  [['APIC_X2APIC_MSR'], ", MESON),
    ("test/matrix.toml", 'x2apic = { config = "svm-x2apic_msr" }\n', ROW),
)


def copy_tree(tree):
    """Copy what is under version control into the folder `tree`."""
    for path in tracked():
        to = tree / path.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, to, follow_symlinks=False)


def add_strategy(tree):
    """Add `demo` to a tree: its folder, its configuration and the lines of ADDED."""
    source = tree / "src/apic" / NAME / f"{NAME}.c"
    source.parent.mkdir()
    text = (tree / "src/apic" / MODEL / f"{MODEL}.c").read_text()
    source.write_text(text.replace(MODEL, NAME))
    model = (tree / f"configs/svm-{MODEL}.config").read_text()
    config = model.replace(f"APIC_{MODEL.upper()}", f"APIC_{NAME.upper()}")
    (tree / f"configs/{CONFIG}.config").write_text(config)
    for file, before, added in ADDED:
        head, mark, tail = (tree / file).read_text().partition(before)
        if not mark:
            raise UserError(f"{file} has no line {before.strip()}: see fourth_strategy.py")
        (tree / file).write_text(head + added + mark + tail)


def lapwing(tree, *words):
    """Run the tree's own tool; returns what it prints, or raises UserError with the end of it."""
    done = subprocess.run(
        [tree / "lapwing", *words],
        cwd=tree,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.rstrip().splitlines()[-LAST_LINES:])
        raise UserError(f"in a copy with the strategy {NAME}: lapwing {' '.join(words)}\n{tail}")
    return done.stdout


def fourth_strategy():
    """Build and boot `demo` in a copy of the tree."""
    with tempfile.TemporaryDirectory(prefix="lapwing-") as folder:
        tree = pathlib.Path(folder) / "tree"
        copy_tree(tree)
        add_strategy(tree)
        for step in ("kconfig", f"build/{CONFIG}/gcc", "layers"):
            lapwing(tree, "test", "--only", step)
        text = lapwing(tree, "run", "--config", CONFIG, "--cpus", "2")
        if not re.search(rf"(?m)^  strategy +{NAME}$", text):
            raise UserError(f"Linux ran, but under another strategy than {NAME}")
        for payload in PAYLOADS:
            lapwing(tree, "test", "--only", f"run/payload-{payload}-{NAME}")
    return f"Linux with 2 CPUs, payloads {' '.join(PAYLOADS)}"
