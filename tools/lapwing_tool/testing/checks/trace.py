# SPDX-License-Identifier: GPL-2.0-only
"""What `lapwing trace` reads of a machine's memory is what a payload has done."""

from ... import cases
from ...base import BUILD, UserError
from ...emulators import machines
from ...trace import meaning, rings

MEMORY = 128  # MiB
FILE = f"memory-backend-file,id=ram,share=on,size={MEMORY}M,mem-path=memory"
CASE = cases.Case(
    "trace",
    "svm-x2apic_msr",
    payload="many",  # starts each CPU by INIT and SIPI, and has each send IPIs
    memory=MEMORY,
    hv_options="trace=ipi",
    extra=("-object", FILE, "-machine", "memory-backend=ram"),
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


def trace(progress):
    """Boots the payload with its memory in a file, and reads the trace from that."""
    outcome = cases.carry_out(CASE, machines.get(CASE.machine), progress)
    if outcome.problems:  # what the memory shows follows from these
        raise UserError("\n".join(outcome.problems))
    path = BUILD / "runs" / CASE.name / "memory"
    found = rings.read(path)
    path.unlink()
    wrong = list(shortcomings(found))
    if wrong:
        raise UserError("\n".join(wrong))
    return f"{sum(map(len, found.values()))} IPIs"
