# SPDX-License-Identifier: GPL-2.0-only
"""Judging what the boot sector int15 was told: each function that tells too much is noticed."""

import unittest

from lapwing_tool.judging import bios_map
from lapwing_tool.judging.report import Report

LOG = "[lapwing] info: relocated to 0x3f00000 (512 KiB); gdb: x\n"
SMAP = 0x534D4150


def entries(regions, sizes):
    """Lines for E820H: `regions` are (first, size, type), `sizes` {asked for: (given, last dword)}."""
    text = ""
    for asked, (given, last) in sizes.items():
        for number, (base, size, kind) in enumerate(regions, 1):
            ebx = number % len(regions)
            text += f"e820 {asked:02X} 00 {SMAP:08X} {ebx:08X} {given:08X} {SMAP:08X} "
            text += f"{base:08X} 00000000 {size:08X} 00000000 {kind:08X} {last:08X} \n"
    return text


BARE = entries(
    [(0, 0x9FC00, 1), (0x100000, 0x3F00000, 1)], {20: (20, 0xFFFFFFFF), 24: (20, 0xFFFFFFFF)}
) + (
    "int15 E801 00 00003C00 00000300 00003C00 00000300 \n"
    "int15 8800 00 0000FC00 00000000 00000000 00000000 \n"
    "int15 8A00 00 0000FC00 00000000 00000000 00000000 \n"
    "int15 DA88 FF 00008688 00000000 00000000 00000000 \n"
    "int15 E881 FF 00008681 00000000 00000000 00000000 \n"
    "cmos 17 00 \ncmos 18 FC \ncmos 30 00 \ncmos 31 FC \ncmos 34 00 \ncmos 35 03 \nbase 027F \n"
)
OURS = entries(
    [(0, 0x9F000, 1), (0x9F000, 0x1000, 2), (0x100000, 0x3E00000, 1), (0x3F00000, 0x80000, 2),
     (0x3F80000, 0x80000, 1)],
    {20: (20, 0xFFFFFFFF), 24: (24, 1)},
) + (
    "int15 E801 00 00003C00 000002F0 00003C00 000002F0 \n"
    "int15 8800 00 0000F800 00000000 00000000 00000000 \n"
    "int15 8A00 00 0000F800 00000000 00000000 00000000 \n"
    "int15 DA88 FF 00008688 00000000 00000000 00000000 \n"
    "int15 E881 FF 00008681 00000000 00000000 00000000 \n"
    "cmos 17 00 \ncmos 18 F8 \ncmos 30 00 \ncmos 31 F8 \ncmos 34 F0 \ncmos 35 02 \nbase 027C \n"
)  # fmt: skip


def problems(text):
    """What is wrong with a run under Lapwing that printed `text`."""
    report = Report()
    for line in (LOG + text).splitlines():
        report.feed(line)
    return list(bios_map.problems(BARE.splitlines(), report))


class BiosMap(unittest.TestCase):
    def test_good(self):
        self.assertEqual(problems(OURS), [])

    def test_bare_answers(self):
        tried = 0
        for line in OURS.splitlines():
            theirs = next((x for x in BARE.splitlines() if x.split()[:2] == line.split()[:2] or x[:5] == line[:5] == 'base '), line)
            if line.startswith(("int15", "cmos", "base")) and theirs != line:
                self.assertTrue(problems(OURS.replace(line, theirs)), theirs)
                tried += 1
        self.assertEqual(tried, 8)

    def test_map(self):
        self.assertTrue(problems(OURS.replace("00080000 00000000 00000002", "00080000 00000000 00000001")))
        self.assertTrue(problems(OURS.replace("00001000 00000000 00000002", "00000C00 00000000 00000002")))

    def test_forms(self):
        self.assertTrue(problems(OURS.replace("00000001 \n", "00000000 \n")))
        self.assertTrue(problems(OURS.replace("FFFFFFFF \n", "00000001 \n")))
        self.assertTrue(problems(OURS.replace(f"{SMAP:08X} 00000000 ", f"{SMAP:08X} 00000005 ")))

    def test_no_map(self):
        self.assertTrue(problems(""))


if __name__ == "__main__":
    unittest.main()
