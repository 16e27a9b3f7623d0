#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Cross-checks the instruction decoder against GNU as and objdump.

Generates a table of instructions with known operands, assembles it in the three modes, and compares what
the decoder says (through insn_probe) with lengths from the assembler and objdump and with addresses, values,
registers and flags computed here from the operands, not from the bytes. Usage: insn_cross.py PROBE
"""
import errno
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

M64 = (1 << 64) - 1
RIP, OLD, RFLAGS = 0x00007FFF12345678, 0xFEDCBA9876543210, 0x8D7
GPR = [(0xA3C5E7F981726354 * (i + 1) ^ 0x0123456789ABCDEF) & M64 for i in range(16)]
LEGACY = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"]
SEGMENTS = ["es", "cs", "ss", "ds", "fs", "gs"]
IGNORED_OVERRIDES = {"es": 0x26, "cs": 0x2E, "ss": 0x36, "ds": 0x3E}
PTR = {1: "byte ptr", 2: "word ptr", 4: "dword ptr", 8: "qword ptr"}
KINDS = ["CPUID", "RDMSR", "WRMSR", "HLT", "VMRUN", "VMLOAD", "VMSAVE", "STGI", "CLGI", "SKINIT", "INVLPGA", "INVD",
         "MWAIT"]


def reg_name(number, size):
    if number >= 8:
        return f"r{number}" + {1: "b", 2: "w", 4: "d", 8: ""}[size]
    if size == 1:
        return ["al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"][number]
    return {2: "", 4: "e", 8: "r"}[size] + LEGACY[number]


def mask(size):
    return (1 << 8 * size) - 1


def signed(value, size):
    value &= mask(size)
    return value - (1 << 8 * size) if value >> (8 * size - 1) else value


class Memory:
    """A memory operand: text for the assembler, address and segment that the decoder has to find."""

    BASES_16 = [(3, 6), (3, 7), (5, 6), (5, 7), (6, None), (7, None), (5, None), (3, None)]

    def __init__(self, rng, mode):
        self.addr_size = rng.choice({16: [2, 4], 32: [4, 4, 2], 64: [8, 8, 4]}[mode])
        width = 2 if self.addr_size == 2 else 4
        form = rng.choice(["base", "base", "both", "both", "index", "bare", "rip"])
        if form == "bare" and width != (2 if mode == 16 else 4) or form == "rip" and mode != 64:
            form = "base"  # gas cannot write a bare displacement of the other size
        base = index = None
        scale = 1
        if self.addr_size == 2:
            if form != "bare":
                base, index = rng.choice(self.BASES_16)
        else:
            count = 16 if mode == 64 else 8
            if form in ("base", "both"):
                base = rng.randrange(count)
            if form in ("both", "index"):
                index = rng.choice([i for i in range(count) if i != 4])
                scale = rng.choice([1, 2, 4, 8] if base is not None else [2, 4, 8])
        disp = signed(rng.getrandbits(8 * width), width)
        if base is not None:
            disp = rng.choice([0, 1, 0x7F, -0x80, 0x80, -0x81, disp])

        self.rip = form == "rip"
        self.sum = disp
        parts = []
        if self.rip:
            parts.append("rip" if self.addr_size == 8 else "eip")
        if base is not None:
            parts.append(reg_name(base, self.addr_size))
            self.sum += GPR[base]
        if index is not None:
            name = reg_name(index, self.addr_size)
            parts.append(name if self.addr_size == 2 else f"{name}*{scale}")
            self.sum += GPR[index] * scale
        text = "+".join(parts) + f"{disp:+d}" if parts else str(disp if mode == 64 else disp & mask(width))
        if form == "bare" and mode == 64:
            self.addr_size = 8

        override = rng.choice([None] * 5 + SEGMENTS)
        ignored = mode == 64 and override in IGNORED_OVERRIDES
        shown = None if ignored else override or ("ds" if form == "bare" else None)
        self.text = (f"{shown}:" if shown else "") + f"[{text}]"
        self.prefix = f".byte {IGNORED_OVERRIDES[override]}; " if ignored else ""
        if form == "base" and base is not None and rng.random() < 0.3:
            self.prefix += "{disp16} " if self.addr_size == 2 else "{disp32} "
        default = "ss" if base in (4, 5) else "ds"
        self.segment = SEGMENTS.index(default if ignored or not override else override)

    def address(self, length):
        return self.sum + (RIP + length if self.rip else 0) & mask(self.addr_size)


def alu(kind, old, src, size):
    """Result and the flags CF PF AF ZF SF OF; AF comes out 0 for the logical ones."""
    sign = 1 << (8 * size - 1)
    flags = 0
    if kind in ("or", "and", "xor"):
        result = {"or": old | src, "and": old & src, "xor": old ^ src}[kind]
    else:
        step = 1 if kind == "add" else -1
        exact = old + step * src
        result = exact & mask(size)
        flags |= 1 if exact != result else 0
        low = (old & 15) + step * (src & 15)
        flags |= 0x10 if not 0 <= low <= 15 else 0
        wide = signed(old, size) + step * signed(src, size)
        flags |= 0x800 if wide != signed(result, size) else 0
    flags |= 4 if bin(result & 0xFF).count("1") % 2 == 0 else 0
    flags |= 0x40 if result == 0 else 0
    flags |= 0x80 if result & sign else 0
    return result, flags


def write_reg(gpr, number, size, value, high=False):
    shift = 8 if high else 0
    keep = 0 if size == 4 else M64 & ~(mask(size) << shift)
    gpr[number] = gpr[number] & keep | (value & mask(size)) << shift


def store_case(rng, mode):
    """One instruction that the decoder must take: (source line, function of length -> expected fields)."""
    kind = rng.choice(["mov"] * 6 + ["load", "xchg", "add", "or", "and", "sub", "xor", "moffs", "stos"])
    size = rng.choice([1, 2, 4, 8] if mode == 64 else [1, 2, 4])
    gpr = list(GPR)
    flags = RFLAGS
    old = OLD & mask(size)
    if kind == "stos":
        addr_size = {16: 2, 32: 4, 64: 8}[mode]
        line = "stos" + {1: "b", 2: "w", 4: "d", 8: "q"}[size]
        write_reg(gpr, 7, addr_size, GPR[7] + size)
        want = (size, addr_size, 0, GPR[7] & mask(addr_size), GPR[0] & mask(size), flags, gpr)
        return line, lambda length: want
    if kind == "moffs":
        addr_size = {16: 2, 32: 4, 64: 8}[mode]
        offset = rng.getrandbits(8 * addr_size)
        segment = rng.choice([None, "fs", "gs"])
        name = "movabs" if mode == 64 else "mov"
        line = f"{name} {segment or 'ds'}:[{offset}], {reg_name(0, size)}"
        if mode == 64 and not segment:
            line = f"movabs [{offset}], {reg_name(0, size)}"
        want = (size, addr_size, SEGMENTS.index(segment or "ds"), offset, GPR[0] & mask(size), flags, gpr)
        return line, lambda length: want

    memory = Memory(rng, mode)
    high = False
    if kind not in ("load", "xchg") and rng.random() < 0.4:
        width = min(size, 4)
        imm = signed(rng.choice([rng.getrandbits(8 * width), rng.getrandbits(7), -1]), width)
        src, operand = imm & mask(size), str(imm)
    else:
        number = rng.randrange(16 if mode == 64 else 8)
        operand = reg_name(number, size)
        if size == 1 and mode != 64:
            high = number >= 4
            operand = ["al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"][number]
        elif size == 1 and number in (4, 5, 6, 7) and not re.search(r"r\d", memory.text):
            high = rng.random() < 0.5  # AH and the like cannot be combined with a REX prefix
            operand = ["ah", "ch", "dh", "bh"][number - 4] if high else operand
        if high:
            number -= 4
        src = GPR[number] >> (8 if high else 0) & mask(size)
    if kind == "mov":
        value = src
    elif kind in ("load", "xchg"):  # of a load nothing is stored
        value = src
        write_reg(gpr, number, size, old, high)
    else:
        value, changed = alu(kind, old, src, size)
        flags = RFLAGS & ~0x8D5 | changed
    line = f"{memory.prefix}{kind} {PTR[size]} {memory.text}, {operand}"
    if kind == "load":
        line = f"{memory.prefix}mov {operand}, {PTR[size]} {memory.text}"
    return line, lambda length: (size, memory.addr_size, memory.segment, memory.address(length), value,
                                 flags, gpr)


REFUSED = {
    0: ["rep stosb", "rep stosd", "movsb", "movsd", "push eax", "lock or dword ptr [ebx], 1", "mov eax, ebx",
        "mov al, bl", "cmp dword ptr [ebx], 1", "adc dword ptr [ebx], eax",
        "sbb byte ptr [ebx], 3", "xchg ebx, ecx", "or eax, ebx", "add ebx, 1", "inc dword ptr [ebx]",
        "mov word ptr [ebx], ds", "movaps [ebx], xmm0", "cmpxchg [ebx], ecx", "push dword ptr [ebx]",
        "not dword ptr [ebx]", "test dword ptr [ebx], 1", "nop", "call [ebx]", "bts dword ptr [ebx], 1",
        "xadd [ebx], ecx", "vmovaps [ebx], xmm1", "xacquire lock or dword ptr [ebx], 1", ".byte 0xc6, 0xc8, 1",
        ".byte 0xc7, 0x09, 1, 2, 3, 4", "mov ebx, 5", "int3", "ud2", "hlt", "cpuid"],
    64: ["push rax", "movq [rbx], xmm0", "rep stosq", "cmpxchg16b [rbx]", "movnti [rbx], rax"],
    32: ["pusha", ".byte 0x82, 0x0b, 1", "call 0x10:0x20"],
    16: [],
}

SIMPLE = {kind: kind.lower() for kind in KINDS}
PREFIXES = ["", "", ".byte 0x66; ", ".byte 0x67; ", ".byte 0x2e; ", ".byte 0x65; ", ".byte 0x66, 0x66; ",
            ".byte 0xf2; ", ".byte 0x64, 0x67, 0x66; "]


def simple_cases(rng, mode):
    for kind, line in SIMPLE.items():
        for prefix in PREFIXES:
            yield kind, prefix + line
        if mode == 64:
            yield kind, f".byte 0x4{rng.randrange(16):x}; " + line


def assemble(lines, mode, directory):
    """Returns the bytes of each line; objdump must see the same boundaries."""
    source = os.path.join(directory, f"m{mode}.s")
    with open(source, "w", encoding="ascii") as f:
        f.write(f".intel_syntax noprefix\n.code{mode}\n.text\n")
        for i, line in enumerate(lines):
            f.write(f"l{i}: {line}\n")
        f.write(f"l{len(lines)}:\n.section .lens,\"\"\n")
        for i in range(len(lines)):
            f.write(f".long l{i + 1}-l{i}\n")
    obj = os.path.join(directory, f"m{mode}.o")
    subprocess.run(["as", "--64", "-o", obj, source], check=True)
    blobs = []
    for section in (".text", ".lens"):
        out = os.path.join(directory, "blob")
        subprocess.run(["objcopy", "-O", "binary", "-j", section, "--set-section-flags",
                        f"{section}=alloc", obj, out], check=True)
        with open(out, "rb") as f:
            blobs.append(f.read())
    text, lens = blobs
    result, at = [], 0
    for i in range(len(lines)):
        length = int.from_bytes(lens[4 * i:4 * i + 4], "little")
        result.append(text[at:at + length])
        at += length
    return result


def objdump_lengths(blobs, mode, directory):
    """Each instruction on its own 32-byte slot, padded with NOPs; the first one's length by objdump."""
    out = os.path.join(directory, "slots")
    with open(out, "wb") as f:
        for blob in blobs:
            f.write(blob.ljust(32, b"\x90"))
    machine = {16: ["-m", "i8086"], 32: ["-m", "i386"], 64: ["-m", "i386:x86-64"]}[mode]
    text = subprocess.run(["objdump", "-D", "-b", "binary", "-w", "-z", "--no-show-raw-insn", *machine, out],
                          check=True, capture_output=True, text=True).stdout
    starts = sorted(int(m, 16) for m in re.findall(r"^\s*([0-9a-f]+):\t", text, re.M))
    known = {}
    for a, b in zip(starts, starts[1:] + [32 * len(blobs)]):
        known[a] = b - a
    return [known.get(32 * i) for i in range(len(blobs))]


def main():
    probe = sys.argv[1]
    for tool in ("as", "objcopy", "objdump"):
        if not shutil.which(tool):
            print(f"SKIP: no {tool}")
            return 77
    rng = random.Random(20240229)
    requests, checks = [], []
    with tempfile.TemporaryDirectory() as directory:
        for mode in (16, 32, 64):
            stores = [store_case(rng, mode) for _ in range(6000)]
            blobs = assemble([line for line, _ in stores], mode, directory)
            for (line, expect), blob, seen in zip(stores, blobs, objdump_lengths(blobs, mode, directory)):
                if seen != len(blob):
                    sys.exit(f"objdump and as disagree: {mode} {line}: {blob.hex()} {seen}")
                requests.append(f"store {mode} {blob.hex()}{rng.getrandbits(32):08x}")
                want = expect(len(blob))
                checks.append((mode, line, blob, [0, len(blob), *want[:6], *want[6]]))

            lines = REFUSED[mode] + ([re.sub(r"\[ebx", "[rbx", s) for s in REFUSED[0] if s != "push eax" and
                                      s != "push dword ptr [ebx]" and s != "call [ebx]"]
                                     if mode == 64 else REFUSED[0])
            for line, blob in zip(lines, assemble(lines, mode, directory)):
                requests.append(f"store {mode} {blob.ljust(15, bytes(1)).hex()}")
                checks.append((mode, line, blob, [-errno.ENOTSUP]))

            simple = list(simple_cases(rng, mode))
            blobs = assemble([line for _, line in simple], mode, directory)
            for (kind, line), blob in zip(simple, blobs):
                requests.append(f"length {mode} {KINDS.index(kind)} {blob.hex()}{rng.getrandbits(16):04x}")
                checks.append((mode, line, blob, [len(blob)]))
                other = rng.choice([k for k in KINDS if k != kind])
                requests.append(f"length {mode} {KINDS.index(other)} {blob.ljust(15, bytes(1)).hex()}")
                checks.append((mode, f"{line} taken for {other}", blob, [-errno.EINVAL]))

    run = subprocess.run([probe], input="\n".join(requests) + "\n", capture_output=True, text=True, check=False)
    answers = run.stdout.splitlines()
    failed = 0
    for (mode, line, blob, want), answer in zip(checks, answers):
        shown = " ".join(f"{v:x}" if i > 4 else str(v) for i, v in enumerate(want))
        if answer != shown:
            failed += 1
            if failed <= 20:
                print(f"not ok: {mode}-bit {line}: {blob.hex()}\n    want {shown}\n    got  {answer}")
    if run.returncode or len(answers) != len(checks):
        print(f"{probe} ended with {run.returncode} after {len(answers)} of {len(checks)}:\n{run.stderr[-3000:]}")
        return 1
    print(f"{len(checks)} instructions, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
