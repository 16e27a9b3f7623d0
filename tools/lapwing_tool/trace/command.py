# SPDX-License-Identifier: GPL-2.0-only
"""lapwing trace FILE: the last exits of each CPU in a dump of memory, merged by time."""

import pathlib

from . import meaning, perfetto, rings


def line(record, first):
    """One record as a line of text."""
    since = record.tsc - first
    where = f"{record.rip:#018x}" if record.rip or record.kind != "ipi" else " " * 18
    words = f"{since:>14,} cpu{record.cpu} {where} {record.kind:<12}{meaning.of(record)}"
    return words.rstrip() + (f"  [{record.cycles:,} cycles]" if record.cycles else "")


def main(args):
    """Carry out `lapwing trace`."""
    records = rings.merged(rings.read(args.file))
    if args.cpu:
        records = [record for record in records if record.cpu in args.cpu]
    if args.format == "perfetto":
        text = perfetto.document(records, args.mhz)
    else:
        first = records[0].tsc if records else 0
        text = "\n".join(line(record, first) for record in records)
    if args.output:
        pathlib.Path(args.output).write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return 0
