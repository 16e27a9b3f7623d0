# SPDX-License-Identifier: GPL-2.0-only
"""What the tool makes of Bochs' log, which builds of Bochs it keeps, and how it patches its source."""

import io
import os
import pathlib
import tempfile
import unittest

from lapwing_tool.base import UserError
from lapwing_tool.emulators import bochs_build, bochs_source
from lapwing_tool.emulators.bochs_log import BochsLog

RESET = b"00000000000i[SYS   ] bx_pc_system_c::Reset(HARDWARE) called\n"


class BochsLogTest(unittest.TestCase):
    def read(self, text):
        """The BochsLog of `text`, and what it kept of it."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "emulator.log"
            log = BochsLog(io.BytesIO(text), path)
            log.finish()
            return log, path.read_bytes()

    def test_marks_carry_the_ticks_of_the_first_time(self):
        log, _ = self.read(
            b"00000000100i[BIOS  ] lapwing-mark userland\n"
            b"00000000200i[BIOS  ] lapwing-mark userland\n"
            b"00000000240i[BIOS  ] Booting from 07c0:0000\n"
            b"00000000250i[BIOS  ] something else\n"
        )
        self.assertEqual(log.marks, {"userland": 100, "boot": 240})
        self.assertEqual(log.ticks, 250)

    def test_exits_are_left_out(self):
        noise = b"00000000100e[CPU0  ] VMEXIT: EPT violation for guest paddr 0xfee00300\n"
        log, kept = self.read(RESET + 3 * noise)
        self.assertEqual(log.hidden, 3)
        self.assertEqual(kept, RESET + b"(3 lines left out)\n")
        self.assertEqual(log.urgent, [])

    def test_failed_entries_are_for_the_user(self):
        log, _ = self.read(
            b"00000000100e[CPU1  ] VMFAIL: VMCS host state invalid CR0 0x80000011\n"
            b"00000000101e[CPU1  ] VMEXIT: Guest State Checks Failed\n"
        )
        self.assertEqual(len(log.urgent), 2)
        self.assertEqual(
            log.urgent[0], "CPU1 at tick 100: VMFAIL: VMCS host state invalid CR0 0x80000011"
        )

    def test_a_flood_is_bounded(self):
        log, _ = self.read(1000 * b"00000000100e[CPU1  ] VMFAIL: something\n")
        self.assertLess(len(log.urgent), 50)

    def test_power_off_is_no_panic(self):
        log, _ = self.read(b"00000000100p[ACPI  ] >>PANIC<< ACPI control: soft power off\n")
        self.assertTrue(log.power_off)
        self.assertEqual(log.urgent, [])

    def test_resets_are_counted(self):
        log, _ = self.read(RESET + RESET)
        self.assertEqual(log.resets, 2)

    def test_a_broken_line_does_no_harm(self):
        log, kept = self.read(b"\xff\xfe\n\n12[\n" + b"=" * 5000)
        self.assertEqual(log.ticks, 0)
        self.assertEqual(len(kept), 5000 + 8)


class Builds(unittest.TestCase):
    def test_the_newest_stay(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for age, name in enumerate(("bin-c", "bin-a", "bin-d", "bin-b", "bochsbios")):
                (folder / name).mkdir()
                os.utime(folder / name, (1000 - age, 1000 - age))
            bochs_build.remove_old_builds(folder)
            left = {path.name for path in folder.iterdir()}
        self.assertEqual(left, {"bin-c", "bin-a", "bin-d", "bochsbios"})


PATCH = """a reason

--- a/cpu/one.cc
+++ b/cpu/one.cc
@@ -1,3 +1,3 @@
 before
-old
+new
 after
"""


class Patches(unittest.TestCase):
    def apply(self, source, *texts):
        """What the patches `texts` make of a file that holds `source`."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            file = folder / "cpu/one.cc"
            file.parent.mkdir()
            file.write_text(source)
            for number, text in enumerate(texts):
                (folder / f"0{number}-some.patch").write_text(text)
            bochs_source.apply(folder, bochs_source.patches(folder))
            self.assertEqual(list(file.parent.iterdir()), [file])
            return file.read_text()

    def test_each_has_a_number_and_a_reason(self):
        numbers = [int(path.name.split("-")[0]) for path in bochs_source.patches()]
        self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
        for path in bochs_source.patches():
            head = path.read_text().partition("\n--- ")[0].splitlines()
            self.assertGreater(len([line for line in head if line]), 2, path.name)
            self.assertEqual(bochs_source.diff(path)[:7], "\n--- a/", path.name)

    def test_they_come_in_order(self):
        then = PATCH.replace("-old", "-new").replace("+new", "+newer")
        self.assertEqual(self.apply("before\nold\nafter\n", PATCH, then), "before\nnewer\nafter\n")

    def test_other_lines_are_not_changed(self):
        for source in ("before\nold\nother\n", "before\nnew\nafter\n", ""):
            with self.assertRaisesRegex(UserError, "as 00-some.patch says"):
                self.apply(source, PATCH)

    def test_the_wording_of_a_reason_builds_nothing_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "01-some.patch"
            path.write_text(PATCH)
            before = bochs_source.diff(path)
            path.write_text(PATCH.replace("a reason", "another"))
            self.assertEqual(bochs_source.diff(path), before)
            path.write_text(before)
            with self.assertRaisesRegex(UserError, "reason"):
                bochs_source.diff(path)


if __name__ == "__main__":
    unittest.main()
