# SPDX-License-Identifier: GPL-2.0-only
"""A trace in the JSON of the Trace Event Format, which Perfetto and chrome://tracing open."""

import json

from . import meaning

PROCESS = 1


def event(record, first, cycles_per_us):
    """One exit as a slice of its CPU's track. An IPI is its exit, or an instant if that was not recorded."""
    begin, end = (round((tsc - first) / cycles_per_us, 3) for tsc in (record.tsc, record.tsc + record.cycles))
    common = {
        "name": meaning.of(record) if record.kind == "ipi" else record.kind,
        "cat": "ipi" if record.kind == "ipi" else "exit",
        "pid": PROCESS,
        "tid": record.cpu,
        "ts": begin,
        "args": {
            "meaning": meaning.of(record),
            "rip": f"{record.rip:#x}",
            "info": f"{record.info:#x}",
            "reason": f"{record.reason:#x}",
            "tsc": record.tsc,
        },
    }
    if record.kind == "ipi" and not record.cycles:
        return {**common, "ph": "i", "s": "t"}
    # Rounded as its ends are: it must not reach into the next one.
    return {**common, "ph": "X", "dur": round(end - begin, 3)}


def names(cpus):
    """Titles of the tracks, and their order."""
    yield {"name": "process_name", "ph": "M", "pid": PROCESS, "args": {"name": "Lapwing"}}
    for cpu in cpus:
        on = {"ph": "M", "pid": PROCESS, "tid": cpu}
        yield {"name": "thread_name", **on, "args": {"name": f"cpu {cpu}"}}
        yield {"name": "thread_sort_index", **on, "args": {"sort_index": cpu}}


def document(records, mhz):
    """The text for Records in the order of time. `mhz` is how fast the machine's TSC counts."""
    first = records[0].tsc if records else 0
    cpus = sorted({record.cpu for record in records})
    events = [*names(cpus), *(event(record, first, mhz) for record in records)]
    return json.dumps({"displayTimeUnit": "ns", "traceEvents": events}, indent=0)
