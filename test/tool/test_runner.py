# SPDX-License-Identifier: GPL-2.0-only
"""Piped input: a line at a time, not before the guest's shell is there, and then its end; the time of a dump."""

import os
import unittest

from lapwing_tool import runner
from lapwing_tool.judging.report import Report
from lapwing_tool.judging.verdict import Expectation
from lapwing_tool.runner import END_OF_INPUT, Keyboard


class Piped(unittest.TestCase):
    def test_lines_wait_for_the_shell(self):
        read, write = os.pipe()
        os.write(write, b"uname -r\nexit\n")
        os.close(write)
        with os.fdopen(read, "r") as stdin, Keyboard(True, stdin) as keyboard:
            self.assertEqual(keyboard.pressed(ready=False), b"")
            typed = [keyboard.pressed(ready=True) for _ in range(4)]
            self.assertEqual(keyboard.pressed(ready=False), b"")
        self.assertEqual(typed, [b"uname -r\n", b"exit\n", END_OF_INPUT, b""])

    def test_nothing_is_typed_where_no_shell_is_asked_for(self):
        with open(os.devnull, encoding="ascii") as stdin, Keyboard(True, stdin) as keyboard:
            self.assertEqual(keyboard.pressed(ready=True), b"")
        with open(__file__, encoding="utf-8") as stdin, Keyboard(False, stdin) as keyboard:
            self.assertEqual(keyboard.pressed(ready=True), b"")


class Dumps(unittest.TestCase):
    def test_at_once_unless_the_guest_halts(self):
        for line, wait in (("smp: Brought up", 0), ("[ 97.9] reboot: System halted", runner.AFTER_WORDS_S)):
            report = Report()
            report.feed(line)
            over = runner._time_left(report, Expectation(expect=("Brought|halted",)), True)
            self.assertEqual(over, wait)


if __name__ == "__main__":
    unittest.main()
