# SPDX-License-Identifier: GPL-2.0-only
"""GDB commands for a Lapwing that runs in QEMU, after `target remote :1234`.

  lapwing-start            run until Lapwing has moved itself to its final place, with symbols there
  lapwing-symbols OFFSET   symbols for one that runs already; OFFSET is what its log said after -o
  lapwing-log              the memory ring that holds the last 16 KiB of the log
  lapwing-cpus             each CPU: is it parked, its last exit, where its guest was
  lapwing-trace [CPU [N]]  the last N exits (20) of a CPU (0), oldest first

Lapwing's addresses are physical ones. While a guest runs, GDB would look them up in the guest's page
tables; so these commands switch QEMU's stub to physical memory for as long as they read.
"""

import contextlib

import gdb

LINK_BASE = 0x100000


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
                count, records = int(v["trace"]["next"]), v["trace"]["ring"]
                last = records[(count - 1) % (records.type.range()[1] + 1)] if count else None
                rip = f"{int(last['rip']):#x}" if last else "-"
                print(
                    f"cpu {n} apic id {int(v['apic_id'])} {v['smp']['state']} "
                    f"exits {count}, last {v['exit']['kind']} at {rip}"
                )


class Trace(gdb.Command):
    """lapwing-trace [CPU [N]]: the last N exits (20) of a CPU (0), oldest first."""

    def __init__(self):
        super().__init__("lapwing-trace", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = [int(word, 0) for word in argument.split()] + [0, 20][len(argument.split()) :]
        with physical_memory():
            trace = value(f"machine.cpus[{words[0]}]->trace")
            kinds = gdb.lookup_type("enum vm_exit_kind")
            ring, after = trace["ring"], int(trace["next"])
            size = ring.type.range()[1] + 1
            for n in range(max(0, after - min(words[1], size)), after):
                r = ring[n % size]
                print(
                    f"{n} tsc {int(r['tsc'])} rip {int(r['rip']):#x} {r['kind'].cast(kinds)} "
                    f"info {int(r['info']):#x}"
                )


for command in (Start, Symbols, Log, Cpus, Trace):
    command()
