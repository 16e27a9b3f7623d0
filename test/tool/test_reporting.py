# SPDX-License-Identifier: GPL-2.0-only
"""results.json and what is made of it: the figures are those of the rows, and each failure shows."""

import pathlib
import tempfile
import unittest
import xml.etree.ElementTree as xml
from unittest import mock

from lapwing_tool.cases import Case
from lapwing_tool.judging.report import Report
from lapwing_tool.reporting import figures, junit, page, results
from lapwing_tool.runner import Outcome

CONSOLE = """\
LAPWING-GUEST: userland kernel=5.10.0 arch=x86_64 cpus=2
LAPWING-GUEST: cpu 0 leaf LapwingHyper strategy apicv index 0 vendor vmx apicid 0
LAPWING-GUEST: exits cpu 0 irq=3456 kick=2
LAPWING-GUEST: figures cpu 0 cycles=9 longest=1357
LAPWING-GUEST: longest cpu 0 msr=1357 io=20
LAPWING-GUEST: cpu 1 leaf LapwingHyper strategy apicv index 1 vendor vmx apicid 1
LAPWING-GUEST: exits cpu 1 irq=1000 cpuid=1
a line with <angles> & more
"""


def row(name, config, ticks, result="pass", **case):
    """A row of a run with that many ticks to userland."""
    report = Report()
    for line in CONSOLE.splitlines() if config else ():
        report.feed(line)
    problems = ["it went <wrong>"] if result == "fail" else []
    outcome = Outcome(report, problems, 12.5, 3.5, ticks={"userland": ticks})
    case = Case(name, config, "bochs", cpus=2, append=case.pop("append", ""), **case)
    detail = "\n".join(problems)
    head = {"name": f"run/{name}", "result": result, "seconds": 12.5, "detail": detail}
    return {**head, **results.run_facts(case, "vmx", outcome)}


ROWS = [
    row("bare", "", 1000),
    row("apicv", "vmx-apicv", 1500, append="lapwing.do=hotplug:2"),
    row("other", "vmx-apicv", 1700, append="nohz=off"),
    row("bad", "vmx-apicv-kvm", None, "fail"),
    {"name": "tidy", "result": "skip", "seconds": 0.1, "detail": "no clang-tidy"},
]


class Figures(unittest.TestCase):
    def test_facts_are_those_of_the_console(self):
        self.assertEqual(ROWS[1]["exit_count"], 4457)
        self.assertEqual(ROWS[1]["exits"], {"irq": 4456, "kick": 2, "cpuid": 1})
        self.assertEqual((ROWS[1]["longest"], ROWS[1]["strategy"]), (1357, "apicv"))
        self.assertEqual(ROWS[1]["actions"], ["hotplug:2"])

    def test_the_longest_exits(self):
        other = {**ROWS[2], "longest_by_reason": {"msr": 2000}}
        self.assertEqual(
            figures.longest_exits([*ROWS[:2], other, ROWS[4]]),
            {("bochs", "msr"): (2000, "run/other"), ("bochs", "io"): (20, "run/apicv")},
        )

    def test_a_boot_is_set_against_the_same_boot_bare(self):
        self.assertEqual(figures.boot_ratios(ROWS), {"run/apicv": 1.5})
        self.assertEqual(figures.boot_ratios(ROWS[1:]), {})

    def test_costs_are_set_against_the_same_actions(self):
        one, other = {**ROWS[0], "costs": {"exits": 10}}, {**ROWS[1], "costs": {"exits": 25}}
        self.assertEqual(figures.cost_ratios([one, other]), {})
        other["append"] = ""
        self.assertEqual(figures.cost_ratios([one, other]), {"run/apicv": {"exits": 2.5}})

    def test_what_has_changed(self):
        now = [{**ROWS[1], "exit_count": 8914}, {**ROWS[3], "result": "pass"}]
        self.assertEqual(
            figures.differences(now, ROWS[1:4]),
            [("run/bad", "fail", "pass")],
        )
        self.assertEqual(figures.differences(ROWS[:2], ROWS[1:2]), [("run/bare", None, "pass")])
        self.assertEqual(figures.changes(now, ROWS), [("run/apicv", "exits", 4457, 8914)])

    def test_a_configuration_of_a_users_is_set_against_the_stock_one(self):
        mine = {**ROWS[1], "name": "run/apicv@mine", "exit_count": 8914}
        self.assertEqual(figures.differences([mine], ROWS), [])
        self.assertEqual(figures.changes([mine], ROWS), [("run/apicv@mine", "exits", 4457, 8914)])

    def test_groups_are_as_large_as_can_be(self):
        second = {**ROWS[1], "config": "vmx-x", "append": "", "actions": []}
        third = {**ROWS[1], "append": "", "actions": []}
        group = figures.comparable([ROWS[1], third, second])["bochs"]
        self.assertEqual([one["config"] for one in group], ["vmx-apicv", "vmx-x"])


class Page(unittest.TestCase):
    def test_figures_of_each_row_are_there_and_nothing_is_markup(self):
        text = page.page(ROWS, [("A chart", "<svg></svg>")], "commit abc", ROWS[:1], "old.json")
        for words in ("4,457", "1,357 cycles", "1.500 of bare", "it went &lt;wrong&gt;", "<svg>"):
            self.assertIn(words, text)
        self.assertIn("a line with &lt;angles&gt; &amp; more", text)
        self.assertIn("<td>run/apicv</td><td>not there</td><td>pass</td>", text)
        self.assertNotIn("http", text.replace("http://www.w3.org", ""))
        for one in ROWS:
            self.assertIn(f'id="{page.anchor(one["name"])}"', text)
        self.assertIn(f'href="#{page.anchor("run/bad")}"', text)

    def test_results_of_before_have_fewer_facts(self):
        older = {key: value for key, value in ROWS[1].items() if key != "longest_by_reason"}
        self.assertIn("4,457", page.page([older], [], "commit abc", None, ""))

    def test_a_refusal_is_called_one(self):
        refused = {**ROWS[1], "refused": "this CPU lacks VMX: it needs one"}
        self.assertEqual(page.guest_words(refused), "refused: this CPU lacks VMX")
        self.assertEqual(page.guest_words(ROWS[1]), "5.10 ×2 hotplug:2")


class Junit(unittest.TestCase):
    def test_counts_and_characters(self):
        odd = {**ROWS[3], "detail": "a\x01b"}
        suite = xml.fromstring(junit.document([*ROWS[:3], odd, ROWS[4]]))
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("skipped")), ("5", "1", "1"))
        self.assertEqual(suite.find("testcase[@name='bad']/failure").text, "a?b")
        self.assertEqual(suite.find("testcase[@name='tidy']").get("classname"), "check")


class File(unittest.TestCase):
    def test_rows_of_other_sources_are_left_out(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(results, "tree") as tree:
            path = pathlib.Path(folder) / "results.json"
            tree.return_value = "one"
            results.Results(path).add(ROWS[4])
            results.Results(path).add(ROWS[0])
            results.Results(path).add({**ROWS[4], "result": "pass"})
            rows = results.Results(path).rows()
            self.assertEqual([r["result"] for r in rows.values()], ["pass", "pass"])
            tree.return_value = "two"
            self.assertEqual(results.Results(path).rows(), {})


if __name__ == "__main__":
    unittest.main()
