# SPDX-License-Identifier: GPL-2.0-only
"""Reading a console and judging a run: each way to fall short is noticed."""

import unittest

from lapwing_tool.judging import verdict
from lapwing_tool.judging.report import Report
from lapwing_tool.judging.verdict import Expectation

GOOD = """\
\x1b[H\x1b[JGRUB: loading\r
[lapwing] info: Lapwing 0.1: strategy xapic_ept, method db, vendor svm
LAPWING-GUEST: userland kernel=5.10.0 arch=x86_64 cpus=2
LAPWING-GUEST: probe boot cpus=2
LAPWING-GUEST: cpu 0 leaf LapwingHyper strategy xapic_ept index 0 vendor svm method db apicid 0
LAPWING-GUEST: exits cpu 0 pgfault=7 step=7
LAPWING-GUEST: cpu 1 leaf LapwingHyper strategy xapic_ept index 1 vendor svm method db apicid 1
LAPWING-GUEST: exits cpu 1 pgfault=3 cpuid=12
LAPWING-GUEST: figures cpu 1 ipi-fix=4 cycles=99 longest=33
LAPWING-GUEST: longest cpu 0 msr=7 cpuid=12
LAPWING-GUEST: longest cpu 1 msr=33 cpuid=5
LAPWING-GUEST: done poweroff
"""


def judged(text, ended="off", **expect):
    """(report, problems) of a console text."""
    report = Report()
    for line in text.split("\n"):
        report.feed(line)
    return report, verdict.problems(report, Expectation(**{"cpus": 2, **expect}), ended)


class Foreign(unittest.TestCase):
    """A Multiboot kernel of the user's: who says what counts."""

    def problems(self, text, ended, **expect):
        """Those of a kernel that speaks no TAP."""
        return judged(text, ended, payload=True, foreign=True, **expect)[1]

    def test_nobody(self):
        report, problems = judged("hello\n", "timeout", payload=True, foreign=True)
        self.assertEqual(problems, [])
        self.assertFalse(Expectation(payload=True, foreign=True).has_verdict(report))

    def test_the_user(self):
        self.assertEqual(self.problems("all done\n", "done", expect=("all done",)), [])
        self.assertEqual(self.problems("all done\n", "off", fail=("panic",)), [])
        problems = self.problems("a panic\nall done\n", "done", expect=("done",), fail=("panic",))
        self.assertEqual(problems, ["the console said: a panic"])
        problems = self.problems("half\n", "timeout", expect=("half", "done"))
        self.assertIn("the console never said: done", problems)
        self.assertIn("time ran out; last line: half", problems)

    def test_its_own_tap(self):
        self.assertEqual(self.problems("1..1\nok 1 - a\nPAYLOAD-DONE\n", "done"), [])
        self.assertEqual(self.problems("1..1\nnot ok 1 - a\nPAYLOAD-DONE\n", "done"), ["not ok: a"])

    def test_when_it_is_over(self):
        report, _ = judged("one\n")
        over = lambda **words: verdict.decided(report, Expectation(**words))
        self.assertTrue(over(expect=("one",)) and over(expect=("two",), fail=("on",)))
        self.assertFalse(over(expect=("one", "two")) or over(fail=("two",)) or over())


class Linux(unittest.TestCase):
    def test_success(self):
        report, problems = judged(GOOD)
        self.assertEqual(problems, [])
        self.assertEqual(report.exits_by_reason(), {"cpuid": 12, "pgfault": 10, "step": 7})
        self.assertEqual(report.longest, {"msr": 33, "cpuid": 12})
        self.assertEqual(report.longest_stay(), 33)
        self.assertEqual(report.common("strategy"), "xapic_ept")
        self.assertEqual(report.grub_starts, 1)

    def test_flags_are_neither_more_nor_fewer(self):
        text = GOOD.replace("LAPWING-GUEST: done", "LAPWING-GUEST: flags fpu tsc\nLAPWING-GUEST: done")
        self.assertEqual(judged(text, flags=frozenset({"fpu", "tsc"}))[1], [])
        self.assertIn("misses in CPUID: lm", judged(text, flags=frozenset({"fpu", "tsc", "lm"}))[1][0])
        self.assertIn("should not: tsc", judged(text, flags=frozenset({"fpu"}))[1][0])
        self.assertIn("did not say", judged(GOOD, flags=frozenset({"fpu"}))[1][0])

    def test_work_must_be_done(self):
        on = {"append": "lapwing.do=work"}
        self.assertEqual(judged(GOOD + "LAPWING-GUEST: ok work done\n", **on)[1], [])
        self.assertEqual(judged(GOOD, **on)[1], ["the user work was not done"])

    def test_lwstat_counts_what_a_command_does(self):
        lines = [
            f'LAPWING-GUEST: lwstat {what} {{"cpu": {cpu}, "ms": 9, "lapwing": true, "cpuid": {n}, '
            f'"ipi-sipi": {1 - cpu}, "cycles": 9, "longest": 7}}'
            for what, n in (("boot", 99), ("probe", 24), ("mark", 0))
            for cpu in (0, 1)
        ]
        text = "\n".join([GOOD, *lines, "LAPWING-GUEST: ok lwstat table"])
        on = {"append": "lapwing.do=lwstat"}
        self.assertEqual(judged(text, **on)[1], [])
        wrong = judged(text.replace('"cpuid": 24', '"cpuid": 0', 1), **on)[1]
        self.assertEqual(wrong, ["lwstat counted 0 exits by CPUID on CPU 0 (probe)"])
        wrong = judged(text.replace('"cpuid": 0', '"cpuid": 24', 1), **on)[1]
        self.assertEqual(wrong, ["lwstat counted 24 exits by CPUID on CPU 0 (mark)"])
        self.assertIn("lwstat showed 1 CPUs (mark), not 2", judged(text.replace(lines[5], ""), **on)[1])
        wrong = judged(text.replace('"ipi-sipi": 1', '"ipi-sipi": 0'), **on)[1]
        self.assertEqual(wrong, ["lwstat showed fewer STARTUP IPIs than CPUs that were started"])
        wrong = judged(text.replace('"cycles": 9', '"cycles": 6', 1), **on)[1]
        self.assertEqual(wrong, ["lwstat counted no cycles of exits on CPU 0"])
        self.assertIn("lwstat printed no table", judged(text.replace("ok lwstat", ""), **on)[1])

    def test_an_unexpected_fault_of_an_msr(self):
        text = GOOD + "[    1.0] unchecked MSR access error: RDMSR from 0x123\n"
        self.assertIn("did not expect", judged(text)[1][0])

    def test_kicks_are_no_exits(self):
        report, _ = judged(GOOD.replace("pgfault=3 cpuid=12", "pgfault=3 cpuid=12 kick=2 init=1 sipi=2"))
        self.assertEqual(report.exit_count(), 29)

    def test_escaped_cpu(self):
        text = GOOD.replace("cpu 1 leaf LapwingHyper", "cpu 1 leaf none")
        self.assertIn("CPU 1 escaped", " ".join(judged(text)[1]))

    def test_bare_sees_no_leaf(self):
        self.assertTrue(judged(GOOD, leaf=False)[1])

    def test_missing_cpu(self):
        self.assertIn("2 CPUs online, not 4", judged(GOOD, cpus=4)[1])

    def test_same_index_twice(self):
        self.assertTrue(judged(GOOD.replace("index 1", "index 0"))[1])

    def test_no_userland(self):
        self.assertTrue(judged(GOOD.replace("userland", "x"))[1])

    def test_not_finished(self):
        self.assertTrue(judged(GOOD.replace("LAPWING-GUEST: done poweroff", ""))[1])

    def test_timeout(self):
        self.assertIn("time ran out", judged(GOOD, ended="timeout")[1][0])

    def test_panics(self):
        self.assertIn("xyz", judged(GOOD + "[lapwing] panic: xyz\n")[1][0])
        self.assertIn("xyz", judged(GOOD + "[ 1.0] Kernel panic - not syncing: xyz\n")[1][0])

    def test_guest_failure(self):
        self.assertTrue(judged(GOOD + "LAPWING-GUEST: FAIL hotplug cpu1\n")[1])

    def test_memory_taken(self):
        text = "[lapwing] info: relocated to 0x3fe00000 (1 KiB); gdb: x\n"
        text += "[ 0.0] BIOS-e820: [mem 0x000000003fe00000-0x000000003fffffff] reserved\n"
        self.assertEqual(judged(text + GOOD)[0].taken_kib, 2048)
        self.assertEqual(judged(text + GOOD)[1], [])
        self.assertTrue(judged(text.replace("3fe00000", "3f000000") + GOOD)[1])

    def test_maxcpus(self):
        one = GOOD.replace("cpu 1", "nothing")
        self.assertEqual(judged(one, append="maxcpus=1")[1], [])
        self.assertTrue(judged(one, append="maxcpus=1 lapwing.do=online-late")[1])

    def test_hotplug_counts(self):
        append = "lapwing.do=hotplug:20"
        self.assertTrue(judged(GOOD, append=append)[1])
        self.assertEqual(
            judged(GOOD + "LAPWING-GUEST: ok hotplug cpu1 20 times", append=append)[1], []
        )

    def test_suspend(self):
        append = "lapwing.do=suspend:1"
        woken = "[ 3.7] ACPI: Waking up from system sleep state S3\n"
        probe = GOOD[GOOD.index("LAPWING-GUEST: probe") :].replace("boot", "resume 1")
        self.assertEqual(judged(GOOD + woken + probe, append=append)[1], [])
        self.assertTrue(judged(GOOD + probe, append=append)[1])  # not to S3
        self.assertTrue(judged(GOOD + woken, append=append)[1])
        self.assertTrue(judged(GOOD + woken + probe)[1])
        end = probe.replace("resume 1", "end")
        for change in (("cpu 1 leaf Lapwing", "cpu 1 leaf none Lapwing"), ("cpu 1 leaf", "x")):
            text = GOOD + woken + probe.replace(*change) + end
            self.assertIn("resume 1", " ".join(judged(text, append=append)[1]))

    def test_kexec(self):
        append = "maxcpus=1 lapwing.do=kexec,hotplug:2"
        first = GOOD.replace("done poweroff", "done kexec").replace("cpu 1", "nothing")
        second = GOOD.replace("done", "ok hotplug cpu1 2 times\nLAPWING-GUEST: done")
        second = second.replace("GRUB: loading", "")
        self.assertEqual(judged(first + second, append=append)[1], [])
        self.assertTrue(judged(second, append=append)[1])
        self.assertTrue(judged(first, append=append)[1])
        self.assertTrue(judged(first + second.replace("cpu 1 leaf", "x"), append=append)[1])

    def test_resets_are_named(self):
        dead = GOOD.replace("done poweroff", "done kexec") + "[    1.0] kexec: bye\n"
        append = "lapwing.do=kexec,reboot"
        end = GOOD.replace("poweroff", "reboot").replace("GRUB: loading", "")
        again = "GRUB: loading\n[lapwing] info: Lapwing 0.1: strategy x\n"
        self.assertEqual(judged(dead + end + again, "done", append=append)[1], [])
        problems = judged(dead + dead + end + again, "done", append=append)[1]
        self.assertIn("was reset 1 times", problems[0])
        self.assertTrue(problems[1].endswith("done kexec / [    1.0] kexec: bye"))

    def test_routing(self):
        said = "LAPWING-GUEST: apic APIC routing to cluster x2apic.\n"
        self.assertEqual(judged(GOOD + said, routing="^cluster x2apic$")[1], [])
        self.assertTrue(judged(GOOD + said, routing="physical")[1])
        self.assertTrue(judged(GOOD, routing="cluster x2apic")[1])

    def test_reboot_needs_lapwing_again(self):
        append = "lapwing.do=reboot"
        banner = "[lapwing] info: Lapwing 0.1: strategy x\n"
        self.assertTrue(judged(GOOD + "GRUB: loading\n", append=append)[1])
        good = GOOD.replace("poweroff", "reboot")
        self.assertEqual(judged(good + "GRUB: loading\n" + banner, append=append)[1], [])


class Refusals(unittest.TestCase):
    LINE = "[lapwing] refused: this CPU has no SVM; switch it on in the firmware\n"

    def test_unexpected(self):
        self.assertEqual(len(judged(self.LINE)[1]), 1)

    def test_expected(self):
        self.assertEqual(judged(self.LINE, refused="SVM")[1], [])
        self.assertTrue(judged(self.LINE, refused="memory")[1])
        self.assertTrue(judged(self.LINE * 2, refused="SVM")[1])
        self.assertTrue(judged(GOOD, refused="SVM")[1])


class Payloads(unittest.TestCase):
    TEXT = "ok 1 - a\nok 2 - b # SKIP why\n1..2\nPAYLOAD-DONE\n"

    def test_payload(self):
        self.assertEqual(judged(self.TEXT, payload=True)[1], [])
        self.assertTrue(judged(self.TEXT.replace("ok 1", "not ok 1"), payload=True)[1])
        self.assertTrue(judged(self.TEXT.replace("1..2", "1..3"), payload=True)[1])
        self.assertTrue(judged(self.TEXT.replace("PAYLOAD-DONE", ""), payload=True)[1])

    def test_budget_of_lines(self):
        """Two CPUs: each may cause 32 lines, and the one that says that there will be no more."""
        line = "[lapwing] warning: cpu 0: the guest wants it\n"
        self.assertEqual(judged(66 * line + self.TEXT, payload=True)[1], [])
        self.assertIn("67 times", " ".join(judged(67 * line + self.TEXT, payload=True)[1]))

    def test_words(self):
        self.assertTrue(judged(self.TEXT, payload=True, says=("never said",))[1])
        self.assertTrue(judged(self.TEXT, payload=True, never=("ok 2",))[1])


if __name__ == "__main__":
    unittest.main()
