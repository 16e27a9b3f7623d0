# SPDX-License-Identifier: GPL-2.0-only
"""GDB commands for a Lapwing that runs in QEMU, after `target remote :1234`.

  lapwing-start            run until Lapwing has moved itself to its final place, with symbols there
  lapwing-symbols OFFSET   symbols for one that runs already; OFFSET is what its log said after -o
  lapwing-log              the memory ring that holds the last 16 KiB of the log
  lapwing-cpus             each CPU: is it parked, its last exit, where its guest was
  lapwing-trace [CPU [N]]  the last N exits (20) of a CPU (0), and the IPIs in them, oldest first
  lapwing-trace-kinds [KIND ...]   what is recorded from now on; alone: what is recorded now
  lapwing-slat CPU GPA     the second-level mapping of a guest-physical address, entry by entry
  lapwing-vmcb CPU         the control block of a CPU, field by field (AMD)

Lapwing's addresses are physical ones. While a guest runs, GDB would look them up in the guest's page
tables; so these commands switch QEMU's stub to physical memory for as long as they read.
"""

import contextlib
import pathlib
import sys

import gdb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lapwing_tool.trace import command as trace_text, rings  # noqa: E402

LINK_BASE = 0x100000
NO_EXIT = 0xFFFFFFFFFFFFFFFF  # TRACE_NO_EXIT


@contextlib.contextmanager
def physical_memory():
    """QEMU's stub reads physical memory in here."""
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    gdb.execute("maintenance flush dcache", to_string=True)
    try:
        yield
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)
        gdb.execute("maintenance flush dcache", to_string=True)


def value(expression):
    """The value of a C expression."""
    return gdb.parse_and_eval(expression)


def load_symbols(offset):
    """Put the image's symbols `offset` above where it was linked, and nowhere else."""
    name = gdb.objfiles()[0].filename if gdb.objfiles() else None
    if not name:
        raise gdb.GdbError("start gdb with the image: gdb build/NAME/lapwing.elf")
    gdb.execute("symbol-file", to_string=True)
    gdb.execute(f"add-symbol-file {name} -o {offset:#x}", to_string=True)
    print(f"symbols of {name} at {LINK_BASE + offset:#x}")


class Start(gdb.Command):
    """Run until Lapwing has moved itself to its final place, with symbols there."""

    def __init__(self):
        super().__init__("lapwing-start", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        gdb.execute("thbreak relocate_to")
        gdb.execute("continue", to_string=True)
        base = int(value("base"))
        load_symbols(base - LINK_BASE)
        gdb.execute("thbreak relocated", to_string=True)
        gdb.execute("continue")


class Symbols(gdb.Command):
    """lapwing-symbols OFFSET: symbols for a Lapwing that runs already."""

    def __init__(self):
        super().__init__("lapwing-symbols", gdb.COMMAND_FILES)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("lapwing-symbols OFFSET, as in the log: ... lapwing.elf -o OFFSET")
        load_symbols(int(argument, 0))


class Log(gdb.Command):
    """The end of Lapwing's log, from its memory ring."""

    def __init__(self):
        super().__init__("lapwing-log", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        with physical_memory():
            ring, written = value("lapwing_log_ring"), int(value("lapwing_log_pos"))
            size = ring.type.sizeof
            data = gdb.selected_inferior().read_memory(int(ring.address), size).tobytes()
        start = written % size if written > size else 0
        text = (data[start:] + data[:start])[:size] if written > size else data[:written]
        print(text.decode(errors="replace"), end="")


class Cpus(gdb.Command):
    """What each CPU of Lapwing's did last."""

    def __init__(self):
        super().__init__("lapwing-cpus", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        with physical_memory():
            for n in range(int(value("machine.cpu_count"))):
                v = value(f"machine.cpus[{n}]")
                number, records = int(v["trace"]["last_exit"]), v["trace"]["ring"]
                last = records[number % (records.type.range()[1] + 1)]
                rip = f"{int(last['rip']):#x}" if number != NO_EXIT else "-"
                print(
                    f"cpu {n} apic id {int(v['apic_id'])} {v['smp']['state']} "
                    f"records {int(v['trace']['next'])}, last {v['exit']['kind']} at {rip}, "
                    f"mailbox {int(v['smp']['mailbox']):#x}"
                )


class Trace(gdb.Command):
    """lapwing-trace [CPU [N]]: the last N exits (20) of a CPU (0), oldest first."""

    def __init__(self):
        super().__init__("lapwing-trace", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = [int(word, 0) for word in argument.split()] + [0, 20][len(argument.split()) :]
        with physical_memory():
            trace = value(f"machine.cpus[{words[0]}]->trace")
            memory = gdb.selected_inferior().read_memory(int(trace.address), trace.type.sizeof)
        ring = rings.rings_in(memory.tobytes()).get(words[0], [])[-words[1] :]
        for record in ring:
            print(trace_text.line(record, ring[0].tsc))


class TraceKinds(gdb.Command):
    """lapwing-trace-kinds [all | none | KIND ...]: what every CPU's trace records from now on."""

    def __init__(self):
        super().__init__("lapwing-trace-kinds", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        names, wanted = rings.kind_names(), argument.replace(",", " ").split()
        unknown = set(wanted) - set(names) - {"all", "none"}
        if unknown:
            raise gdb.GdbError(f"no kind is called {' '.join(unknown)}; all, none, {' '.join(names)}")
        with physical_memory():
            if wanted:
                bits = sum(1 << n for n, name in enumerate(names) if "all" in wanted or name in wanted)
                gdb.execute(f"set var trace_kinds = {bits:#x}")
            now = int(value("trace_kinds"))
        print(" ".join(name for n, name in enumerate(names) if now >> n & 1) or "none")


class Slat(gdb.Command):
    """lapwing-slat CPU GPA: the entries of the second-level tables on the way to an address."""

    LEVELS = ("PT", "PD", "PDPT", "PML4")
    ADDRESS = 0x000FFFFFFFFFF000
    BIG = 1 << 7  # in all three formats

    def __init__(self):
        super().__init__("lapwing-slat", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = argument.split()
        if len(words) != 2:
            raise gdb.GdbError("lapwing-slat CPU GPA")
        gpa = int(words[1], 0)
        with physical_memory():
            slat = value(f"machine.cpus[{int(words[0])}]->slat")
            table = int(slat["root"])
            print(f"{slat['format']} root {table:#x}")
            self.walk(table, gpa)

    def walk(self, table, gpa):
        """Print entry after entry, down to a leaf or to one that is not present."""
        for level in (3, 2, 1, 0):
            index = gpa >> (12 + 9 * level) & 0x1FF
            entry = int(value(f"((unsigned long *){table:#x})[{index}]"))
            print(f"  {self.LEVELS[level]}[{index}] at {table + 8 * index:#x}: {entry:#018x}")
            if not entry & 7:
                print(f"{gpa:#x} is not mapped")
                return
            table = entry & self.ADDRESS
            if level == 0 or entry & self.BIG and level < 3:
                inside = gpa & ((1 << (12 + 9 * level)) - 1)
                print(f"{gpa:#x} is at {(table & ~((1 << (12 + 9 * level)) - 1)) + inside:#x}")
                return


class Vmcb(gdb.Command):
    """lapwing-vmcb CPU: the control block of a CPU, field by field. A VMCS only VMREAD can read."""

    def __init__(self):
        super().__init__("lapwing-vmcb", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        with physical_memory():
            block = value(f"*machine.cpus[{int(argument or 0)}]->virt")
            if "vmcb" not in [field.name for field in block.type.fields()]:
                raise gdb.GdbError("this image is for Intel: a VMCS has no layout; see lapwing-cpus")
            for field in block["vmcb"].type.fields():
                if not field.name.startswith("reserved"):
                    text = block["vmcb"][field].format_string(format="x", max_elements=16)
                    print(f"{field.bitpos // 8:03x} {field.name} {text}")


for command in (Start, Symbols, Log, Cpus, Trace, TraceKinds, Slat, Vmcb):
    command()
