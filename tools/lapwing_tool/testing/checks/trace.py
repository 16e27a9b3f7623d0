# SPDX-License-Identifier: GPL-2.0-only
"""What `lapwing trace` reads of a machine's memory is what a payload has done."""

import json

from ... import cases
from ...base import BUILD, UserError
from ...emulators import machines
from ...trace import meaning, perfetto, rings

MEMORY = 128  # MiB
FILE = BUILD / "runs" / "trace" / "memory.core"
CASE = cases.Case(
    "trace",
    "svm-x2apic_msr",
    payload="many",  # starts each CPU by INIT and SIPI, and has each send IPIs
    memory=MEMORY,
    hv_options="trace=ipi",
    dump=str(FILE),
)


def shortcomings(found):
    """Sentences on {CPU: its Records} of such a run."""
    if set(found) != set(range(CASE.cpus)):
        yield f"rings of CPUs {sorted(found)}, not of all {CASE.cpus}"
    records = rings.merged(found)
    other = {record.kind for record in records} - {"ipi"}
    if other:
        yield f"trace=ipi has recorded: {' '.join(sorted(other))}"
    words = {meaning.of(record) for record in records}
    for cpu in range(1, CASE.cpus):
        if not any("SIPI" in text and text.endswith(f"-> {cpu:#x}: 1 CPU") for text in words):
            yield f"no STARTUP IPI to CPU {cpu}"


NUMBER = (int, float)
HALF_NS = 0.0005
# Of the phases that we use: what an event of that kind has to have besides ("Trace Event Format").
PHASES = {
    "X": lambda e: isinstance(e.get("dur"), NUMBER) and e["dur"] >= 0,
    "i": lambda e: e.get("s") in ("g", "p", "t"),
    "M": lambda e: any(isinstance(e["args"].get(k), t) for k, t in (("name", str), ("sort_index", int))),
}


def format_faults(text):
    """Sentences on what a document has against the rules of the Trace Event Format."""
    events = json.loads(text)["traceEvents"]
    busy_until = {}
    for event in events:  # which are in the order of time
        whole = isinstance(event.get("pid"), int) and isinstance(event.get("tid", 0), int)
        timed = event.get("ph") == "M" or isinstance(event.get("ts"), NUMBER)
        known = event.get("ph") in PHASES and PHASES[event["ph"]](event)
        if not (isinstance(event.get("name"), str) and whole and timed and known):
            yield f"no event of the format: {event}"
        elif event["ph"] == "X":
            if event["ts"] < -HALF_NS + busy_until.get(event["tid"], 0):
                yield f"it begins before the slice before it on its track has ended: {event}"
            busy_until[event["tid"]] = event["ts"] + event["dur"]


def trace(progress):
    """Boots the payload with its memory in a file, and reads the trace from that."""
    outcome = cases.carry_out(CASE, machines.get(CASE.machine), progress)
    if outcome.problems:  # what the memory shows follows from these
        raise UserError("\n".join(outcome.problems))
    found = rings.read(FILE)
    FILE.unlink()
    wrong = [*shortcomings(found), *format_faults(perfetto.document(rings.merged(found), 1000))]
    if wrong:
        raise UserError("\n".join(wrong))
    return f"{sum(map(len, found.values()))} IPIs"
