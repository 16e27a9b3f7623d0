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
# Bochs' BX_MEMORY_STUB_C from `len` on: the guest's memory twice, of a block; what was allocated and where that
# is aligned (`vector`), the table of blocks, what is behind the memory (the ROMs, a page for no memory), blocks in use.
STUB = struct.Struct("<QQI4xQQQQQI")
MARK = struct.Struct("<QQI")  # its first three
ROMS = (4 << 20) + (128 << 10)  # BIOSROMSZ + EXROMSIZE


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
    """(begin, end) of what a process can write to, but for what is larger than variables are."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps:
        for line in maps:
            match = re.match(r"(\w+)-(\w+) rw", line)
            begin, end = (int(match[1], 16), int(match[2], 16)) if match else (0, 0)
            if 0 < end - begin < MIB << 6:
                yield begin, end


def tables(memory, region, size):
    """Where each block of a Bochs' guest is, 0 if it was never touched: all in `region` that can say so.

    They are known by what Bochs keeps of its memory, not by the memory, which is the guest's to write.
    """
    begin, end = region
    data, mark = os.pread(memory, end - begin, begin), MARK.pack(size, size, BLOCK)
    at = data.find(mark)
    while 0 <= at <= len(data) - STUB.size:
        allocated, vector, blocks, roms, nowhere, used = STUB.unpack_from(data, at)[3:]
        at = data.find(mark, at + 1)
        if allocated <= vector < allocated + 4096 and (roms, nowhere) == (vector + size, vector + size + ROMS):
            places = struct.unpack(f"<{size // BLOCK}Q", os.pread(memory, size // BLOCK * 8, blocks))
            # Block by block from `vector` on, whichever of the guest's comes first.
            if sorted(filter(None, places)) == [vector + BLOCK * n for n in range(used)]:
                yield places


def from_process(pid, mib, path):
    """Write the core file `path` of the memory of the PC that a Bochs, a child of ours, emulates."""
    size = mib * MIB
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(path, "wb") as out:
        fd = memory.fileno()
        found = [table for region in regions(pid) for table in tables(fd, region, size)]
        if len(found) != 1:
            raise UserError(f"the guest's memory was not found in the emulator: {len(found)} places")
        out.write(head(size))
        for place in found[0]:
            out.write(os.pread(fd, BLOCK, place) if place else bytes(BLOCK))
