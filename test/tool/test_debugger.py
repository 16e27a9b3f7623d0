# SPDX-License-Identifier: GPL-2.0-only
"""What the GDB commands build on: kallsyms, files of symbols, core files, Bochs' VMCS."""

import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

from lapwing_tool.base import UserError
from lapwing_tool.emulators import bochs_vmcs, core_file
from lapwing_tool.guests import kallsyms, symbol_file
from lapwing_tool.testing.checks import debugger

BASE = 0xFFFFFFFF81000000


def table(count, late):
    """A kernel with a kallsyms of that many symbols; `late`: addresses behind the tokens' index."""
    tokens = [bytes([n]) if 32 <= n < 127 else b"tok%d" % n for n in range(256)]
    names = [b"T" + b"sym%d" % n for n in range(count)]
    packed, marks = bytearray(), []
    for number, name in enumerate(names):
        if number % 256 == 0:
            marks.append(len(packed))
        packed += bytes([len(name)]) + name

    def padded(data):
        return data + bytes(-len(data) % 8)

    offsets = padded(struct.pack(f"<{count}i", 5, *(-1 - 16 * n for n in range(1, count))))
    offsets += struct.pack("<Q", BASE)
    index = [sum(len(t) + 1 for t in tokens[:n]) for n in range(256)]
    parts = [struct.pack("<Q", count), padded(bytes(packed)), padded(struct.pack(f"<{len(marks)}I", *marks))]
    parts += [padded(b"\0".join(tokens) + b"\0"), struct.pack("<256H", *index)]
    parts = [*parts, offsets] if late else [offsets, *parts]
    return bytes(4096) + b"".join(parts) + bytes(64)


class Kallsyms(unittest.TestCase):
    def test_both_orders(self):
        for late in (False, True):
            data = table(20_000, late)
            place, behind, tokens = kallsyms.tokens_at(data)
            number_at, packed = kallsyms.names_before(data, place)
            self.assertEqual(b"".join(tokens[byte] for byte in packed[300]), b"Tsym300")
            found = kallsyms.addresses(data, len(packed), number_at, behind)
            self.assertEqual([found[0], found[1], found[300]], [5, BASE + 16, BASE + 4800])

    def test_what_is_none(self):
        for data in (b"", bytes(1 << 16), b"HdrS" * 1000):
            self.assertRaises(UserError, kallsyms.tokens_at, data)
            self.assertRaises(UserError, kallsyms.unpacked, data.ljust(0x300, b"\0"), None)


class Files(unittest.TestCase):
    def test_gdb_style_symbols(self):
        data = symbol_file.document([(BASE + 16, "T", "one"), (BASE, "D", "zero")])
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            text = subprocess.run(["nm", "-n", file.name], stdout=subprocess.PIPE, text=True, check=True).stdout
        self.assertEqual(text.split(), [f"{BASE:x}", "T", "zero", f"{BASE + 16:x}", "T", "one"])

    def test_the_memory_of_a_bochs_is_found(self):
        # Its second block comes first, and two of eight were never touched. Nothing else is in it.
        program = """
import ctypes, mmap, struct, sys
memory = mmap.mmap(-1, 6 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
block, first, size = 128 << 10, 3 * 4096, 1 << 20
memory[first] = 7
memory[first + block] = 8
vector = ctypes.addressof(ctypes.c_char.from_buffer(memory)) + first
order = (1, 0, None, 2, 3, 4, 5, None)
table = (ctypes.c_uint64 * 8)(*(0 if n is None else vector + n * block for n in order))
behind = vector + size, vector + size + (4 << 20) + block
words = size, size, block, vector - 16, vector, ctypes.addressof(table), *behind
stub = ctypes.create_string_buffer(struct.pack("<QQI4x5QI", *words, 6))
other = ctypes.create_string_buffer(struct.pack("<QQI4x5QI", *words, 5))  # blocks that do not fit
print(flush=True)
sys.stdin.read()
"""
        with subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process, tempfile.TemporaryDirectory() as folder:
            process.stdout.readline()
            out = pathlib.Path(folder) / "core"
            with core_file.standing_still(process):
                core_file.from_process(process.pid, 1, out)
            process.stdin.close()
            content = out.read_bytes()
        memory = content[core_file.BEGIN :]
        self.assertEqual((len(memory), memory[0], memory[core_file.BLOCK]), (core_file.MIB, 8, 7))
        self.assertEqual(content[:4], b"\x7fELF")

    def test_no_memory_of_a_pc(self):
        self.assertRaises(UserError, core_file.from_process, os.getpid(), 1 << 30, os.devnull)


class Vmcs(unittest.TestCase):
    def test_places_are_those_of_bochs(self):
        # VPID, EPTP, the primary controls, the guest's RIP: the first of each width is behind all before.
        places = {0x0000: (0x10, 2), 0x201A: (0x278, 8), 0x4002: (0x718, 4), 0x681E: (0xC08, 8)}
        for encoding, place in places.items():
            self.assertEqual(bochs_vmcs.place(encoding), place, hex(encoding))

    def test_rights_are_turned(self):
        vmcs = bytearray(4096)
        at, _ = bochs_vmcs.place(0x4816)
        vmcs[at : at + 4] = (0xA09B << 8).to_bytes(4, "little")
        self.assertEqual(bochs_vmcs.value(vmcs, 0x4816), 0xA09B)


class Answers(unittest.TestCase):
    def test_each_is_wanted_after_the_last(self):
        debugger.check("a\nb\nc", ("a", "c"))
        self.assertRaisesRegex(UserError, "did not print, after 'b': a", debugger.check, "a\nb\nc", ("b", "a"))


if __name__ == "__main__":
    unittest.main()
