# SPDX-License-Identifier: GPL-2.0-only
"""Judging the guest's clocks by the machine's ticks: each way to be off is noticed."""

import unittest

from lapwing_tool.judging import clocks, verdict
from lapwing_tool.judging.report import Report
from lapwing_tool.judging.verdict import Expectation

RATE = 1000  # ticks a second
TICKS = {f"clock-1-{phase}-{end}": at for phase, at, end in (
    ("idle", 100, "begin"), ("idle", 5100, "end"), ("busy", 6000, "begin"), ("busy", 11000, "end"),
)}  # fmt: skip
MODE = "LAPWING-GUEST: clock mode source=tsc\n" + "".join(
    f"LAPWING-GUEST: clock mode cpu={cpu} device=lapic handler=tick_handle_periodic\n"
    for cpu in (0, 1)
)


def phase(name):
    """What the guest says of 5 good seconds."""
    times = {"monotonic": 5000100000, "realtime": 5000000000, "jiffies": 4990000000,
             "rtc": 5000000000, "alarm": 4100000}  # fmt: skip
    lines = [f"{clock} ns={ns}" for clock, ns in times.items()]
    lines += [f"loc cpu={cpu} count={1249 + cpu} hz=250" for cpu in (0, 1)]
    return "".join(f"LAPWING-GUEST: clock {x} phase={name} word=clock-1-{name}\n" for x in lines)


GOOD = MODE + phase("idle") + phase("busy")
ONE_SHOT = GOOD.replace("tick_handle_periodic", "hrtimer_interrupt")


def read(text):
    """The Report of a console text."""
    report = Report()
    for line in text.splitlines():
        report.feed(line)
    return report


def judged(text, ticks=None, rate=RATE, append="lapwing.do=clock:5"):
    """What is wrong with the clocks of a console text."""
    ticks = TICKS if ticks is None else ticks
    return list(clocks.problems(read(text), append, ticks, rate))


class Judging(unittest.TestCase):
    def test_good(self):
        self.assertEqual(judged(GOOD), [])
        self.assertEqual(judged(ONE_SHOT), [])
        self.assertEqual(judged("", append="quiet"), [])

    def test_each_clock_must_keep_time(self):
        for good, bad in (
            ("monotonic ns=5000", "monotonic ns=5060"),
            ("realtime ns=5000", "realtime ns=4940"),
            ("jiffies ns=4990", "jiffies ns=4940"),
            ("rtc ns=5000", "rtc ns=4000"),
            ("alarm ns=41", "alarm ns=510"),
        ):
            found = judged(GOOD.replace(good, bad))
            self.assertEqual(len(found), 2, found)
            self.assertIn(f"clock {good.split()[0]} is off (idle)", found[0])

    def test_ticks_are_the_truth(self):
        self.assertEqual(len(judged(GOOD, {**TICKS, "clock-1-idle-end": 5200})), 6)

    def test_periodic_timers_fire_hz_times(self):
        for count in (1187, 1263):
            bad = GOOD.replace("cpu=1 count=1250", f"cpu=1 count={count}")
            self.assertIn("clock timer1 is off", judged(bad)[0])

    def test_one_shot_timers_may_rest_when_idle(self):
        few = ONE_SHOT.replace("cpu=1 count=1250", "cpu=1 count=200")
        self.assertEqual(len(judged(few)), 1)
        self.assertIn("timer1 is off (busy)", judged(few)[0])
        self.assertEqual(judged(ONE_SHOT.replace("count=1250", "count=1900")), [])

    def test_nothing_may_be_missing(self):
        for word in ("monotonic", "realtime", "jiffies", "rtc", "alarm", "loc cpu=1"):
            self.assertTrue(judged(GOOD.replace(f"clock {word} ", "x ")), word)
        self.assertTrue(judged(MODE + phase("idle")))
        self.assertTrue(judged(phase("idle") + phase("busy")))
        self.assertTrue(judged(GOOD, append="lapwing.do=clock:5,clock:5"))
        self.assertTrue(judged(GOOD, {}))

    def test_torn_lines(self):
        self.assertTrue(judged(GOOD.replace("ns=4990000000", "ns=49[  1.2] x")))
        self.assertTrue(judged(GOOD.replace(" cpu=0 count", "")))

    def test_without_ticks_nothing_is_judged(self):
        self.assertEqual(judged(GOOD.replace("ns=4990", "ns=3000"), {}, 0), [])

    def test_part_of_the_verdict_unless_the_guest_died(self):
        expect = Expectation(append="lapwing.do=clock:5", hypervisor=False, leaf=False)
        userland = "LAPWING-GUEST: userland kernel=5.10.0 arch=x86_64 cpus=1\n"
        panic = "[ 1.0] Kernel panic - not syncing: xyz\n"
        for text, said in ((userland, True), (userland + panic, False)):
            words = " ".join(verdict.problems(read(text), expect, "done", TICKS, RATE))
            self.assertEqual("clocks were read in 0 phases" in words, said, words)


class Showing(unittest.TestCase):
    def test_rows(self):
        found = clocks.clocks(read(GOOD), TICKS, RATE)
        rows = list(clocks.rows(found))
        self.assertEqual(rows[0][0], "clocks, idle")
        self.assertIn("monotonic 1.0000, realtime 1.0000, jiffies 0.9980", rows[0][1])
        self.assertIn("timer0 0.9992, timer1 1.0000", rows[1][1])
        rows = list(clocks.rows(clocks.clocks(read(GOOD), {}, 0)))
        self.assertIn("by the RTC", rows[1][1])

    def test_comparison(self):
        found = clocks.clocks(read(GOOD), TICKS, RATE)
        slow = clocks.clocks(read(GOOD.replace("jiffies ns=4990", "jiffies ns=4920")), TICKS, RATE)
        lines = list(clocks.comparison(slow, found))
        self.assertEqual(len(lines), 12)  # not the alarms
        self.assertIn("jiffies (idle): 0.9840 under Lapwing, 0.9980 bare, ratio 0.9860", lines[2])
        self.assertEqual(list(clocks.apart(found, found)), [])
        self.assertEqual(len(list(clocks.apart(slow, found))), 2)
        one_shot = clocks.clocks(read(ONE_SHOT), TICKS, RATE)
        self.assertEqual(len(list(clocks.comparison(found, one_shot))), 8)


if __name__ == "__main__":
    unittest.main()
