# SPDX-License-Identifier: GPL-2.0-only
"""The USB disk: its image, the guest's modules, and what a guest may not say of it."""

import gzip
import lzma
import pathlib
import re
import subprocess
import tempfile
import unittest

from lapwing_tool import archive, cli, run
from lapwing_tool.guests import disk, initramfs, modules
from lapwing_tool.judging import verdict
from lapwing_tool.base import UserError
from lapwing_tool.judging.report import Report

FACTS = (
    "mib=1 read={crc} written={crc} irq=19 chip=IO-APIC flow=fasteoi type=level elcr= "
    "cpus=2 counts=20,21 ipis=7 mis=0 err=0"
)

CONTROL = "Package: p\nVersion: 1\nArchitecture: all\nMaintainer: n <n@n>\nDescription: n\n"


class Image(unittest.TestCase):
    def test_same_each_time_and_checked(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "disk.img"
            first = disk.make(path, 2)
            content = path.read_bytes()
            self.assertEqual(len(content), 4 * disk.MIB)
            self.assertEqual(disk.make(path, 2), first)
            self.assertEqual(path.read_bytes(), content)
            self.assertEqual(len(list(first.problems())), 1)
            half = content[: 2 * disk.MIB]
            path.write_bytes(half + half)
            self.assertEqual(list(first.problems()), [])
            path.write_bytes(half + half[:-1] + bytes([half[-1] ^ 1]))
            self.assertIn("second half", " ".join(first.problems()))
            path.write_bytes(bytes([half[0] ^ 1]) + half[1:] + half)
            self.assertIn("first half", " ".join(first.problems()))


class Judgement(unittest.TestCase):
    def found(self, pic=False, **changed):
        """What is wrong with a run whose facts differ so from good ones."""
        one = disk.Disk(None, 1, "0f0f0f0f")
        report = Report()
        report.feed("LAPWING-GUEST: disk " + FACTS.format(crc=one.crc))
        facts = {**report.disks[0], **changed}
        return " ".join(disk.shortcomings(facts, one, pic))

    def test_good(self):
        self.assertEqual(self.found(), "")
        self.assertEqual(self.found(chip="IR-IO-APIC"), "")
        self.assertEqual(self.found(cpus="1", counts="41", ipis="0"), "")
        pic = {"pic": True, "chip": "XT-PIC", "flow": "", "elcr": "level", "counts": "41,0"}
        self.assertEqual(self.found(**pic), "")
        self.assertIn("of the PIC", self.found(**{**pic, "elcr": "edge"}))

    def test_checksums(self):
        self.assertIn("what was read is", self.found(read="00000000"))
        self.assertIn("what was written is", self.found(written=""))
        self.assertIn("MiB of content", self.found(mib="2"))

    def test_kind_of_interrupt(self):
        self.assertIn("PCI-MSI edge edge", self.found(chip="PCI-MSI", flow="edge", type="edge"))
        self.assertIn("no level", self.found(flow="edge"))
        self.assertIn("no level", self.found(type="edge"))
        self.assertIn("no level", self.found(chip="XT-PIC", elcr="level"))
        self.assertIn("of the PIC", self.found(pic=True))

    def test_counts(self):
        self.assertIn("fewer than 27", self.found(counts="13,13"))
        self.assertIn("each of 2 CPUs", self.found(counts="41,0"))
        self.assertIn("each of 2 CPUs", self.found(counts="41"))
        self.assertIn("each of 3 CPUs", self.found(cpus="3"))
        self.assertIn("each of 0 CPUs", self.found(cpus="", counts=""))
        self.assertTrue(self.found(counts=""))
        self.assertIn("IPI", self.found(ipis="0"))
        self.assertIn("MIS", self.found(mis="1"))
        self.assertIn("ERR", self.found(err="1"))

    def test_action_needs_a_disk_and_words(self):
        for there in (None, disk.Disk(None, 1, "0f0f0f0f")):
            expect = verdict.Expectation(append="lapwing.do=disk", disk=there)
            report = Report()
            report.feed("LAPWING-GUEST: userland kernel=5.10.0 arch=x86_64 cpus=1")
            text = " ".join(verdict.problems(report, expect, "done"))
            self.assertIn("its disk 0 times, not 1" if there else "needs a disk", text)

    def test_each_pass_is_told_of(self):
        with tempfile.TemporaryDirectory() as folder:
            one = disk.make(pathlib.Path(folder) / "disk.img", 1)
            one.path.write_bytes(one.path.read_bytes()[: disk.MIB] * 2)
            report = Report()
            report.feed("LAPWING-GUEST: userland kernel=5.10.0 arch=x86_64 cpus=1")
            report.feed("LAPWING-GUEST: disk " + FACTS.format(crc=one.crc))
            for append, said in (("disk", False), ("disk,disk", True)):
                expect = verdict.Expectation(append="lapwing.do=" + append, disk=one)
                text = " ".join(verdict.problems(report, expect, "done"))
                self.assertEqual("its disk 1 times, not 2" in text, said)
                self.assertNotIn("disk:", text)  # a CPU that was there then may be offline now


class Modules(unittest.TestCase):
    def info(self, needs):
        return b"\x7fELF..\0license=GPL\0depends=" + needs.encode() + b"\0retpoline=Y\0"

    def test_depends(self):
        two = self.info("usb-common,scsi_mod")
        self.assertEqual(modules.depends(two), ["usb_common", "scsi_mod"])
        self.assertEqual(modules.depends(self.info("")), [])
        self.assertEqual(modules.depends(b"nothing"), [])

    def test_order(self):
        there = {"a": "b,c", "b": "c-1", "c": "c-1", "c_1": ""}

        def read(name):
            return self.info(there[name])

        names = [name for name, _ in modules.in_order(("a",), read)]
        self.assertEqual(names, ["c_1", "b", "c", "a"])
        there["c_1"] = "a"
        self.assertRaises(UserError, modules.in_order, ("a",), read)

    def unpacked(self, folder, files):
        """The path of a kernel in `folder`, with `files` {name: content} as modules beside it."""
        for name, content in files.items():
            path = pathlib.Path(folder) / "usr/lib/modules/5-amd64/kernel" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return pathlib.Path(folder) / "boot/vmlinuz-5-amd64"

    def test_found_beside_the_kernel(self):
        usb, scsi = self.info("usb-common"), self.info("scsi_mod")
        files = {
            "usb/host/ehci-pci.ko.xz": lzma.compress(usb),
            "usb/usb-common.ko.gz": gzip.compress(self.info("")),
            "usb/usb-storage.ko": scsi,
            "scsi/sd_mod.ko.xz": lzma.compress(scsi),
            "scsi/scsi_mod.ko": self.info(""),
        }
        with tempfile.TemporaryDirectory() as folder:
            found = modules.for_action("disk", "a", self.unpacked(folder, files))
        names = [
            "disk-modules/00-usb_common.ko",
            "disk-modules/01-ehci_pci.ko",
            "disk-modules/02-scsi_mod.ko",
            "disk-modules/03-usb_storage.ko",
            "disk-modules/04-sd_mod.ko",
        ]
        self.assertEqual(list(found), names)
        self.assertEqual(found[names[1]], usb)

    def test_modules_that_cannot_be_had(self):
        for name, said in (
            ("scsi/sd_mod.ko", "no module ehci_pci"),
            ("usb/ehci-pci.ko.zst", "ehci-pci.ko.zst cannot be read"),
        ):
            with tempfile.TemporaryDirectory() as folder:
                kernel = self.unpacked(folder, {name: b""})
                self.assertRaisesRegex(UserError, said, modules.for_action, "disk", "a", kernel)

    def test_files_go_behind_the_initramfs(self):
        first = b"12345"
        data = initramfs.with_files(first, {"modules/00-a.ko": b"A", "modules/01-b.ko": b"B"})
        self.assertTrue(data.startswith(first + b"\0\0\0" + b"070701"))
        names = re.findall(rb"modules(?:/[\w.-]+)?(?=\0)", data)
        self.assertEqual(names, [b"modules", b"modules/00-a.ko", b"modules/01-b.ko"])


class Unpacking(unittest.TestCase):
    def test_folders_of_a_package(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name in ("DEBIAN/control", "boot/k", "usr/lib/m/usb/u.ko", "usr/lib/m/x/x.ko"):
                (folder / "p" / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / "p" / name).write_text(CONTROL)
            argv = ["dpkg-deb", "-b", folder / "p", folder / "p.deb"]
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
            debs, out = [folder / "p.deb"], folder / "out"
            for only, wanted in (
                (("./*lib/m/usb/*", "./boot/*"), {"u.ko", "k"}),
                (("./*lib/m/scsi/*", "./boot/*"), {"k"}),  # not every kernel has everything
                ("./boot", {"k"}),
            ):
                archive.extract(debs, out, only)
                found = {path.name for path in out.rglob("*") if path.is_file()}
                self.assertEqual(found, wanted)
            self.assertRaises(UserError, archive.extract, debs, out, ("./*scsi/*",))


class Options(unittest.TestCase):
    def test_the_action_needs_a_disk(self):
        words = ["run", "--append", "quiet lapwing.do=reboot,disk"]
        self.assertRaisesRegex(UserError, "--disk MB", run.check, cli.parser().parse_args(words))
        run.check(cli.parser().parse_args([*words, "--disk", "8"]))
        run.check(cli.parser().parse_args([*words, "--initrd", "mine"]))


if __name__ == "__main__":
    unittest.main()
