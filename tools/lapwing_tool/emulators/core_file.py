# SPDX-License-Identifier: GPL-2.0-only
"""A machine's memory as an ELF core file, which GDB reads by physical addresses; `lapwing trace` reads it too."""

import contextlib
import os
import re
import shutil
import signal
import struct

from .. import elf
from ..base import UserError

MIB = 1 << 20
MOST_MIB = 2048  # from here on a PC's memory has a hole
LOAD, ALL_RIGHTS = 1, 7
BLOCK = 128 << 10  # Bochs gives a guest memory by these, in the order in which they are touched
BEGIN = 4096  # of the memory in the file
# The BIOS data area: the port of COM1, the CRT controller's.
BIOS_DATA = {0x400: b"\xf8\x03", 0x463: b"\xd4\x03"}


def head(size):
    """What comes before `size` bytes of memory."""
    segment = elf.SEGMENT.pack(LOAD, ALL_RIGHTS, BEGIN, 0, 0, size, size, BEGIN)
    return (elf.header(elf.CORE, segments=1) + segment).ljust(BEGIN, b"\0")


@contextlib.contextmanager
def standing_still(process):
    """The process does nothing in here; it may have ended."""
    running = process.poll() is None
    if running:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        if running:
            process.send_signal(signal.SIGCONT)


def from_file(memory, path):
    """Write the core file `path` of the file `memory`."""
    with open(memory, "rb") as source, open(path, "wb") as out:
        out.write(head(os.path.getsize(memory)))
        shutil.copyfileobj(source, out, MIB)


def regions(pid):
    """(begin, end) of what a process can write to and is no file's."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps:
        for line in maps:
            match = re.match(r"(\w+)-(\w+) rw\S+ \S+ \S+ 0\s*(\[heap\]\s*)?$", line)
            if match:
                yield int(match[1], 16), int(match[2], 16)


def first_blocks(memory, begin, end):
    """Addresses of what can be a PC's lowest memory, by what its BIOS has left there."""
    for place in range(begin, end - 4096, 4096):
        if all(os.pread(memory, len(b), place + at) == b for at, b in BIOS_DATA.items()):
            yield place


def tables(memory, found, first, region, blocks):
    """Tables of Bochs' (BX_MEM_C, blocks[]): where each block is in the region; 0: never touched."""
    wanted = first.to_bytes(8, "little")
    for begin, end in found:
        data = os.pread(memory, end - begin, begin) if end - begin < MIB << 6 else b""
        at = data.find(wanted)
        while at >= 0:
            table = struct.unpack_from(f"<{blocks}Q", data, at) if at + 8 * blocks <= len(data) else ()
            used = [place for place in table if place]
            inside = all(region[0] <= place < region[1] and (place - first) % BLOCK == 0 for place in used)
            if used and inside and len(set(used)) == len(used):
                yield table
            at = data.find(wanted, at + 8)


def from_process(pid, mib, path):
    """Write the core file `path` of the memory of the PC that a Bochs, a child of ours, emulates."""
    size = mib * MIB
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(path, "wb") as out:
        there, fd = list(regions(pid)), memory.fileno()
        found = {
            table
            for region in there
            if region[1] - region[0] >= size
            for first in first_blocks(fd, *region)
            for table in tables(fd, there, first, region, size // BLOCK)
        }
        if len(found) != 1:
            raise UserError(f"the guest's memory was not found in the emulator: {len(found)} places")
        out.write(head(size))
        for place in found.pop():
            out.write(os.pread(fd, BLOCK, place) if place else bytes(BLOCK))
