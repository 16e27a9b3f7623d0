# SPDX-License-Identifier: GPL-2.0-only
"""Files in the form of test/matrix.toml: axes, sets, rules, words, and what is said of mistakes."""

import unittest

from lapwing_tool.base import UserError
from lapwing_tool.testing import rows

AXES = """
[word]
both = ["icr", "smp"]
says-so = "so it is"
[axis.image]
bare = { config = "" }
db = { config = "svm-xapic_ept" }
[set]
small = { memory = 128, cpus = 2 }
"""


def config(text):
    """As for the matrix itself, but without a look at configs/."""
    if text == "svm-none":
        raise UserError("no configuration called svm-none")
    return "default" if text is None else text


def cases(text):
    """The cases of a file that is read after one with AXES."""
    names = rows.Names()
    rows.cases_of("axes.toml", AXES, names, config)
    return rows.unlike(rows.cases_of("x.toml", text, names, config), "x.toml")


def row(text):
    """The cases of a file with one row of these keys."""
    return cases(f"[[row]]\n{text}\n")


class Rows(unittest.TestCase):
    def test_axes_multiply_in_their_order(self):
        found = row('name = "p-{payload}-{image}"\neach = { payload = "@both", image = "*" }')
        names = [(case.name, case.payload, case.config) for case in found]
        self.assertEqual(
            names,
            [
                ("p-icr-bare", "icr", ""),
                ("p-icr-db", "icr", "svm-xapic_ept"),
                ("p-smp-bare", "smp", ""),
                ("p-smp-db", "smp", "svm-xapic_ept"),
            ],
        )
        found = row('name = "c-{cpus}"\neach = { cpus = [1, 2] }\nsays = ["{cpus} CPUs, @ home", "x @says-so"]')
        self.assertEqual([case.cpus for case in found], [1, 2])
        self.assertEqual(found[1].says, ("2 CPUs, @ home", "x so it is"))

    def test_what_is_nearer_to_the_row_counts(self):
        group = '[[group]]\nuse = ["small"]\ncpus = 8\nrows = [{ name = "a" }, { name = "b", use = ["small"] },'
        found = cases(group + ' { name = "c", use = ["small"], cpus = 3, memory = 64 }]\n')
        sizes = [(case.cpus, case.memory) for case in found]
        self.assertEqual(sizes, [(8, 128), (2, 128), (3, 64)])

    def test_rules(self):
        each = 'name = "{payload}-{cpus}"\neach = { payload = "@both", cpus = [1, 2] }\n'
        found = row(each + 'except = [{ if = { payload = "i*", cpus = 1 }, why = "one has no other" }]')
        self.assertEqual([case.name for case in found], ["icr-2", "smp-1", "smp-2"])
        when = '{ if = { cpus = [2, 4] }, then = { full = true } }, { if = { full = true, payload = "icr" }, then = { slow = 3 } }'
        found = row(f"{each}when = [{when}]")
        self.assertEqual([(case.full, case.slow) for case in found], [(False, 1), (True, 3), (False, 1), (True, 1)])

    def test_actions_are_one_word_of_the_command_line(self):
        (case,) = row('name = "a"\nappend = "maxcpus=1"\ndo = ["hotplug:2", "reboot"]')
        self.assertEqual(case.append, "maxcpus=1 lapwing.do=hotplug:2,reboot")


class Mistakes(unittest.TestCase):
    def test_each_is_said_with_its_place(self):
        name = '[[row]]\nname = "a"\n'
        wrong = {
            "row = 3": "x.toml: row: a list is wanted here, not 3",
            "row = [3]": "x.toml: row 1: a table is wanted here, not 3",
            "[[rows]]": "x.toml: no key is called rows; known: word, axis",
            "[word]\na = 3": "x.toml: word.a: a list of texts is wanted here, not 3",
            "[axis]\nx = 3": "x.toml: axis.x: a table is wanted here, not 3",
            "[set]\nx = 3": "x.toml: set.x: a table is wanted here, not 3",
            "[axis.a]\nx = 3": "x.toml: axis.a.x: a table is wanted here, not 3",
            "[axis.a]\nx = { cpu = 3 }": "x.toml: axis.a.x: no key is called cpu",
            "[tag]\nx = { cpu = 3 }": "x.toml: tag.x: no key is called cpu",
            "[[group]]\nabout = 3": "x.toml: group 1: about: a text is wanted here, not 3",
            "[[group]]\nrows = 3": 'x.toml: group 1 "": rows: a list is wanted here, not 3',
            "[[group]]\nrows = [{ cpus = 3 }]": 'x.toml: group 1 "": row 1: a row needs a name',
            "[[row]]\nname = 3": "x.toml: row 1: name: a text is wanted here, not 3",
            '[[row]]\nname = ""': "name: letters, digits and . _ @ + - are wanted in a name",
            '[[row]]\nname = "/x"': "name: letters, digits and . _ @ + - are wanted in a name",
            '[[row]]\nname = "../x"': "name: letters, digits and . _ @ + - are wanted in a name",
            name + 'machine = ""': "machine: no machine is called ; known: tcg",
            name + 'compiler = ""': "compiler: no compiler is called ; known: gcc",
            name + "cd_sectors = -1": "cd_sectors: at least 0 is wanted here, not -1",
            name + "cpu = 2": "x.toml: row 1: no key is called cpu",
            name + 'cpus = "2"': "x.toml: row 1 \"a\": cpus: a whole number is wanted here, not '2'",
            name + "cpus = true": "cpus: a whole number is wanted here, not True",
            name + "cpus = 0": "cpus: at least 1 is wanted here, not 0",
            name + "chain = 1": "chain: true or false is wanted here, not 1",
            name + 'timeout = "1"': "timeout: a number is wanted here",
            name + 'says = "hello"': "says: a list of texts is wanted here, not 'hello'",
            name + "says = [1]": "says: a list of texts is wanted here",
            name + 'says = ["("]': 'row 1 "a": says: ( is no regular expression',
            name + 'refused = "("': "refused: ( is no regular expression",
            name + 'machine = "x"': "machine: no machine is called x; known: tcg",
            name + 'guest = "x"': "guest: no guest is called x; known: linux-5.10",
            name + 'payload = "x"': "payload: no payload is called x; known: apic-base",
            name + 'sector = "x"': "sector: no sector is called x; known: hook",
            name + 'flags = "x"': "flags: no flags is called x; known: tcg",
            name + 'config = "svm-none"': 'row 1 "a": config: no configuration called svm-none',
            name + "config = 3": "config: a text is wanted here",
            name + 'use = ["x"]': "use: no set is called x; known: small",
            name + 'use = "small"': "use: a list of texts is wanted here",
            name + "do = [3]": "do: a list of texts is wanted here",
            name + 'do = ["x"]\nappend = "lapwing.do=y"': "do: append has lapwing.do= as well",
            name + 'append = "@x"': "no word is called x; known: both, says-so",
            name + 'append = "a @both"': "a text is wanted here, not ['icr', 'smp']",
            name + "each = 3": "each: a table is wanted here",
            name + "each = { x = [3] }": "each.x: no axis or field is called x; known: image",
            name + 'each = { image = ["x"] }': "each.image: no value is called x; known: bare, db",
            name + "each = { image = 3 }": "each.image: a list of texts is wanted here",
            name + "each = { cpus = 3 }": "each.cpus: a list is wanted here",
            name + 'each = { cpus = ["x"] }': "cpus: a whole number is wanted here",
            name + "each = { cpus = [1, 2] }": "x.toml: two rows are called a",
            '[[row]]\nname = "payload-x"': "x.toml: payload-x runs no payload",
            '[[row]]\nname = "{x}"': "name: this row has no axis for the braces in {x}",
            name + "when = [3]": "when: a table is wanted here",
            name + "when = [{ if = {} }]": "when: a rule has if and then; then is missing",
            name + "when = [{ if = 3, then = {} }]": "when: if: a table is wanted here",
            name + "when = [{ if = { x = 1 }, then = {} }]": "when: if: no axis of this row, or field, is called x",
            name + "when = [{ if = {}, then = { x = 1 } }]": "when: then: no key is called x",
            name + "when = [{ if = { cpus = 9 }, then = { x = 1 } }]": "when: then: no key is called x",
            name + 'when = [{ if = {}, then = { cpus = "1" } }]': "cpus: a whole number is wanted here",
            name + "except = [{ if = {} }]": "except: a rule has if and why; why is missing",
        }
        for text, words in wrong.items():
            with self.subTest(text), self.assertRaises(UserError) as error:
                cases(text)
            self.assertIn(words, str(error.exception))


if __name__ == "__main__":
    unittest.main()
