# SPDX-License-Identifier: GPL-2.0-only
"""Unit tests of the checks of comments and documents."""

import pathlib
import unittest

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

    def test_atomics(self):
        text = "struct s {\n    atomic_bool a; /* atomic_bool no; */\n    _Atomic uint64_t b[N];\n    int c;\n}\n"
        text += "static atomic_flag lock = ATOMIC_FLAG_INIT;\nvoid f(const _Atomic uint32_t *word);\n"
        self.assertEqual(texts.atomics(text), {"s.a", "s.b", "lock"})


if __name__ == "__main__":
    unittest.main()
