# SPDX-License-Identifier: GPL-2.0-only
"""A guest of an L0: its console among the words of L0's init, remarks, and a lock-up told apart."""

import pathlib
import tempfile
import unittest
from unittest import mock

from lapwing_tool.emulators import l0_qemu, l0_watch
from lapwing_tool.emulators.machines import base, kvm_amd

MARK = "l0-0123456789abcdef"


class Streams(unittest.TestCase):
    def test_words_of_init_are_no_console(self):
        whole = f"{MARK} ready\nGRUB\nl0-01 l0-\n{MARK} ended 0\n".encode()
        for size in range(1, len(whole) + 1):
            stream, console, said = kvm_amd.Stream(MARK), b"", []
            for at in range(0, len(whole), size):
                more, words = stream.take(whole[at : at + size])
                console, said = console + more, said + words
            self.assertEqual(console, b"GRUB\nl0-01 l0-\n", size)
            self.assertEqual(said, [["ready"], ["ended", "0"]], size)

    def test_a_console_is_held_back_only_where_a_mark_may_begin(self):
        stream = kvm_amd.Stream(MARK)
        self.assertEqual(stream.take(b"login: l0-0"), (b"login: ", []))
        self.assertEqual(stream.take(b"x"), (b"l0-0x", []))


class Watches(unittest.TestCase):
    def test_a_sign_of_life_in_time(self):
        watch = l0_watch.Watch()
        for n in range(10):
            cpu_s = n * (l0_watch.SILENT_CPU_S - 1)
            self.assertIsNone(watch.look(str(n), cpu_s, n * (l0_watch.SILENT_S - 1)))

    def test_silence_while_the_emulator_computes(self):
        watch = l0_watch.Watch()
        self.assertIsNone(watch.look("1", 5, 0))
        self.assertIsNone(watch.look("1", 5 + l0_watch.SILENT_CPU_S - 1, 1))
        self.assertRegex(watch.look("1", 5 + l0_watch.SILENT_CPU_S, 1), "emulator locked up")

    def test_silence_while_the_emulator_sleeps(self):
        watch = l0_watch.Watch()
        watch.look("1", 5, 0)
        self.assertRegex(watch.look("1", 5, l0_watch.SILENT_S), "emulator locked up")


class FakeL0:
    """Gives out `reads`, then nothing more."""

    def __init__(self, share, reads, lines=()):
        self.share, self.reads, self.lines = share, list(reads), list(lines)
        self.mark, self.ready = MARK, False
        self.written, self.cpu_s, self.ended = [], 0, False

    def read(self, _timeout):
        self.cpu_s += 1
        return self.reads.pop(0) if self.reads else b""

    def write(self, data):
        self.written.append(data)

    def clock(self):
        return self.cpu_s

    def sign(self):
        return ""

    def exits(self):
        return 84936

    def kernel_lines(self):
        lines, self.lines = self.lines, []
        return lines

    def end(self):
        self.ended = True


RESETS = """\
CPU Reset (CPU 0)
EAX=00000000 EBX=00000000 ECX=00000000 EDX=00000000
EIP=00000000 EFL=00000000 [-------] CPL=0 II=0 A20=0 SMM=0 HLT=0
CR0=00000000 CR2=00000000 CR3=00000000 CR4=00000000
CPU Reset (CPU 1)
RAX=0000000000000000 RBX=0000000000000000
RIP=ffffffff81000010 RFL=00000046 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=0
CR0=80050033 CR2=0000000000000000 CR3=0000000001000000 CR4=000006f0
"""


class Resets(unittest.TestCase):
    def test_where_the_cpus_were(self):
        said = kvm_amd.at_resets(RESETS)
        self.assertEqual(said, ["CPU 1 was reset at ffffffff81000010, in ring 0, CR0 80050033"])


class Guests(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.share, work = self.folder / "share", self.folder / "row"
        self.share.mkdir()
        work.mkdir()
        (work / "boot.iso").write_bytes(b"ISO")
        self.spec = base.RunSpec(work / "boot.iso", 2, 512, work)

    def run_guest(self, l0):
        """(console, Guest) after all of it was read."""
        guest, console = kvm_amd.Guest(l0, self.spec, ["-smp", "2"]), b""
        while (data := guest.read(0)) is not None:
            console += data
        return console, guest

    def test_the_job_is_given_when_init_is_ready_and_l0_kept_at_the_end(self):
        l0 = FakeL0(self.share, [f"{MARK} ready\n".encode(), f"GRUB\n{MARK} ended 0\n".encode()])
        console, guest = self.run_guest(l0)
        self.assertEqual((console, l0.written), (b"GRUB\n", [b"row\n"]))
        with mock.patch.object(l0_qemu, "give_back") as give_back:
            guest.stop()
        give_back.assert_called_once_with(l0)
        # Until L0 was ready a second had gone by, which is no cost of the guest.
        self.assertEqual(guest.costs(), {"s of L0's CPU": 1, "exits of KVM": 84936})
        self.assertFalse(l0.ended)

    def test_what_l0s_kernel_says_comes_between_lines(self):
        reads = [f"{MARK} ready\n[lapwing] inf".encode(), f"o\nx\n{MARK} ended 0\n".encode()]
        console, _ = self.run_guest(FakeL0(self.share, reads, ["kvm: Unhandled WRMSR"]))
        self.assertEqual(console, b"[lapwing] info\nx\n[l0] kvm: Unhandled WRMSR\r\n")

    def test_a_silent_l0_is_named_and_ended(self):
        l0 = FakeL0(self.share, [f"{MARK} ready\nGRUB".encode()])
        console, guest = self.run_guest(l0)
        self.assertRegex(console.decode(), r"^GRUB\r\n\[l0\] the outer emulator locked up")
        guest.stop()
        self.assertTrue(l0.ended)

    def test_an_l0_that_ends_is_named(self):
        console, _ = self.run_guest(FakeL0(self.share, [None]))
        self.assertRegex(console.decode(), r"^\[l0\] L0 ended by itself")


if __name__ == "__main__":
    unittest.main()
