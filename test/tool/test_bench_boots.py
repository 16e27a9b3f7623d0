# SPDX-License-Identifier: GPL-2.0-only
"""Boots by phases: marks in an image, schedules, what is kept, and the table."""

import argparse
import json
import pathlib
import tempfile
import types
import unittest
import unittest.mock

from lapwing_tool import bench, bench_boots, bench_columns, bench_kvm, bench_readme
from lapwing_tool.base import UserError
from lapwing_tool.emulators.bochs_log import MARK
from lapwing_tool.images import build, iso, tick_marks

MARKS = {"boot": 10, "handover": 100, "guest": 150, "init": 1000, "userland": 1100, "work-fork-begin": 1200}
ENTRY = bytes.fromhex("fcfa8da6e8010000e800000000")


def kernel(code=ENTRY):
    """A bzImage with one setup sector, whose code is a pattern from the 64-bit entry on."""
    head = bytearray(2 * tick_marks.SECTOR)
    head[tick_marks.SETUP_SECTS] = 1
    return bytes(head) + code.ljust(tick_marks.ENTRY_64, b"\0") + bytes(range(256))


def jump_target(code, at):
    """Where a JMP rel32 at offset `at` leads to."""
    return at + 5 + int.from_bytes(code[at + 1 : at + 5], "little", signed=True)


class TickMarks(unittest.TestCase):
    """GRUB's marks and the stub in a kernel."""

    def test_stub_does_what_it_replaces_and_goes_on_behind_it(self):
        begin = 2 * tick_marks.SECTOR
        marked = tick_marks.marked(kernel())
        code = marked[begin:]
        at = jump_target(code, 0)
        self.assertEqual(code[at : at + 7], b"\xb0\x0a\x66\xba\x02\x04\xee")
        self.assertEqual(code[at + 7 : at + 15], ENTRY[:8])
        self.assertEqual(jump_target(code, at + 15), 8)
        self.assertEqual(at + 20, tick_marks.ENTRY_64)
        self.assertEqual(code[5:at], kernel()[begin + 5 : begin + at])
        self.assertEqual(marked[:begin], kernel()[:begin])
        self.assertEqual(code[tick_marks.ENTRY_64 :], bytes(range(256)))

    def test_unknown_kernels_are_refused(self):
        for code in (b"\x90" * 16, ENTRY.ljust(tick_marks.ENTRY_64 - 10, b"\x90")):
            with self.assertRaises(UserError):
                tick_marks.marked(kernel(code))

    def test_grub_leaves_the_last_line_open(self):
        words = [line.split() for line in tick_marks.grub_lines()]
        self.assertEqual({(word, port) for word, port, _ in words}, {("outb", "0x402")})
        text = bytes(int(byte, 16) for _, _, byte in words).decode()
        self.assertEqual(text, f"{MARK}handover\n{MARK}guest")

    def test_marks_are_the_last_lines(self):
        text = iso.script(None, True, "", "multiboot2", last=("outb 1 2",))
        self.assertTrue(text.endswith("\noutb 1 2\nboot\n"))


class Schedules(unittest.TestCase):
    def test_each_is_another(self):
        found = [bench_boots.schedule(number) for number in range(100)]
        self.assertEqual(len(set(found)), 100)
        self.assertEqual(found[0], ("cpu: quantum=16", "clock: sync=none, time0=946684800"))
        cases = [bench_boots.case_of("bochs", "bare", 1, number) for number in range(3)]
        self.assertEqual([len(case.grub) for case in cases], [0, 1, 2])
        self.assertEqual(cases[0].append, "quiet lapwing.do=work")
        self.assertEqual(bench_boots.case_of("bochs", "bare", 1, 0, "x=1 y").append, cases[0].append + " x=1 y")
        turns = {int(words[0].partition("=")[2]) for words in found}
        self.assertTrue(turns <= set(range(1, 33)))  # what Bochs takes

    def test_configurations(self):
        vendors = {config.name: config.vendor() for config in build.named()}
        for machine, configs in {**bench_boots.CONFIGS, **bench_kvm.CONFIGS}.items():
            for config in configs:
                self.assertEqual(vendors[config], "svm" if "amd" in machine else "vmx")


class Figures(unittest.TestCase):
    def test_phases(self):
        found = bench_boots.figures({**MARKS, "work-switch-begin": 1, "work-switch-end": 4})
        self.assertEqual(
            found,
            {
                "firmware": 10, "GRUB": 90, "Lapwing": 50, "kernel": 850, "userland": 200,
                "from GRUB to userland": 1000, "from power-on to userland": 1100, "switch": 3,
            },
        )  # fmt: skip

    def test_ratio_is_of_the_same_schedule(self):
        bare, under = {"0": 100, "1": 200}, {"0": 101, "1": 206, "2": 5}
        self.assertEqual(bench_boots.ratios(under, bare), [1.01, 1.03])
        cell = lambda name, ticks: bench_boots.cell(name, {name: ticks}, {name: bare})
        self.assertEqual(cell("1 CPU, kernel", under), "1.020 ± 0.014")
        self.assertEqual(cell("1 CPU, kernel", {"0": 101}), "1.010")
        self.assertEqual(cell("1 CPU, kernel", {}), "-")
        self.assertEqual(cell("1 CPU, Lapwing", {"0": 2500000}), "2.50 M")

    def test_share_of_exits(self):
        """The second probe counts the work as well."""
        console = """\
LAPWING-GUEST: probe boot cpus=2
LAPWING-GUEST: figures cpu 0 ipi-fix=3 cycles=100 longest=7
LAPWING-GUEST: figures cpu 1 cycles=300 longest=7
LAPWING-GUEST: probe end cpus=2
LAPWING-GUEST: figures cpu 0 cycles=230 longest=7
"""
        work = {"work-fork-end": 1400, "work-switch-begin": 1500, "work-switch-end": 1600}
        marks = {**MARKS, **work, **bench_boots.in_exits(console.splitlines())}
        self.assertEqual((marks["in-exits"], marks["in-all-exits"]), (200, 230))
        self.assertEqual(bench_boots.in_exits(["userland"]), {})
        run = {f"1 CPU, {name}": {"0": ticks} for name, ticks in bench_boots.figures(marks).items()}
        self.assertEqual(bench_boots.cell("1 CPU, in exits until userland", run, {}), "20.00 %")
        self.assertEqual(bench_boots.cell("1 CPU, in exits of the work", run, {}), "10.00 %")
        lines = list(bench_boots.table({"bare": {}, "c": run}))
        self.assertIn("| 1 CPU, in exits until userland | 1 | - | 20.00 % |", lines)

    def test_table(self):
        two = {"4 CPUs, GRUB": {"0": 1}, "2 CPUs, kernel": {"0": 1}, "2 CPUs, GRUB": {"0": 1}}
        self.assertEqual(bench_boots.names([two]), ["2 CPUs, GRUB", "2 CPUs, kernel", "4 CPUs, GRUB"])
        runs = {"bare": {"1 CPU, kernel": {"0": 2000000}}, "c": {"1 CPU, kernel": {"0": 3000000}}}
        lines = list(bench_boots.table(runs))
        self.assertEqual(lines[0], "| phase | schedules | bare, millions of ticks | c |")
        self.assertEqual(lines[2:], ["| 1 CPU, kernel | 1 | 2.00 | 1.500 |"])
        self.assertEqual(bench_boots.means({"m": runs})["m"]["c"], {"1 CPU, kernel": 3000000})

    def test_under_kvm_cpu_and_exits_are_counted(self):
        marks = bench_kvm.marks({"s of L0's CPU": 6.51, "exits of KVM": 59000})
        self.assertEqual(bench_boots.figures(marks), {"L0's CPU": 6510, "exits of KVM": 59000})
        self.assertEqual(bench_boots.in_words(marks), "6.51 s L0's CPU, 59,000 exits of KVM")
        self.assertEqual(bench_kvm.marks({"s of L0's CPU": 6.51}), {})
        named = {f"2 CPUs, {name}": {"0": value} for name, value in bench_boots.figures(marks).items()}
        lines = list(bench_boots.table({"bare": named, "c": named}))
        self.assertEqual(lines[0], "| phase | schedules | bare | c |")
        self.assertEqual(lines[2], "| 2 CPUs, L0's CPU | 1 | 6.51 s | 1.000 |")
        self.assertEqual(lines[3], "| 2 CPUs, exits of KVM | 1 | 59,000 | 1.000 |")

    def test_schedules_under_kvm_are_dates(self):
        found = [bench_boots.case_of("kvm-amd", "bare", 2, number, "x=1") for number in range(100)]
        self.assertEqual(len({(case.extra, case.grub) for case in found}), 100)
        self.assertEqual(found[1].extra, ("-rtc", "base=2000-01-02T00:00:01"))
        self.assertTrue(found[1].append.endswith("lapwing.do=hotplug:2 x=1"))

    def test_results_of_operations_are_no_boots(self):
        results = {False: {"m": {"bare": {"any cpuid": 3}}}, True: {"m": {"bare": {"kernel": {"0": 3}}}}}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "results.json"
            for boots, found in results.items():
                bench_columns.keep(found, path)
                self.assertEqual(bench.read(path, boots), found)
                with self.assertRaises(UserError):
                    bench.read(path, not boots)

    def test_chart(self):
        runs = {"bare": {"kernel": {"0": 200}}, "c": {"kernel": {"0": 202}}}
        svg = bench_readme.chart(bench_readme.boots_bars({"m": runs}))
        self.assertEqual(svg.count("<rect"), 1)
        self.assertIn(">1.010</text>", svg)


class Resuming(unittest.TestCase):
    """Boots that were made are not made again, unless what they are made of has changed."""

    def measure(self, folder, booted, made="a", problems=(), **options):
        def carry_out(case, *_):
            booted.append(case.name)
            return types.SimpleNamespace(
                problems=list(problems), ticks=MARKS, report=types.SimpleNamespace(lines=[])
            )

        args = argparse.Namespace(
            machine=["bochs"], config=["vmx-apicv"], cpus=[1], schedules=2, jobs=1, append="",
            kvm=False, output=str(folder / "boots.json"), **{"resume": True, **options},
        )  # fmt: skip
        with (
            unittest.mock.patch.object(bench_boots, "KEPT", folder / "kept"),
            unittest.mock.patch.object(bench_boots, "made_of", lambda case: made),
            unittest.mock.patch.object(bench_boots.packages, "ensure"),
            unittest.mock.patch.object(bench_boots, "say"),
            unittest.mock.patch.object(bench_boots.cases, "carry_out", carry_out),
        ):
            return bench_boots.measured(args)

    def test_resume(self):
        with tempfile.TemporaryDirectory() as name:
            folder, booted = pathlib.Path(name), []
            found = self.measure(folder, booted)
            self.assertEqual(len(booted), 4)
            self.assertEqual(found["bochs"]["vmx-apicv"]["1 CPU, kernel"], {"0": 850, "1": 850})
            self.assertEqual(json.loads((folder / "boots.json").read_text()), found)
            self.assertEqual(self.measure(folder, booted), found)
            self.assertEqual(len(booted), 4)
            self.measure(folder, booted, made="b")
            self.measure(folder, booted, made="b", resume=False)
            self.assertEqual(len(booted), 12)

    def test_a_boot_that_goes_wrong_is_said_and_made_again(self):
        with tempfile.TemporaryDirectory() as name:
            folder, booted = pathlib.Path(name), []
            with self.assertRaises(UserError):
                self.measure(folder, booted, problems=["no"])
            self.measure(folder, booted)
            self.assertEqual(len(booted), 8)

    def test_bare_is_measured_first(self):
        args = argparse.Namespace(machine=[], config=[], cpus=[], schedules=2, kvm=False)
        found = list(bench_boots.runs(args))
        self.assertEqual(found[0], ("bochs", bench_columns.BARE, 1, 0))
        self.assertEqual(len(found), len(set(found)))
        self.assertEqual({run[2] for run in found}, {1, 2, 4})


if __name__ == "__main__":
    unittest.main()
