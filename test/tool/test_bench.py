# SPDX-License-Identifier: GPL-2.0-only
"""The bench: figures of a console, the table, and what has changed."""

import argparse
import unittest

from lapwing_tool import bench, bench_columns, bench_readme
from lapwing_tool.base import UserError
from lapwing_tool.images import build

CONSOLE = ["# bench any cpuid 30", "# bench xapic eoi 49\r", "# payload bench: 4 of 4 CPUs", "ok 1 - a"]


class Bench(unittest.TestCase):
    """What is made of the ticks."""

    def test_console(self):
        self.assertEqual(bench.ticks_of(CONSOLE), {"any cpuid": 30, "xapic eoi": 49})

    def test_table(self):
        runs = {bench.BARE: {"any cpuid": 30, "x2apic eoi": 10}, "some": {"any cpuid": 60}}
        lines = list(bench.table(runs))
        self.assertEqual(lines[0], "| operation | bare | some |")
        self.assertEqual(lines[2:], ["| any cpuid | 30 | 60 (2.0) |", "| x2apic eoi | 10 | - |"])

    def test_changes(self):
        old = {"m": {"c": {"a": 100, "b": 7}}}
        new = {"m": {"c": {"a": 50, "b": 7, "new": 1}, "d": {"a": 1}}}
        self.assertEqual(list(bench.changes(old, new)), ["m c a: 100 -> 50 (-50.0 %)"])

    def test_readme(self):
        """What is the same everywhere is left out, and what has changed shows both."""
        new = {"m": {"bare": {"same": 1, "op": 10}, "vmx-one": {"same": 1, "op": 20}}}
        old = {"m": {"bare": {"op": 10}, "vmx-one": {"op": 30}}}
        empty = bench_readme.BEGIN + bench_readme.END
        text = bench_readme.replaced(f"a\n{empty}b\n", bench_readme.table(new, old))
        self.assertIn("| operation | bare | one |\n|---|---|---|\n| op | 10 | 30 → 20 |\n", text)
        self.assertNotIn("same", text)
        self.assertEqual(bench_readme.replaced(text, bench_readme.table(new, old)), text)
        with self.assertRaises(UserError):
            bench_readme.replaced("no marks", "")

    def test_boots_table(self):
        runs = {"bare": {"1 CPU, kernel": {"0": 2000000}}, "c": {"1 CPU, kernel": {"0": 3000000}}}
        for run in runs.values():
            run["2 CPUs, firmware"] = {"0": 7000000, "1": 7000000}
        text = bench_readme.boots_table({"m": runs, "n": runs})
        self.assertNotIn("firmware", text)
        self.assertTrue(text.startswith("`m`:\n\n| phase |"))
        self.assertIn("| 1.500 |\n\n`n`:\n", text)

    def test_chart(self):
        svg = bench_readme.chart(bench_readme.bars({"m": {"bare": {"op": 1}, "c": {"op": 1000}}}))
        self.assertEqual(svg.count("<rect"), 2)
        self.assertIn(">1,000</text>", svg)

    def test_columns(self):
        """Each configuration exists and is of its machine's vendor; bare comes first."""
        names = {config.name: config.vendor() for config in build.named()}
        columns = lambda machine, config: list(
            bench_columns.columns(argparse.Namespace(machine=machine, config=config), bench.MACHINES)
        )
        found = columns([], [])
        self.assertEqual(found[0][1], bench.BARE)
        for machine, config in found:
            vendor = "svm" if machine == "bochs-amd" else "vmx"
            self.assertEqual(names.get(config, vendor), vendor)
        one = columns(["bochs-amd"], ["svm-xapic_ept"])
        self.assertEqual(one, [("bochs-amd", bench.BARE), ("bochs-amd", "svm-xapic_ept")])
        with self.assertRaises(UserError):
            columns(["tcg"], [])
        with self.assertRaises(UserError):
            columns(["bochs"], ["svm-xapic_ept"])


if __name__ == "__main__":
    unittest.main()
