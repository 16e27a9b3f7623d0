# SPDX-License-Identifier: GPL-2.0-only
"""What `lapwing run` makes of its command line: the same cases as the rows of the matrix."""

import dataclasses
import pathlib
import tempfile
import unittest

from lapwing_tool import cases, cli, run, runner
from lapwing_tool.base import CONFIGS, UserError
from lapwing_tool.emulators import machines
from lapwing_tool.images import build, iso


def case(*words, machine="tcg", bare=False):
    """The case of a command line."""
    return run.case_of(cli.parser().parse_args(["run", *words]), machines.get(machine), bare)


class CommandLine(unittest.TestCase):
    def test_defaults_are_those_of_a_row(self):
        got = case("--config", "svm-xapic_ept")
        row = cases.Case(name=got.name, config=str(CONFIGS / "svm-xapic_ept.config"))
        self.assertEqual(got, row)
        self.assertEqual(build.find(got.config), build.find(cases.Case("row").config))

    def test_bare_has_no_configuration(self):
        self.assertEqual(case(bare=True).config, "")

    def test_a_multiboot_kernel_has_its_own_words(self):
        words = ("--multiboot", "k.elf", "--args", "a b", "--module", "m", "--append", "quiet")
        got = case(*words)
        guest = cases.guest_of(got, None, None)
        self.assertEqual(guest, iso.Multiboot(pathlib.Path("k.elf"), "a b", (iso.Module(pathlib.Path("m")),)))
        self.assertTrue(cases.expectation(got, None, guest, None).payload)

    def test_no_guest_goes_first(self):
        for words in ((), ("--multiboot", "k.elf"), ("--guest", "linux-6.1")):
            self.assertIsNone(cases.guest_of(case("--no-guest", *words), None, None))

    def test_nothing_is_put_on_a_disk(self):
        with self.assertRaisesRegex(UserError, "leave --no-guest out"):
            run.check(cli.parser().parse_args(["run", "--chain", "--no-guest"]))

    def test_who_looks_at_a_guest_has_time(self):
        machine = machines.get("tcg")
        limits = [
            cases.time_limit(case(*words), machine)
            for words in ((), ("--gdb",), ("--append", "lapwing.do=shell"), ("--timeout", "7"))
        ]
        self.assertEqual(limits, [machine.timeout_s, 0, 0, 7])
        slow = dataclasses.replace(case(), slow=3)
        self.assertEqual(cases.time_limit(slow, machine), 3 * machine.timeout_s)


class Comparison(unittest.TestCase):
    """What `lapwing run --compare` says of two runs."""

    def of(self, ours, bare):
        """The lines for two runs with these ticks, or with these costs."""
        outcomes = [runner.Outcome(None, [], 1, **{key: value}) for key, value in (ours, bare)]
        return run.comparison(*outcomes)

    def test_ticks(self):
        lines = self.of(("ticks", {"userland": 3000}), ("ticks", {"userland": 2000}))
        self.assertEqual(
            lines, "  ticks from power-on to userland: 3,000 under Lapwing, 2,000 bare, ratio 1.500"
        )

    def test_costs(self):
        lines = self.of(("costs", {"exits of KVM": 10}), ("costs", {"exits of KVM": 8}))
        self.assertEqual(lines, "  exits of KVM: 10 under Lapwing, 8 bare, ratio 1.250")

    def test_a_machine_without_either_is_named(self):
        with self.assertRaisesRegex(UserError, "kvm-amd"):
            self.of(("costs", {}), ("costs", {}))


class Guests(unittest.TestCase):
    def test_junk_is_no_kernel(self):
        with tempfile.TemporaryDirectory() as folder:
            guest = cases.guest_of(cases.Case("row", guest="junk"), pathlib.Path(folder), None)
            self.assertTrue(guest.kernel.read_text().startswith("This is no kernel."))


if __name__ == "__main__":
    unittest.main()
