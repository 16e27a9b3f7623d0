# SPDX-License-Identifier: GPL-2.0-only
"""Installed systems: their disks, the words for their GRUB, and what one may not say of itself."""

import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

from lapwing_tool import cases, cli, run
from lapwing_tool.base import UserError
from lapwing_tool.guests import installed
from lapwing_tool.images import bootdisk, build
from lapwing_tool.judging import verdict
from lapwing_tool.judging.report import Report
from lapwing_tool.judging.verdict import Expectation
from lapwing_tool.testing import checks, matrix_run

MENU = "\x1b[H\x1b[2;25HGNU GRUB  version 2.06\n"
UP = """\
[lapwing] info: Lapwing 0.1: strategy x2apic_msr, method decode, vendor svm
LAPWING-GUEST: system state=running active
LAPWING-GUEST: userland kernel=5.10.0 arch=x86_64 cpus=1
LAPWING-GUEST: probe boot cpus=1
LAPWING-GUEST: cpu 0 leaf LapwingHyper strategy x2apic_msr index 0 vendor svm apicid 0
"""
BARE = "\n".join(UP.splitlines()[1:4]) + "\nLAPWING-GUEST: cpu 0 leaf none apicid 0\n"
DONE = "LAPWING-GUEST: done poweroff\n"


def problems(text, append=""):
    """What is wrong with a console text of an installed system."""
    report = Report()
    for line in text.split("\n"):
        report.feed(line)
    return " ".join(verdict.problems(report, Expectation(on_disk=True, append=append), "off"))


class Making(unittest.TestCase):
    def test_without_root_it_is_said_what_is_missing(self):
        with mock.patch.object(installed.packages, "privileged", return_value=[]):
            with mock.patch.object(installed, "cache_dir", return_value=pathlib.Path("/nowhere")):
                for guest in installed.GUESTS:
                    self.assertIn("needs root or sudo", installed.unavailable(guest))
                case = cases.Case("row", guest="debian-11")
                with self.assertRaisesRegex(checks.Skip, "needs root or sudo"):
                    matrix_run.run(case, lambda text: None)

    def test_disks_of_rows_are_made_beforehand(self):
        rows = [cases.Case(str(n), guest=guest) for n, guest in enumerate(("debian-11", "linux-5.10", "debian-11"))]
        with mock.patch.object(matrix_run, "packages"), mock.patch.object(matrix_run, "machines") as machines:
            machines.names.return_value = ()
            with mock.patch.object(installed, "unavailable", return_value=None):
                with mock.patch.object(installed, "base") as base:
                    matrix_run.prepare(rows, "progress")
        base.assert_called_once_with("debian-11", "progress")


class Judgement(unittest.TestCase):
    def test_good(self):
        self.assertEqual(problems(MENU + UP + DONE), "")

    def test_no_menu(self):
        self.assertIn("did not show its menu", problems(UP + DONE))

    def test_systemd(self):
        for state in ("degraded active", "running inactive"):
            text = UP.replace("running active", state)
            self.assertIn(f"well each time: state={state}", problems(MENU + text + DONE))
        text = UP.replace("LAPWING-GUEST: system", "no word of the system's:")
        self.assertIn("no word", problems(MENU + text + DONE))
        text = f"LAPWING-GUEST: FAIL unit a.service\n{UP}"
        self.assertIn("FAIL unit a.service", problems(MENU + text + DONE))

    def test_reboot_reaches_the_menu_again(self):
        again = UP.splitlines()[0] + "\n"
        text = MENU + UP + "LAPWING-GUEST: done reboot\n"
        self.assertIn("did not reach", problems(text + again, "lapwing.do=reboot"))
        self.assertEqual(problems(text + again + MENU, "lapwing.do=reboot"), "")

    def test_the_second_boot_is_under_lapwing(self):
        do = "lapwing.do=grub-entry:lapwing-x-"
        first = MENU + BARE + "LAPWING-GUEST: done grub-entry\n" + MENU
        self.assertEqual(problems(first + UP + DONE, do), "")
        self.assertIn("escaped", problems(first + BARE + DONE, do))
        self.assertIn("1 kernels reached userland, not 2", problems(MENU + UP + DONE, do))


class Words(unittest.TestCase):
    def case(self, **words):
        return cases.Case("x", "svm-x2apic_msr", guest="debian-11", **words)

    def test_how_it_gets_under_lapwing(self):
        config = build.find("svm-x2apic_msr")
        case = self.case(append="quiet lapwing.do=hotplug:2,reboot")
        self.assertEqual(cases.append_on_disk(case, config), case.append)
        case = self.case(append=case.append, installed="kernel")
        wanted = "quiet lapwing.do=grub-entry:lapwing-svm-x2apic_msr-,hotplug:2,reboot"
        self.assertEqual(cases.append_on_disk(case, config), wanted)
        wanted = "lapwing.do=grub-entry:lapwing-svm-x2apic_msr-disk"
        self.assertEqual(cases.append_on_disk(self.case(installed="disk"), config), wanted)

    def test_wrong_options(self):
        for words in (
            "--guest debian-11 --chain",
            "--guest debian-11 --initrd x",
            "--guest debian-11 --installed --bare",
            "--guest debian-11 --append lapwing.do=disk --disk 8",
            "--installed disk",
        ):
            with self.assertRaises(UserError, msg=words):
                run.check(cli.parser().parse_args(["run", *words.split()]))
        run.check(cli.parser().parse_args("run --guest debian-12 --installed".split()))

    def test_the_default_entry(self):
        with tempfile.TemporaryDirectory() as folder:
            image = pathlib.Path(folder) / "debian-11-x.img"
            image.with_suffix(".kernels").write_text("5.10.0-1-amd64\n5.10.0-1-cloud-amd64")
            entry = installed.default_entry("debian-11-cloud", image)
        self.assertEqual(entry, f"gnulinux-5.10.0-1-cloud-amd64-advanced-{installed.UUID}")


class Disk(unittest.TestCase):
    def test_files_are_put_into_it(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            system, boot, image = folder / "system", folder / "boot", folder / "image"
            boot.write_bytes(bytes(512))
            subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", system, "4M"], check=True)
            bootdisk.assemble(image, boot, boot, system)
            self.assertEqual(image.stat().st_size, bootdisk.PARTITION_AT + (4 << 20))
            for words in ("old=1", "new=2 3"):
                name, _, value = words.partition("=")
                block = folder / "block"
                block.unlink(missing_ok=True)
                installed.grub_environment(block, {name: value})
                installed.put(image, {"/a/b/grubenv": block})
            where = f"{image}?offset={bootdisk.PARTITION_AT}"
            read = ["/sbin/debugfs", "-R", "cat /a/b/grubenv", where]
            text = subprocess.run(read, capture_output=True, check=True).stdout
            self.assertIn(b"new=2 3\n", text)
            self.assertEqual(len(text), 1024)
            with self.assertRaises(UserError):
                installed.put(image, {"/a/c": folder / "absent"})
