#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Makes a UEFI application of lapwing.elf: the same bytes behind the headers that firmware reads.

Usage: efi_image.py lapwing.elf lapwing.efi

The image runs anywhere, since it applies its own relocations: it has none that firmware could apply.
(Microsoft PE Format, "Optional Header"; System V ABI, "Object Files")
"""

import struct
import sys

HEADERS = 4096  # what lies before the image, and the alignment of both
ENTRY = "efi_entry"
MACHINE_X64, EXECUTABLE, LARGE_ADDRESSES, PE32_PLUS, APPLICATION = 0x8664, 0x2, 0x20, 0x20B, 10
CODE_READ_WRITE_EXECUTE = 0xE0000020
DIRECTORIES = 16


def segment(elf):
    """(address, bytes, size in memory) of the one segment to load."""
    offset, size, count = struct.unpack_from("<Q14xHH", elf, 32)
    found = []
    for at in range(offset, offset + size * count, size):
        kind, _, where, address, _, in_file, in_memory, _ = struct.unpack_from("<2I6Q", elf, at)
        if kind == 1:
            found.append((address, elf[where : where + in_file], in_memory))
    (only,) = found
    return only


def symbol(elf, name):
    """The value of a symbol."""
    offset, size, count = struct.unpack_from("<Q10xHH", elf, 40)
    heads = [struct.unpack_from("<2I4Q2I2Q", elf, offset + n * size) for n in range(count)]
    for _, kind, _, _, at, length, link, _, _, step in heads:
        for entry in range(at, at + length, step) if kind == 2 else ():
            word, _, _, _, value, _ = struct.unpack_from("<IBBHQQ", elf, entry)
            start = heads[link][4] + word
            if elf[start : elf.index(b"\0", start)] == name.encode():
                return value
    raise SystemExit(f"no symbol {name}")


def aligned(size):
    """`size` in whole pages."""
    return -(-size // HEADERS) * HEADERS


def headers(entry, in_file, in_memory):
    """All that lies before the image. `entry` is an offset in the image; sizes are in bytes."""
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    coff = struct.pack("<4sHH12xHH", b"PE", MACHINE_X64, 1, 112 + 8 * DIRECTORIES, EXECUTABLE | LARGE_ADDRESSES)
    optional = struct.pack(
        "<HxxIIIIIQIIHHHHHHIIIIHHQQQQII",
        PE32_PLUS, aligned(in_file), 0, 0, HEADERS + entry, HEADERS, 0, HEADERS, HEADERS, 0, 0, 0, 0, 0, 0, 0,
        HEADERS + aligned(in_memory), HEADERS, 0, APPLICATION, 0, 0, 0, 0, 0, 0, DIRECTORIES,
    )  # fmt: skip
    section = struct.pack(
        "<8sIIII12xI", b".lapwing", in_memory, HEADERS, aligned(in_file), HEADERS, CODE_READ_WRITE_EXECUTE
    )
    return (dos + coff + optional + bytes(8 * DIRECTORIES) + section).ljust(HEADERS, b"\0")


def convert(elf):
    """The application's bytes."""
    address, data, in_memory = segment(elf)
    entry = symbol(elf, ENTRY) - address
    return headers(entry, len(data), in_memory) + data.ljust(aligned(len(data)), b"\0")


def main(elf, out):
    """Read the file `elf` and write the file `out`."""
    with open(elf, "rb") as source, open(out, "wb") as target:
        target.write(convert(source.read()))


if __name__ == "__main__":
    main(*sys.argv[1:])
