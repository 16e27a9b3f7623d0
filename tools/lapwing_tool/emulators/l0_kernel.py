# SPDX-License-Identifier: GPL-2.0-only
"""Unpacks a Linux bzImage to what is to be in memory, for an emulator that puts it there itself.

Its own unpacking takes as long in an emulator as all the rest of a boot. See the kernel's
Documentation/arch/x86/boot.rst, fields payload_offset and payload_length: the payload is an ELF
file, packed, and behind it is its size.
"""

import gzip
import lzma
import struct
import subprocess

from ..base import UserError

BASE = 0x1000000  # where Debian's kernels are linked to be (CONFIG_PHYSICAL_START)
SETUP_SECTS, MAGIC_AT, PAYLOAD_AT = 0x1F1, 0x202, 0x248
SECTOR = 512
DEFAULT_SETUP_SECTS = 4
SIZE_BYTES = 4
PT_LOAD = 1
ELF_ENTRY, ELF_PHOFF, ELF_PHNUM = 24, 32, 56
PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")


def _zstd(data):
    """Python has no module for it before 3.14."""
    try:
        argv = ["zstd", "-d", "-c", "-q"]
        return subprocess.run(argv, input=data, stdout=subprocess.PIPE, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise UserError(f"unpacking a kernel with zstd failed: {error}") from None


# how a payload begins -> what unpacks it
PACKED = {
    b"\x28\xb5\x2f\xfd": _zstd,
    b"\xfd7zX": lzma.decompress,
    b"\x1f\x8b\x08": gzip.decompress,
    b"\x7fELF": bytes,
}


def payload(bzimage):
    """The ELF file in a bzImage."""
    if bzimage[MAGIC_AT : MAGIC_AT + 4] != b"HdrS":
        raise UserError("the kernel of L0 is no bzImage")
    offset, length = struct.unpack_from("<II", bzimage, PAYLOAD_AT)
    start = ((bzimage[SETUP_SECTS] or DEFAULT_SETUP_SECTS) + 1) * SECTOR + offset
    packed = bzimage[start : start + length - SIZE_BYTES]
    for begin, unpack in PACKED.items():
        if packed.startswith(begin):
            return unpack(packed)
    raise UserError(f"the kernel of L0 is packed in an unknown way: {packed[:4].hex()}")


def flat(elf):
    """(entry, content of the memory from BASE on) of an ELF64 file that is linked for BASE."""
    (entry,) = struct.unpack_from("<Q", elf, ELF_ENTRY)
    (table,) = struct.unpack_from("<Q", elf, ELF_PHOFF)
    (count,) = struct.unpack_from("<H", elf, ELF_PHNUM)
    memory = bytearray()
    for number in range(count):
        at = table + number * PROGRAM_HEADER.size
        kind, _, offset, _, physical, size, _, _ = PROGRAM_HEADER.unpack_from(elf, at)
        if kind != PT_LOAD:
            continue
        begin = physical - BASE
        if begin < 0:
            raise UserError(f"the kernel of L0 is not linked for {BASE:#x}")
        memory.extend(bytes(max(0, begin + size - len(memory))))
        memory[begin : begin + size] = elf[offset : offset + size]
    return entry, bytes(memory)
