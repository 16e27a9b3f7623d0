# SPDX-License-Identifier: GPL-2.0-only
"""Unit tests of the checks of comments and documents."""

import pathlib
import unittest

from lapwing_tool.testing import selection
from lapwing_tool.testing.checks import texts


class Names(unittest.TestCase):
    """What counts as the name of a file."""

    def found(self, name, text):
        """The names that a file called `name` with this text mentions."""
        return texts.names_in(pathlib.Path(name), text)

    def test_comments_only(self):
        self.assertEqual(self.found("a.c", 'x("no.c"); /* see core/a.h */ // b.S\n'), {"core/a.h", "b.S"})
        quotes, hashes = '"' * 3, "#"
        text = f'{quotes}a.md{quotes}\nx = "no.c"  {hashes} b.config\n'
        self.assertEqual(self.found("a.py", text), {"a.md", "b.config"})

    def test_patterns_are_no_names(self):
        self.assertEqual(self.found("a.md", "*.config apic/*.c $X.md {a,b}.c x.cpp x.hello a.c."), {"a.c"})

    def test_guards(self):
        self.assertEqual(texts.guard_of("src/core/msr.h"), "CORE_MSR_H")
        self.assertEqual(texts.guard_of("src/include/lapwing/types.h"), "LAPWING_TYPES_H")
        self.assertEqual(texts.guard_of("boot/asm_const.h"), "BOOT_ASM_CONST_H")

    def test_atomics(self):
        text = "struct s {\n    atomic_bool a; /* atomic_bool no; */\n    _Atomic uint64_t b[N];\n    int c;\n}\n"
        text += "static atomic_flag lock = ATOMIC_FLAG_INIT;\nvoid f(const _Atomic uint32_t *word);\n"
        self.assertEqual(texts.atomics(text), {"s.a", "s.b", "lock"})


class Mutations(unittest.TestCase):
    """Which mutations do not fit their files."""

    def test_lines_must_be_there_once(self):
        def stale(content):
            text = "# about\n\nname: a name\ntest: unit x\nfile: one.c\n-old;\n-more;\n+new;\n"
            return texts.stale_mutations(text, {"one.c": content}.get)

        self.assertEqual(stale("first;\nold;\nmore;\n"), [])
        for content in ("old;\nless;\nmore;\n", "old;\nmore;\nold;\nmore;\n"):
            self.assertEqual(stale(content), ["a name: its lines are not once in one.c"])


class Steps(unittest.TestCase):
    """Which steps `lapwing test --only` takes."""

    def test_a_name_a_pattern_or_a_part(self):
        names = ["layers", "layers/readme", "run/a-db", "run/a-db-bochs"]
        found = lambda pattern: selection.selected(names, pattern)
        self.assertEqual(found(None), names)
        self.assertEqual(found("layers"), ["layers"])
        self.assertEqual(found("run/a-db"), ["run/a-db"])
        self.assertEqual(found("a-db"), ["run/a-db", "run/a-db-bochs"])
        self.assertEqual(found("*-db"), ["run/a-db"])


if __name__ == "__main__":
    unittest.main()
