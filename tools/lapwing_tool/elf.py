# SPDX-License-Identifier: GPL-2.0-only
"""The headers of 64-bit ELF files that the tool writes."""

import struct

EXEC, CORE = 2, 4
X86_64 = 62
HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
SEGMENT = struct.Struct("<IIQQQQQQ")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
IDENT = b"\x7fELF\x02\x01\x01" + bytes(9)


def header(kind, segments=0, sections=0, sections_at=0):
    """The file's header; segments follow it, and the last section has the sections' names."""
    segments_at = HEADER.size if segments else 0
    sizes = (HEADER.size, SEGMENT.size, segments, SECTION.size, sections, max(0, sections - 1))
    return HEADER.pack(IDENT, kind, X86_64, 1, 0, segments_at, sections_at, 0, *sizes)
