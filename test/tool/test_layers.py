# SPDX-License-Identifier: GPL-2.0-only
"""Unit tests of the check of rooms and circles."""

import unittest

from lapwing_tool.testing.checks import layers

TABLE = """
[rooms]
"low" = []
"high" = ["low", "side/door.h"]
"side" = ["*"]
[contracts]
headers = ["side/contract.h"]
[[exception]]
from = "low/odd.c"
uses = ["high/up.h"]
why = "a test"
"""


class Layers(unittest.TestCase):
    """Tables, and what breaks them."""

    def test_includes(self):
        texts = {
            "low/odd.c": '#include "high/up.h"\n',
            "low/even.c": '#include "high/up.h"\n#include <stdint.h>\n#include "config.h"\n',
            "high/up.c": '#include "low/a.h"\n#include "side/door.h"\n#include "side/wall.h"\n',
            "side/x.c": '#include "high/up.h"\n',
        }
        wrong = ["low/even.c includes high/up.h", "high/up.c includes side/wall.h"]
        self.assertEqual(layers.wrong_includes(layers.Table(TABLE), texts), wrong)

    def test_symbols(self):
        texts = {"side/door.h": "void knock(void);", "side/contract.h": "void sign(void);"}
        defined = {"knock": {"side/x.c"}, "sign": {"side/x.c"}, "hide": {"high/up.c"}}
        taken = {"high/up.c": {"knock"}, "side/x.c": {"hide"}, "low/even.c": {"hide"}}
        wrong, graph = layers.wrong_symbols(layers.Table(TABLE), texts, defined, taken)
        self.assertEqual(wrong, ["low/even.c takes hide of high/up.c"])
        self.assertEqual(layers.circles(graph), [["high/up.c", "side/x.c"]])

    def test_contract_makes_no_circle(self):
        texts = {"side/contract.h": "void sign(void);"}
        defined = {"sign": {"side/x.c"}, "hide": {"side/y.c"}}
        taken = {"side/y.c": {"sign"}, "side/x.c": {"hide"}}
        _, graph = layers.wrong_symbols(layers.Table(TABLE), texts, defined, taken)
        self.assertEqual(layers.circles(graph), [])


class Readme(unittest.TestCase):
    """What the README says of rooms."""

    def test_rooms_and_folders(self):
        text = "src/low/   what\nsrc/high/up/ more\nsrc/odd/\n| `a/b` | exits |\n"
        text += "| `low` | everything |\n| `high/up` | `low`, `side/door.h` |\n"
        rooms = {"low": ["*"], "high/up": ["low", "side/door.h"]}
        self.assertEqual(layers.readme_rooms(text), (rooms, {"low", "high/up"}))


if __name__ == "__main__":
    unittest.main()
