# SPDX-License-Identifier: GPL-2.0-only
"""What bash offers for the words of a command line, by the script that lapwing prints."""

import subprocess
import unittest

from lapwing_tool import cli, completion

ASK = """
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_lapwing
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def offered(*words):
    """The words that bash would offer for the last one."""
    quoted = " ".join(f"'{word}'" for word in ("./lapwing", *words))
    text = completion.script(cli.parser(), "bash") + ASK.format(words=quoted)
    done = subprocess.run(["bash", "-c", text], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


class Bash(unittest.TestCase):
    def test_commands(self):
        self.assertEqual(offered("me"), ["menuconfig"])
        self.assertLessEqual({"run", "report"}, set(offered("r")))

    def test_options_and_their_values(self):
        self.assertEqual(offered("run", "--mach"), ["--machine"])
        self.assertEqual(offered("run", "--machine", "bochs-amd-"), ["bochs-amd-uefi"])
        self.assertEqual(offered("test", "--shar"), ["--shard"])
        self.assertIn("vmx-apicv", offered("run", "--config", "vmx-ap"))
        self.assertIn("vmx-apicv", offered("build", "vmx-ap"))
        self.assertEqual(offered("build", "--compiler", "c"), ["clang"])

    def test_zsh_gets_what_it_needs_for_that(self):
        self.assertIn("bashcompinit", completion.script(cli.parser(), "zsh"))


if __name__ == "__main__":
    unittest.main()
