# SPDX-License-Identifier: GPL-2.0-only
"""Limits of rows by their own history, and the time by which they are counted."""

import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock

from lapwing_tool import runner
from lapwing_tool.cases import Case
from lapwing_tool.emulators.machines.base import RunSpec, Session
from lapwing_tool.judging.verdict import Expectation
from lapwing_tool.testing import history


class Limits(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        patch = unittest.mock.patch.dict(os.environ, {"LAPWING_CACHE": folder.name})
        patch.start()
        self.addCleanup(patch.stop)

    def test_three_times_the_longest_pass_within_bounds(self):
        case = Case("a")
        self.assertEqual(history.limit(case, 180), 180)
        history.passed(case, 30)
        history.passed(case, 20)
        self.assertEqual(history.limit(case, 180), 90)
        self.assertEqual(history.limit(case, 300), 100)
        self.assertEqual(history.limit(case, 80), 80)
        self.assertEqual(history.limit(case, 0), 0)

    def test_a_set_of_flags_has_no_order(self):
        names = [f"flag{n}" for n in range(50)]
        one, other = (Case("a", flags=frozenset(said)) for said in (names, names[::-1]))
        history.passed(one, 30)
        self.assertEqual(history.limit(other, 180), 90)
        text = "\n".join(
            (
                "from lapwing_tool.cases import Case",
                "from lapwing_tool.testing import history",
                f"print(history.key(Case('a', flags=frozenset({names}))))",
            )
        )
        for seed in ("1", "2"):
            found = subprocess.run(
                [sys.executable, "-c", text],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            self.assertEqual(found.strip(), history.key(one))

    def test_a_row_that_is_changed_begins_anew(self):
        history.passed(Case("a"), 30)
        history.passed(Case("b"), 40)
        self.assertEqual(history.limit(Case("a", cpus=8), 180), 180)
        history.passed(Case("a", cpus=8), 50)
        self.assertEqual(history.limit(Case("a"), 180), 180)
        self.assertEqual(history.limit(Case("b"), 180), 120)

    def test_a_file_that_cannot_be_read_is_no_history(self):
        for text in ("", "[]", '{"a": 3'):
            history.path().write_text(text)
            self.assertEqual(history.limit(Case("a"), 180), 180)
        history.path().write_text(f'{{"{history.key(Case("a"))}": "x"}}')
        self.assertEqual(history.limit(Case("a"), 180), 180)


class Stuck:
    """A session that says nothing, and takes a second for that by its own time."""

    def __init__(self):
        self.now = 0

    def read(self, _timeout):
        self.now += 1
        return b""

    def own_time(self):
        return self.now

    clock = own_time

    def __getattr__(self, _name):
        return lambda *_: {}


class Runs(unittest.TestCase):
    def test_the_nearer_limit_ends_a_run(self):
        with tempfile.TemporaryDirectory() as folder:
            spec = RunSpec(None, 1, 64, pathlib.Path(folder))
            for timeout, own, said in ((180, 60, True), (50, 60, False), (0, 60, True)):
                session = Stuck()
                machine = types.SimpleNamespace(start=lambda spec: session, ticks_per_s=0)
                outcome = runner.run(machine, spec, Expectation(), timeout, own_limit=own)
                self.assertEqual(session.now, min(own, timeout or own))
                self.assertEqual(any("the emulator's own" in text for text in outcome.problems), said)

    def test_waiting_for_a_processor_does_not_count(self):
        with tempfile.TemporaryDirectory() as folder:
            session = Session(["sleep", "9"], pathlib.Path(folder))
            self.addCleanup(session.process.stdout.close)
            self.addCleanup(session.process.stdin.close)
            self.addCleanup(session.stop)
            begin = session.own_time()
            text = "1000 7000000000 3\n"
            with unittest.mock.patch.object(pathlib.Path, "read_text", lambda _path: text):
                self.assertAlmostEqual(session.own_time() - begin, -7, delta=2)


if __name__ == "__main__":
    unittest.main()
