#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes a header of constants for assembly from what a compiler makes of boot/asm_offsets.c.

  asm_offsets.py HEADER DEPFILE COMPILER WORDS...

The source is compiled to assembly and not run. Each of its VALUE() lines leaves `->NAME VALUE` in a
string there.
"""

import pathlib
import re
import subprocess
import sys


def main(header, depfile, *compiler):
    """Write `header`, and what it depends on into `depfile`."""
    words = [*compiler, "-S", "-o", "-", "-MD", "-MF", depfile, "-MT", header]
    text = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = re.findall(r'"->(\w+) (-?\d+)"', text)
    if not rows:
        sys.exit("asm_offsets.py: the compiler's output has no values")
    lines = [f"#define {name} {value}\n" for name, value in rows]
    pathlib.Path(header).write_text("/* Made by tools/asm_offsets.py. */\n" + "".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
