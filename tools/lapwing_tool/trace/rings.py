# SPDX-License-Identifier: GPL-2.0-only
"""Finds each CPU's struct trace (src/core/trace.h) in a dump of memory, by its first eight bytes.

Any file will do that has the machine's memory in it as it is: QEMU's pmemsave, Bochs' memory, an
uncompressed kernel dump. A ring is in one piece there.
"""

import dataclasses
import mmap
import re
import struct

from ..base import ROOT, UserError

MAGIC = b"LWTRACE1"
HEAD = struct.Struct("<8sIIQ")  # magic, CPU, records, number of the next one
RECORD = struct.Struct("<QQQIIQ")  # TSC, RIP, info, kind, reason, cycles
MOST_CPUS, MOST_RECORDS = 4096, 1 << 16


@dataclasses.dataclass(frozen=True)
class Record:
    """One exit, or one IPI that a guest sent in an exit."""

    cpu: int
    number: int
    tsc: int
    rip: int
    info: int
    kind: str
    reason: int
    cycles: int


def kind_names():
    """The names of kinds by their numbers, as src/core has them."""
    header = (ROOT / "src/core/vm_exit.h").read_text(encoding="utf-8")
    source = (ROOT / "src/core/trace_names.c").read_text(encoding="utf-8")
    body = re.search(r"enum vm_exit_kind \{(.*?)\};", header, re.S).group(1)
    symbols = re.findall(r"\b(EXIT_\w+)", re.sub(r"/\*.*?\*/", "", body, flags=re.S))
    names = dict(re.findall(r'\[((?:EXIT|TRACE)_\w+)\] = "([^"]+)"', source))
    return [names[symbol] for symbol in [*symbols, "TRACE_IPI"] if symbol != "EXIT_KIND_COUNT"]


def ring_at(data, place, names):
    """The Records of a ring, oldest first; None if that is no ring."""
    if place + HEAD.size > len(data):
        return None
    _, cpu, size, after = HEAD.unpack_from(data, place)
    if cpu >= MOST_CPUS or not 0 < size <= MOST_RECORDS:
        return None
    if place + HEAD.size + size * RECORD.size > len(data):
        return None
    found = []
    for number in range(max(0, after - size), after):
        at = place + HEAD.size + number % size * RECORD.size
        tsc, rip, info, kind, reason, cycles = RECORD.unpack_from(data, at)
        if kind >= len(names):
            return None
        found.append(Record(cpu, number, tsc, rip, info, names[kind], reason, cycles))
    return found


def rings_in(data):
    """{CPU: its Records} in bytes, or in what is like them."""
    found, names, place = {}, kind_names(), data.find(MAGIC)
    while place >= 0:
        ring = ring_at(data, place, names)
        if ring:
            found[ring[0].cpu] = ring
        place = data.find(MAGIC, place + 1)
    return found


def read(path):
    """{CPU: its Records} of a file."""
    try:
        with open(path, "rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = rings_in(data)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: {error}") from None
    if not found:
        raise UserError(f"{path} holds no trace of this version of Lapwing")
    return found


def merged(rings):
    """The Records of all CPUs by time."""
    return sorted((r for ring in rings.values() for r in ring), key=lambda r: (r.tsc, r.cpu, r.number))
