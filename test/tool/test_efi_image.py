# SPDX-License-Identifier: GPL-2.0-only
"""lapwing.efi: what firmware reads of its headers, and that the image behind them is the ELF file's."""

import importlib.util
import pathlib
import struct
import unittest

from lapwing_tool.base import ROOT

spec = importlib.util.spec_from_file_location("efi_image", pathlib.Path(ROOT) / "tools/efi_image.py")
efi_image = importlib.util.module_from_spec(spec)
spec.loader.exec_module(efi_image)

BASE, ENTRY, DATA, IN_MEMORY = 0x100000, 0x1234, bytes(range(256)) * 20, 0x5001
PROGRAM, SYMBOLS, STRINGS, SECTIONS = 64, 128, 200, 256


def elf(symbol=b"efi_entry"):
    """A file with one segment and one symbol."""
    head = struct.pack("<32xQQ6xHHHH2x", PROGRAM, SECTIONS, 56, 1, 64, 3)
    segment = struct.pack("<2I6Q", 1, 7, 512, BASE, BASE, len(DATA), IN_MEMORY, 4096)
    symbols = bytes(24) + struct.pack("<IBBHQQ", 1, 0, 0, 0, BASE + ENTRY, 0)
    sections = bytes(64) + struct.pack("<2I4Q2I2Q", 0, 2, 0, 0, SYMBOLS, 48, 2, 0, 0, 24)
    sections += struct.pack("<2I4Q2I2Q", 0, 3, 0, 0, STRINGS, 16, 0, 0, 0, 0)
    text = head.ljust(PROGRAM, b"\0") + segment
    text = text.ljust(SYMBOLS, b"\0") + symbols
    text = text.ljust(STRINGS, b"\0") + b"\0" + symbol + b"\0"
    return (text.ljust(SECTIONS, b"\0") + sections).ljust(512, b"\0") + DATA


class EfiImage(unittest.TestCase):
    def test_headers(self):
        image = efi_image.convert(elf())
        self.assertEqual(image[:2], b"MZ")
        at = struct.unpack_from("<I", image, 60)[0]
        signature, machine, sections = struct.unpack_from("<4sHH", image, at)
        self.assertEqual((signature, machine, sections), (b"PE\0\0", 0x8664, 1))
        optional, section = at + 24, at + 24 + struct.unpack_from("<H", image, at + 20)[0]
        self.assertEqual(struct.unpack_from("<H", image, optional)[0], 0x20B)
        self.assertEqual(struct.unpack_from("<I", image, optional + 16)[0], 4096 + ENTRY)
        self.assertEqual(struct.unpack_from("<Q", image, optional + 24)[0], 0)  # anywhere
        self.assertEqual(struct.unpack_from("<III", image, optional + 56), (4096 + 0x6000, 4096, 0))
        self.assertEqual(struct.unpack_from("<H", image, optional + 68)[0], 10)
        size, address, in_file, offset = struct.unpack_from("<IIII", image, section + 8)
        self.assertEqual((size, address, in_file, offset), (IN_MEMORY, 4096, 8192, 4096))
        self.assertEqual(len(image), offset + in_file)

    def test_the_image_is_behind_them(self):
        self.assertEqual(efi_image.convert(elf())[4096 : 4096 + len(DATA)], DATA)

    def test_without_an_entry(self):
        self.assertRaises(SystemExit, efi_image.convert, elf(b"another_1"))
