# SPDX-License-Identifier: GPL-2.0-only
"""GRUB scripts, the initramfs archive, configurations, and the matrix's own consistency."""

import pathlib
import subprocess
import struct
import tempfile
import unittest
import unittest.mock

from lapwing_tool import guests
from lapwing_tool.emulators import bochs_build, machines
from lapwing_tool.guests import initramfs, kernel_args, kernels, xen
from lapwing_tool.images import bootcd, bootdisk, build, espdisk, iso
from lapwing_tool.testing import matrix

TOOL = pathlib.Path(build.ROOT) / "tools/kconfig.py"


class Scripts(unittest.TestCase):
    def test_linux_under_lapwing(self):
        text = iso.script(iso.Linux("k", "i", "a=1 b;c"), True, "log=e9", "multiboot2")
        self.assertIn("multiboot2 /boot/lapwing.elf 'log=e9'\n", text)
        self.assertIn("module2 /boot/guest 'a=1' 'b;c'\nmodule2 /boot/initrd\n", text)

    def test_linux_bare(self):
        text = iso.script(iso.Linux("k", "i", "quiet"), False, "", "multiboot2")
        self.assertIn("linux /boot/guest 'quiet'\ninitrd /boot/initrd\nboot\n", text)

    def test_payload(self):
        guest = iso.Multiboot("p", "x", (iso.Module("m", "y"),))
        text = iso.script(guest, True, "", "multiboot")
        self.assertIn(
            "multiboot /boot/lapwing.elf\nmodule /boot/guest 'x'\nmodule /boot/module0 'y'\n", text
        )
        text = iso.script(guest, False, "", "multiboot")
        self.assertIn("multiboot /boot/guest 'x'\nmodule /boot/module0 'y'\n", text)

    def test_xen_has_a_linux_above_it(self):
        with unittest.mock.patch.object(xen, "kernel", return_value="xen"):
            guest = xen.above(iso.Linux("k", "i", "quiet"), None)
        self.assertEqual(guest.linux, "quiet console=hvc0")
        text = iso.script(guest, True, "", "multiboot2")
        self.assertIn("module2 /boot/module0 'quiet' 'console=hvc0'\nmodule2 /boot/module1\n", text)

    def test_uefi_application(self):
        text = iso.script(None, True, espdisk.CHAIN, "efi")
        self.assertIn("chainloader /boot/lapwing.efi 'chain=\\EFI\\debian\\grubx64.efi'\nboot\n", text)
        text = iso.script(None, False, "", "efi")
        self.assertIn("chainloader /EFI/debian/grubx64.efi\nboot\n", text)

    def test_quotes(self):
        self.assertEqual(iso.quoted("it's $x"), "'it'\\''s' '$x'")


class BootDisk(unittest.TestCase):
    """A hard disk that a BIOS boots."""

    def test_grub_is_where_grub_install_would_put_it(self):
        data = bootdisk.first_sectors(bytes(range(256)) * 2, b"\x01" * 1300, 2048)
        self.assertEqual(len(data), 512 + 3 * 512)
        self.assertEqual(data[0x5C:0x64], (1).to_bytes(8, "little"))
        self.assertEqual(data[510:512], b"\x55\xaa")
        self.assertEqual(data[446 + 16 : 510], bytes(48))  # no second partition
        start, count, segment = struct.unpack("<QHH", data[1024 - 12 : 1024])
        self.assertEqual((start, count, segment), (2, 2, 0x820))
        first, size = struct.unpack("<II", data[446 + 8 : 446 + 16])
        self.assertEqual((first * 512, size), (bootdisk.PARTITION_AT, 2048))

    def test_its_grub_starts_linux(self):
        text = bootdisk.script(iso.Linux("k", "i", "a=1 b;c"))
        self.assertIn("linux /boot/guest 'a=1' 'b;c'\ninitrd /boot/initrd\nboot\n", text)

    def test_its_grub_starts_other_guests(self):
        text = bootdisk.script(iso.Linux("k", None, "", "linux16"))
        self.assertIn("linux16 /boot/guest\nboot\n", text)
        text = bootdisk.script(iso.Multiboot("k", "x", (iso.Module("m", "y"), iso.Module("n"))))
        self.assertIn("multiboot2 /boot/guest 'x'\nmodule2 /boot/module0 'y'\n", text)
        self.assertIn("chainloader /boot/guest\nboot\n", bootdisk.script(iso.Sector("s")))


class BootCd(unittest.TestCase):
    def test_its_isolinux_starts_linux(self):
        text = bootcd.script(iso.Linux("k", "i", "a=1 b"))
        self.assertIn("KERNEL /guest\nAPPEND a=1 b\nINITRD /initrd\n", text)

    def test_the_count_is_in_the_catalog(self):
        data = bytearray(20 * 2048)
        data[17 * 2048 + 0x47] = 19  # the boot record: where the catalog is
        with tempfile.NamedTemporaryFile() as cd:
            cd.write(data)
            cd.flush()
            bootcd.set_count(cd.name, 0x1234)
            data[19 * 2048 + 0x26 : 19 * 2048 + 0x28] = b"\x34\x12"
            self.assertEqual(pathlib.Path(cd.name).read_bytes(), data)


class Archive(unittest.TestCase):
    def test_cpio_is_readable_and_repeatable(self):
        programs = {"busybox": b"busybox", "probe-cpus": b"probe"}
        data = initramfs.archive(programs, b"init")
        self.assertEqual(data, initramfs.archive(programs, b"init"))
        offset, names = 0, []
        while offset < len(data):
            head = data[offset : offset + 110]
            self.assertEqual(head[:6], b"070701")
            length, name_length = int(head[54:62], 16), int(head[94:102], 16)
            names.append(data[offset + 110 : offset + 109 + name_length].decode())
            offset = (offset + 110 + name_length + 3) // 4 * 4
            offset = (offset + length + 3) // 4 * 4
        self.assertIn("bin/probe-cpus", names)
        self.assertEqual(names[-1], "TRAILER!!!")

    def test_made_anew_when_a_file_changes(self):
        with tempfile.TemporaryDirectory() as folder:
            one, two = (pathlib.Path(folder) / name for name in ("guest.h", "mark.c"))
            one.write_text("a")
            two.write_text("b")
            seen = {initramfs.stamp(b"busybox", [one, two])}
            self.assertIn(initramfs.stamp(b"busybox", [two, one]), seen)
            one.write_text("aa")
            seen.add(initramfs.stamp(b"busybox", [one, two]))
            seen.add(initramfs.stamp(b"busybox", [two]))
            seen.add(initramfs.stamp(b"", [one, two]))
        self.assertEqual(len(seen), 4)


class Guests(unittest.TestCase):
    def test_architecture_from_the_kernel_header(self):
        head = bytearray(0x400)
        head[0x202:0x206] = b"HdrS"
        with tempfile.NamedTemporaryFile() as file:
            for flag, arch in ((1, "amd64"), (0, "i386")):
                head[0x236] = flag
                pathlib.Path(file.name).write_bytes(head)
                self.assertEqual(kernels.arch_of(file.name), arch)
            pathlib.Path(file.name).write_bytes(b"text")
            self.assertIsNone(kernels.arch_of(file.name))


class Configurations(unittest.TestCase):
    def resolve(self, text):
        """(status, resolved text or messages) of a configuration."""
        with tempfile.TemporaryDirectory() as folder:
            source, out = pathlib.Path(folder) / "a.config", pathlib.Path(folder) / "out"
            source.write_text(text)
            done = subprocess.run(
                [TOOL, "resolve", source, "-o", out], stderr=subprocess.PIPE, text=True, check=False
            )
            return done.returncode, out.read_text() if out.exists() else done.stderr

    def test_complete(self):
        status, text = self.resolve("CONFIG_XAPIC_METHOD_DECODE=y\n")
        self.assertEqual(status, 0)
        self.assertIn("CONFIG_TRACE_RECORDS=", text)
        self.assertIn("CONFIG_XAPIC_METHOD_DECODE=y\n", text)
        self.assertNotIn("METHOD_DB", text)

    def test_rejected(self):
        self.assertEqual(self.resolve("CONFIG_NO_SUCH=y\n")[0], 1)
        status, text = self.resolve("CONFIG_TRACE_RECORDS=7\n")
        self.assertEqual(status, 1)
        self.assertIn("TRACE_RECORDS", text)


class Matrix(unittest.TestCase):
    def test_rows_name_what_exists(self):
        names = [case.name for case in matrix.cases()]
        self.assertEqual(len(names), len(set(names)))
        configs = {config.name for config in build.named()} | {""}
        for case in matrix.cases():
            self.assertIn(case.machine, machines.MACHINES)
            self.assertIn(case.config, configs)
            self.assertIn(case.guest, [*guests.names(), "none", "junk"])
            self.assertEqual("disk" in kernel_args.actions(case.append), case.disk > 0, case.name)

    def test_bochs_is_built_with_the_models_of_the_rows(self):
        for case in matrix.cases():
            machine = machines.get(case.machine)
            if case.machine.startswith("bochs"):
                model = (case.cpu_model or machine.model).partition(",")[0]
                self.assertIn(model, bochs_build.MODELS, case.name)


if __name__ == "__main__":
    unittest.main()
