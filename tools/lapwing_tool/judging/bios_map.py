# SPDX-License-Identifier: GPL-2.0-only
"""Holds what a BIOS tells of memory under Lapwing against what it tells bare, less Lapwing's range.

Both are what the boot sector int15 (test/guest/sectors) printed.
"""

import dataclasses

KIB, MIB = 1 << 10, 1 << 20
LOW_END = 640 * KIB
SMAP = 0x534D4150
USABLE, RESERVED = 1, 2
UNKNOWN = 0x86  # AH
WORD = 0xFFFF
UNTOUCHED = 0xFFFFFFFF


@dataclasses.dataclass
class Call:
    """How a call of INT 15H came back: CF, the registers, and the 24 bytes of an entry."""

    carry: bool
    eax: int
    ebx: int
    ecx: int
    edx: int
    entry: tuple = ()

    def region(self):
        """(first address, end, type) of the entry of an E820 map."""
        base = self.entry[0] | self.entry[1] << 32
        return base, base + (self.entry[2] | self.entry[3] << 32), self.entry[4]


@dataclasses.dataclass
class Told:
    """All that the sector was told."""

    calls: dict  # AX -> Call
    maps: dict  # size asked for -> list of Call
    cmos: dict  # index -> byte
    base_kib: int = 0  # 40:13


def told(lines):
    """The Told in a console's lines."""
    found = Told({}, {}, {})
    for line in lines:
        word, _, rest = line.partition(" ")
        if word not in ("int15", "e820", "cmos", "base"):
            continue
        what, *values = (int(text, 16) for text in rest.split())
        if word == "int15":
            found.calls[what] = Call(bool(values[0]), *values[1:])
        elif word == "e820":
            found.maps.setdefault(what, []).append(
                Call(bool(values[0]), *values[1:5], tuple(values[5:]))
            )
        elif word == "cmos":
            found.cmos[what] = values[0]
        else:
            found.base_kib = what
    return found


def _type_at(regions, address):
    return next((kind for first, end, kind in regions if first <= address < end), 0)


def _map_problems(bare, ours, taken):
    """`taken`: ranges that must be reserved now."""
    before = [call.region() for call in bare if not call.carry]
    after = [call.region() for call in ours]
    edges = {edge for first, end, *_ in (*before, *after, *taken) for edge in (first, end)}
    for address in sorted(edges):
        wanted = _type_at(before, address)
        if any(first <= address < end for first, end in taken):
            wanted = RESERVED
        if _type_at(after, address) != wanted:
            yield f"E820H: from {address:x} on type {_type_at(after, address)}, not {wanted}"


def _form_problems(size, calls):
    """Whether a map's entries came as asked for with `size` bytes each."""
    for number, call in enumerate(calls):
        last = number == len(calls) - 1
        if call.carry or call.eax != SMAP or call.ecx != size or (call.ebx == 0) != last:
            yield f"E820H with {size} bytes: entry {number} came back as {call}"
        if call.entry[5] != (UNTOUCHED if size < 24 else 1):
            yield f"E820H with {size} bytes: the last dword of entry {number} is {call.entry[5]:x}"


def _low(register, value):
    """`register` with another lower half, if that is smaller."""
    return register & ~WORD | min(register & WORD, value)


def _expected_call(function, bare, kib):
    """What a function must answer with `kib` KiB from 1 MiB on."""
    if function == 0xE881:
        return dataclasses.replace(bare, carry=True, eax=function & 0xFF | UNKNOWN << 8)
    if bare.carry:
        return bare
    new = dataclasses.replace(bare)
    below, above = min(kib, 15 * KIB), max(kib - 15 * KIB, 0) // 64
    if function == 0x8800:
        new.eax = _low(bare.eax, kib)
    elif function == 0xE801:
        new.eax, new.ecx = _low(bare.eax, below), _low(bare.ecx, below)
        new.ebx, new.edx = _low(bare.ebx, above), _low(bare.edx, above)
    elif function == 0x8A00 and kib < (bare.edx & WORD) << 16 | bare.eax & WORD:
        new.eax, new.edx = bare.eax & ~WORD | kib & WORD, bare.edx & ~WORD | kib >> 16
    elif function == 0xDA88 and kib < (bare.ecx & 0xFF) << 16 | bare.ebx & WORD:
        new.ebx, new.ecx = bare.ebx & ~WORD | kib & WORD, bare.ecx & ~0xFF | kib >> 16
    return new


def _expected_cmos(bare, kib):
    """CMOS RAM with `kib` KiB from 1 MiB on. What lies above 4 GiB is never Lapwing's."""
    new = dict(bare)
    for low, limit in ((0x17, kib), (0x30, kib), (0x34, max(kib - 15 * KIB, 0) // 64)):
        value = min(bare[low] | bare[low + 1] << 8, limit)
        new[low], new[low + 1] = value & 0xFF, value >> 8
    return new


def problems(bare_lines, report):
    """Sentences on what `report`, of a run under Lapwing, tells wrongly."""
    bare, ours = told(bare_lines), told(report.lines)
    if report.base is None or not bare.maps or sorted(bare.maps) != sorted(ours.maps):
        yield "the sector int15 was not told any map, or Lapwing did not say where it is"
        return
    kib = (report.base - MIB) // KIB
    taken = [(report.base, report.base + report.size), (ours.base_kib * KIB, LOW_END)]
    if not 0 < ours.base_kib < bare.base_kib:
        yield f"40:13 is {ours.base_kib} KiB, bare {bare.base_kib} KiB"
    for size, calls in ours.maps.items():
        yield from _form_problems(size, calls)
        yield from _map_problems(bare.maps[size], calls, taken)
    for function, call in ours.calls.items():
        wanted = _expected_call(function, bare.calls[function], kib)
        if call != wanted:
            yield f"INT 15H, AX = {function:X}H: {call}, not {wanted}"
    for index, value in _expected_cmos(bare.cmos, kib).items():
        if ours.cmos[index] != value:
            yield f"CMOS RAM {index:X}H is {ours.cmos[index]:X}H, not {value:X}H"
