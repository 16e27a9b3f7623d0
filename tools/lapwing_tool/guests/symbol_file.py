# SPDX-License-Identifier: GPL-2.0-only
"""An ELF file that holds nothing but symbols, for GDB's add-symbol-file."""

from ..elf import EXEC, HEADER, SECTION, SYMBOL, header

SYMTAB, STRTAB, NOBITS = 2, 3, 8
ALLOC_EXEC = 0x6
FUNC, OBJECT, GLOBAL = 2, 1, 1
FUNCTIONS = "tTwW"


def symbol(name_at, address, kind):
    """One entry of the symbol table; all are in section 1."""
    what = FUNC if kind in FUNCTIONS else OBJECT
    return SYMBOL.pack(name_at, GLOBAL << 4 | what, 0, 1, address, 0)


def document(symbols):
    """The file for [(address, type as nm writes it, name)], all in one section that reaches over them."""
    symbols = sorted(symbols)
    low, high = symbols[0][0], symbols[-1][0] + 1
    names, entries = bytearray(b"\0"), [SYMBOL.pack(0, 0, 0, 0, 0, 0)]
    for address, kind, name in symbols:
        entries.append(symbol(len(names), address, kind))
        names += name.encode() + b"\0"
    table = b"".join(entries)
    labels = b"\0.text\0.symtab\0.strtab\0.shstrtab\0"
    places = [HEADER.size, HEADER.size + len(table), HEADER.size + len(table) + len(names)]
    sections_at = places[2] + len(labels)
    sections = [
        SECTION.pack(*[0] * 10),
        SECTION.pack(1, NOBITS, ALLOC_EXEC, low, HEADER.size, high - low, 0, 0, 16, 0),
        SECTION.pack(7, SYMTAB, 0, 0, places[0], len(table), 3, 1, 8, SYMBOL.size),
        SECTION.pack(15, STRTAB, 0, 0, places[1], len(names), 0, 0, 1, 0),
        SECTION.pack(23, STRTAB, 0, 0, places[2], len(labels), 0, 0, 1, 0),
    ]
    head = header(EXEC, sections=len(sections), sections_at=sections_at)
    return head + table + names + labels + b"".join(sections)
