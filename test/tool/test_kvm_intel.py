# SPDX-License-Identifier: GPL-2.0-only
"""How an L0 gets into Bochs' memory, and what the tool makes of its words and L1's."""

import gzip
import pathlib
import struct
import tempfile
import unittest

from lapwing_tool.base import UserError
from lapwing_tool.emulators import l0_kernel, l0_memory
from lapwing_tool.emulators.machines import kvm_intel

ENTRY = l0_kernel.BASE + 0x43


def elf(*segments, kind=1):
    """An ELF64 file of (physical address, content)."""
    head = bytearray(b"\x7fELF".ljust(64, b"\0"))
    struct.pack_into("<Q", head, l0_kernel.ELF_ENTRY, ENTRY)
    struct.pack_into("<Q", head, l0_kernel.ELF_PHOFF, len(head))
    struct.pack_into("<H", head, l0_kernel.ELF_PHNUM, len(segments))
    table, contents = b"", b""
    behind = len(head) + l0_kernel.PROGRAM_HEADER.size * len(segments)
    for address, content in segments:
        size, offset = len(content), behind + len(contents)
        table += l0_kernel.PROGRAM_HEADER.pack(kind, 7, offset, 0, address, size, size + 16, 4096)
        contents += content
    return bytes(head) + table + contents


def bzimage(packed):
    """A bzImage with two setup sectors and `packed` 100H bytes behind them."""
    image = bytearray(3 * l0_kernel.SECTOR + 0x100)
    image[l0_kernel.SETUP_SECTS] = 2
    image[l0_kernel.MAGIC_AT : l0_kernel.MAGIC_AT + 4] = b"HdrS"
    struct.pack_into("<II", image, l0_kernel.PAYLOAD_AT, 0x100, len(packed) + 4)
    return bytes(image) + packed + b"size" + b"more"


class Kernel(unittest.TestCase):
    def test_payload_of_each_kind(self):
        content = elf((l0_kernel.BASE, b"code"))
        self.assertEqual(l0_kernel.payload(bzimage(gzip.compress(content))), content)
        self.assertEqual(l0_kernel.payload(bzimage(content)), content)

    def test_what_is_no_kernel_is_refused(self):
        with self.assertRaisesRegex(UserError, "no bzImage"):
            l0_kernel.payload(bytes(4096))
        with self.assertRaisesRegex(UserError, "unknown way: 01020304"):
            l0_kernel.payload(bzimage(b"\1\2\3\4"))

    def test_segments_lie_where_they_are_to_be(self):
        base = l0_kernel.BASE
        self.assertEqual(
            l0_kernel.flat(elf((base + 8, b"data"), (base, b"code"))),
            (ENTRY, b"code\0\0\0\0data"),
        )
        self.assertEqual(l0_kernel.flat(elf((base, b"note"), kind=4)), (ENTRY, b""))

    def test_a_kernel_for_another_address_is_refused(self):
        with self.assertRaisesRegex(UserError, "linked"):
            l0_kernel.flat(elf((0x100000, b"code")))


class Memory(unittest.TestCase):
    def test_the_archive_of_the_run_is_behind_the_initramfs(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "initramfs").write_bytes(b"12345")
            initramfs = folder / "initramfs"
            parts = l0_memory.Parts(folder / "kernel", ENTRY, initramfs, folder, folder)
            images = l0_memory.load(parts, b"archive", folder)
            behind = dict((path.name, address) for path, address in images)
            self.assertEqual(behind["job.cpio"], l0_memory.INITRAMFS + 5)
            self.assertEqual((folder / "job.cpio").read_bytes(), b"\0\0\0archive")
            block = (folder / "parameters").read_bytes()
        magic, entry, size = struct.unpack_from("<III", block)
        self.assertEqual((magic, entry, size), (l0_memory.MAGIC, ENTRY, 5 + 3 + 7))
        self.assertEqual(block[12:], l0_memory.COMMAND_LINE.encode() + b"\0")

    def test_the_stub_has_the_same_addresses(self):
        stub = (l0_memory.SOURCE / "stub.c").read_text()
        for name in ("PARAMETERS", "INITRAMFS", "MAGIC"):
            self.assertRegex(stub, rf"#define {name} +{getattr(l0_memory, name):#x}\b")


class Words(unittest.TestCase):
    def test_l1_begins_after_its_mark_and_l0_shows_that_it_gets_on(self):
        output = kvm_intel.Output()
        self.assertEqual(output.take(b"Bochs x86 Emulator\n\6"), b"")
        self.assertEqual(output.take(b"\n\2first"), b"first")
        self.assertEqual(output.take(b" \6line\n\6"), b" line\n")
        self.assertEqual(output.alive, 2)

    def test_l0_is_heard_after_grub(self):
        lines = kvm_intel.Lines()
        self.assertEqual(lines.take(b"SeaBIOS\r\n\33[2JGRUB: loading\r\n[ 1.0] kvm: a war"), [])
        self.assertEqual(lines.take(b"ning\r\n\r\nunfinished"), ["[ 1.0] kvm: a warning"])

    def test_l0_has_as_many_cpus_as_its_machine_says(self):
        for machine, cpus in ((kvm_intel.KvmIntel, 1), (kvm_intel.KvmIntel2, 2)):
            bochsrc = kvm_intel.BOCHSRC.format(cpus=machine.l0_cpus, ips=1, port=1)
            self.assertIn(f"count={cpus},", bochsrc)
            job = kvm_intel.JOB.format(cpus=machine.l0_cpus, qemu="qemu")
            self.assertIn(f"print {cpus} * $1 - $2 }}", job)
