# SPDX-License-Identifier: GPL-2.0-only
"""Where Bochs keeps a field in a VMCS. A processor's own order is its secret; Bochs' is in its cpu/vmcs.cc."""

BEGIN = 0x10  # of the fields
# Fields of each class, by width: 16 bits, 64 bits, 32 bits, natural.
FIELDS = (0x20, 0x50, 0x30, 0x30)
BYTES = (2, 8, 4, 8)
RIGHTS = range(0x4814, 0x4824)  # access rights of segments, kept turned by 8 bits


def place(encoding):
    """(offset in the VMCS, bytes) of a field."""
    width, group, index = encoding >> 13 & 3, encoding >> 10 & 3, encoding & 0x3FF
    before = 4 * sum(FIELDS[:width]) + group * FIELDS[width]
    return BEGIN + 4 * (before + index), BYTES[width]


def value(vmcs, encoding):
    """A field's value, of the bytes of a VMCS."""
    at, size = place(encoding)
    number = int.from_bytes(vmcs[at : at + size], "little")
    return (number >> 8 | number << 24) & 0xFFFFFFFF if encoding in RIGHTS else number
