# SPDX-License-Identifier: GPL-2.0-only
"""The trace in a dump of memory: what is a ring and what is not, order, words, Perfetto's JSON."""

import json
import pathlib
import tempfile
import unittest

from lapwing_tool.base import UserError
from lapwing_tool.testing.checks import trace as check
from lapwing_tool.trace import meaning, perfetto, rings

NAMES = rings.kind_names()


def record(tsc, kind, info=0, reason=0, cycles=0):
    """The bytes of one record."""
    return rings.RECORD.pack(tsc, 0x1000 + tsc, info, NAMES.index(kind), reason, cycles)


def ring(cpu, after, *records):
    """The bytes of a ring with room for those records."""
    return rings.HEAD.pack(rings.MAGIC, cpu, len(records), after) + b"".join(records)


ONE = ring(0, 6, record(50, "cpuid"), record(60, "wrmsr", 0x830, cycles=20), record(30, "io", 0x60))
OTHER = ring(1, 1, record(61, "ipi", 0xC4608, 3), bytes(40))
DUMP = b"x" * 5000 + rings.MAGIC + b"\xff" * 100 + ONE + b"y" * 77 + OTHER


class Rings(unittest.TestCase):
    def test_names_are_those_of_the_sources(self):
        self.assertEqual((NAMES[0], NAMES[1], NAMES[-1]), ("none", "cpuid", "ipi"))
        self.assertEqual(NAMES.index("apic-write"), 11)

    def test_found_and_merged_by_time(self):
        found = rings.rings_in(DUMP)
        self.assertEqual([r.number for r in found[0]], [3, 4, 5])
        self.assertEqual([(r.tsc, r.cpu) for r in rings.merged(found)], [(30, 0), (50, 0), (60, 0), (61, 1)])

    def test_what_is_no_ring(self):
        self.assertEqual(rings.rings_in(ONE[:-1]), {})
        self.assertEqual(rings.rings_in(rings.MAGIC), {})
        self.assertEqual(rings.rings_in(ring(0, 1, rings.RECORD.pack(1, 1, 1, 99, 0, 0))), {})
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "dump"
            path.write_bytes(b"nothing")
            self.assertRaisesRegex(UserError, "no trace", rings.read, path)
            path.write_bytes(DUMP)
            self.assertEqual(set(rings.read(path)), {0, 1})


class Words(unittest.TestCase):
    def test_ipis(self):
        x2apic = meaning.IPI_X2APIC
        for info, reason, words in (
            (0xC4608, 3, "ICR c4608 SIPI v=08 -> all but self: 3 CPUs"),
            (0x1_0000_4500, 1, "ICR 4500 INIT -> 0x1: 1 CPU"),
            (0x1_0000_8500, 0, "ICR 8500 INIT de-assert -> 0x1: 0 CPUs"),
            (0x2_0000_08FD, x2apic, "x2APIC ICR 8fd fixed v=fd -> logical 0x2"),
            (0x40400, 0, "ICR 40400 NMI -> self"),
        ):
            self.assertEqual(meaning.ipi(info, reason), words)

    def test_registers(self):
        words = lambda kind, info: meaning.of(rings.Record(0, 0, 0, 0, info, kind, 0, 0))
        self.assertEqual(words("wrmsr", 0x80B), "80b (EOI)")
        self.assertEqual(words("pgfault", 0xFEE00310), "at fee00310 (LAPIC ICR high)")
        self.assertEqual(words("pgfault", 0x1000), "at 1000")
        self.assertEqual(words("apic-write", 0x300), "ICR")
        self.assertEqual(words("io", 0x64), "port 64")


class Perfetto(unittest.TestCase):
    def test_the_rules_of_the_format(self):
        content = json.loads(perfetto.document(rings.merged(rings.rings_in(DUMP)), 10))
        events = [e for e in content["traceEvents"] if e["ph"] != "M"]
        self.assertEqual([e["ph"] for e in events], ["X", "X", "X", "i"])
        self.assertEqual([e["ts"] for e in events], [0, 2, 3, 3.1])
        self.assertEqual(events[2]["dur"], 2)
        self.assertEqual(list(check.format_faults(json.dumps(content))), [])
        for change in ({"ph": "Z"}, {"ts": "1"}, {"dur": -1}, {"tid": "0"}, {"name": None}, {"dur": 9}):
            events = [{**e, **change} if e["ph"] == "X" else e for e in content["traceEvents"]]
            wrong = json.dumps({"traceEvents": events})
            self.assertNotEqual(list(check.format_faults(wrong)), [], change)
        names = [e["args"]["name"] for e in content["traceEvents"] if e["name"] == "thread_name"]
        self.assertEqual(names, ["cpu 0", "cpu 1"])


if __name__ == "__main__":
    unittest.main()
