# SPDX-License-Identifier: GPL-2.0-only
"""`lapwing matrix`: the rows that options pick, a user's configuration, a user's rows, shards."""

import pathlib
import tempfile
import types
import unittest
from unittest import mock

from lapwing_tool.base import CONFIGS, UserError
from lapwing_tool.testing import matrix_run, overview, selection


def args(**options):
    """The options of a command line."""
    lists = {key: [] for key in ("config", "guest", "machine", "tag")}
    return types.SimpleNamespace(**{**lists, "only": None, "rows": None, **options})


def picked(**options):
    """The rows that the options pick."""
    return selection.cases(args(**options))


class Selection(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, text):
        """Path of a file with that text."""
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def test_options_narrow_down(self):
        rows = picked(config=["svm-x2apic_msr"], tag=["linux"], machine=["tcg-x2apic"])
        self.assertIn("x2apic-5.10", [row.name for row in rows])
        self.assertEqual({row.config for row in rows}, {"svm-x2apic_msr"})
        self.assertEqual({row.payload for row in rows}, {""})
        self.assertFalse(any(row.full for row in picked(tag=["payload"])))
        self.assertTrue(any(row.full for row in picked(tag=["payload", "full"])))
        self.assertEqual({row.guest for row in picked(guest=["linux-6.12"])}, {"linux-6.12"})

    def test_a_users_configuration_gets_the_rows_of_the_one_like_it(self):
        text = (CONFIGS / "vmx-apicv-kvm.config").read_text() + "CONFIG_TRACE_RECORDS=128\n"
        mine = self.file("mine.config", text)
        rows = picked(config=[mine], guest=["linux-5.10-cloud"])
        self.assertIn("bochs-apicv-kvm-4@mine", [row.name for row in rows])
        self.assertEqual({row.config for row in rows}, {mine})
        # Kconfig's defaults count: a locked one and one with a fallback are not alike.
        plain = self.file("plain.config", "CONFIG_VIRT_SVM=y\nCONFIG_APIC_X2APIC_MSR=y\n")
        self.assertRaisesRegex(UserError, "no row of the table fits", picked, config=[plain])

    def test_a_users_rows(self):
        text = '[[row]]\nname = "own"\nguest = "/boot/vmlinuz"\nsays = ["hello"]\nmachine = "bochs"\n'
        rows = picked(rows=self.file("rows.toml", text), only="own", config=["vmx-apicv"])
        self.assertEqual([(row.name, row.says) for row in rows], [("own", ("hello",))])
        self.assertTrue(rows[0].config.endswith("vmx-apicv.config"))
        self.assertRaisesRegex(UserError, "rows.toml: ", picked, rows=self.file("rows.toml", "="))
        self.assertRaisesRegex(UserError, "none.toml: .*No such file", picked, rows=str(self.folder / "none.toml"))

    def test_a_users_file_can_use_what_the_matrix_defines(self):
        text = '''
            tag.mine = { guest = "linux-6.1" }
            [[group]]
            use = ["bochs-2", "life"]
            rows = [{ name = "own-{version}-{vmx}", each = { version = ["6.1", "6.12"], vmx = ["mtf", "apicv"] } }]
            '''
        path = self.file("rows.toml", text)
        names = [row.name for row in picked(rows=path, tag=["mine", "bochs"])]
        self.assertEqual(names, ["own-6.1-mtf", "own-6.1-apicv"])
        self.assertIn("own-6.12-apicv", [row.name for row in picked(rows=path, tag=["linux"])])

    def test_tags(self):
        linux = picked(tag=["linux", "full"])
        self.assertFalse([row.name for row in linux if row.sector or row.payload or row.refused])
        self.assertTrue(all(row.sector for row in picked(tag=["sector"])))
        self.assertRaisesRegex(UserError, "--tag: no tag is called linx", picked, tag=["linx"])

    def test_no_machine_is_made_that_no_row_has(self):
        rows = [row for row in picked(machine=["tcg"]) if row.guest == "linux-5.10"]
        with mock.patch.object(matrix_run, "packages"), mock.patch.object(matrix_run.machines, "get") as get:
            matrix_run.prepare(rows, None)
        get.assert_called_once_with("tcg")

    def test_what_reads_builds_is_with_them(self):
        names = ["build", "tidy", "a", "b", "c"]
        parts = [selection.shard(names, f"{n}/2", {"build", "tidy"}) for n in (1, 2)]
        self.assertEqual(parts, [["build", "tidy", "a", "c"], ["b"]])

    def test_shards_are_all_and_no_step_twice(self):
        names = list("abcdefg")
        parts = [selection.shard(names, f"{n}/3") for n in (1, 2, 3)]
        self.assertEqual(sorted(sum(parts, [])), names)
        for text in ("0/3", "4/3", "3", "a/b"):
            self.assertRaises(UserError, selection.shard, names, text)


class Overview(unittest.TestCase):
    def test_a_readme_without_the_marks_is_noticed(self):
        self.assertRaises(UserError, overview.replaced, "# Lapwing\n")
        text = overview.replaced(f"a\n{overview.BEGIN}old\n{overview.END}b\n")
        self.assertNotIn("old", text)
        self.assertEqual(overview.replaced(text), text)


if __name__ == "__main__":
    unittest.main()
