# SPDX-License-Identifier: GPL-2.0-only
"""GDB commands for a Lapwing that runs in QEMU, after `target remote :1234`, or for a dump of `lapwing run --dump`.

  lapwing-start            run until Lapwing has moved itself to its final place, with symbols there
  lapwing-symbols OFFSET   symbols for one that runs already; OFFSET is what its log said after -o
  lapwing-log              the memory ring that holds the last 16 KiB of the log
  lapwing-cpus             each CPU: is it parked, its last exit, where its guest was
  lapwing-trace [CPU [N]]  the last N exits (20) of a CPU (0), and the IPIs in them, oldest first
  lapwing-trace-kinds [KIND ...]   what is recorded from now on; alone: what is recorded now
  lapwing-slat CPU GPA     the second-level mapping of a guest-physical address, entry by entry
  lapwing-vmcb CPU         the control block of a CPU, field by field (AMD)
  lapwing-vmcs [CPU]       the same (Intel): of a CPU in a dump of Bochs; live that of the selected thread
  lapwing-guest-symbols [KERNEL [CPU]]   the guest kernel's own symbols, where KASLR has put it
  lapwing-guest-stack [CPU [N]]          where a CPU's guest is, and what its stack leads back to

Lapwing's addresses are physical ones. While a guest runs, GDB would look them up in the guest's page
tables; so these commands switch QEMU's stub to physical memory for as long as they read.
"""

import contextlib
import pathlib
import re
import sys

import gdb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lapwing_tool import guests  # noqa: E402
from lapwing_tool.base import BUILD, UserError  # noqa: E402
from lapwing_tool.emulators import bochs_vmcs  # noqa: E402
from lapwing_tool.guests import kallsyms, symbol_file  # noqa: E402
from lapwing_tool.trace import command as trace_text, rings  # noqa: E402

LINK_BASE = 0x100000


def is_dump():
    """Whether this is a dump of memory, whose addresses are physical ones anyway."""
    connection = gdb.selected_inferior().connection
    return connection is None or connection.type == "core"


@contextlib.contextmanager
def physical_memory():
    """QEMU's stub reads physical memory in here."""
    if is_dump():
        yield
        return
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


def physical_bytes(address, size):
    """Bytes of physical memory."""
    return gdb.selected_inferior().read_memory(address, size).tobytes()


def execute(code, rcx):
    """What a CPU that is in Lapwing has in RAX after an instruction; all else is as before."""
    pc = int(value("$pc")) & (1 << 64) - 1
    if gdb.find_pc_line(pc).symtab is None:
        raise gdb.GdbError("that CPU is not in Lapwing: stop it there, as by hbreak in a function of its")
    saved = {name: int(value(f"${name}")) for name in ("rax", "rcx", "eflags")}
    memory = gdb.selected_inferior()
    there = memory.read_memory(pc, len(code)).tobytes()
    try:
        memory.write_memory(pc, code)
        gdb.execute(f"set var $rcx = {rcx:#x}", to_string=True)
        gdb.execute("stepi", to_string=True)
        return int(value("$rax")) & (1 << 64) - 1
    finally:
        memory.write_memory(pc, there)
        for name, old in {**saved, "pc": pc}.items():
            gdb.execute(f"set var ${name} = {old}", to_string=True)


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
        # Functions in C can be inlined into others; this one is assembly, and jumps to relocated().
        gdb.execute("thbreak relocate_jump")
        gdb.execute("continue", to_string=True)
        load_symbols(int(value("$rdi")) - int(value("&relocated")))
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
                last, trace = v["exit"], v["trace"]
                written = int(trace["next"])
                newest = trace["ring"][(written - 1) % int(trace["records"])]["rip"] if written else 0
                print(
                    f"cpu {n} apic id {int(v['apic_id'])} {v['smp']['state']} "
                    f"records {written}, last {last['kind']} at {int(newest):#x}, "
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


def control_block(cpu):
    """The struct virt_vcpu of a CPU, and whether it is of AMD's kind."""
    block = value(f"*machine.cpus[{cpu}]->virt")
    return block, "vmcb" in [field.name for field in block.type.fields()]


class Vmcb(gdb.Command):
    """lapwing-vmcb CPU: the control block of a CPU, field by field."""

    def __init__(self):
        super().__init__("lapwing-vmcb", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        with physical_memory():
            block, is_amd = control_block(int(argument or 0))
            if not is_amd:
                raise gdb.GdbError("this image is for Intel: lapwing-vmcs")
            for field in block["vmcb"].type.fields():
                if not field.name.startswith("reserved"):
                    text = block["vmcb"][field].format_string(format="x", max_elements=16)
                    print(f"{field.bitpos // 8:03x} {field.name} {text}")


VMREAD = b"\x0f\x78\xc8"  # VMREAD RAX, RCX


def vmcs_fields():
    """[(encoding, name)] of the fields that Lapwing uses."""
    kinds = [gdb.lookup_type(f"enum {name}") for name in ("vmcs16", "vmcs64", "vmcs32", "vmcs_natural")]
    fields = [field for kind in kinds for field in kind.fields()]
    return [(field.enumval, field.name.removeprefix("VMCS_")) for field in fields]


def vmcs_in_dump(cpu):
    """The bytes of a CPU's VMCS."""
    with physical_memory():
        block, is_amd = control_block(cpu)
        if is_amd:
            raise gdb.GdbError("this image is for AMD: lapwing-vmcb")
        return physical_bytes(int(block["vmcs"].address), block["vmcs"].type.sizeof)


class Vmcs(gdb.Command):
    """lapwing-vmcs [CPU]: a VMCS, field by field; live by VMREAD, on the thread that is selected."""

    def __init__(self):
        super().__init__("lapwing-vmcs", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        if is_dump():
            vmcs = vmcs_in_dump(int(argument or 0))
            read = lambda encoding: bochs_vmcs.value(vmcs, encoding)
        elif argument:
            raise gdb.GdbError("VMREAD reads the VMCS of the CPU that executes it: select its thread")
        else:
            read = lambda encoding: execute(VMREAD, encoding)
        for encoding, name in vmcs_fields():
            print(f"{encoding:04x} {name} {read(encoding):#x}")


class GuestSymbols(gdb.Command):
    """lapwing-guest-symbols [KERNEL [CPU]]: the guest's symbols, moved as KASLR has moved the kernel.

    KERNEL is a name that --guest knows (linux-5.10) or a bzImage. CPU is one that has run it (0).
    """

    GATE, PAGE_FAULT, HANDLER = 16, 14, "asm_exc_page_fault"
    ALIGNED, FARTHEST = 1 << 21, 1 << 30  # CONFIG_PHYSICAL_ALIGN; KERNEL_IMAGE_SIZE

    def __init__(self):
        super().__init__("lapwing-guest-symbols", gdb.COMMAND_FILES)

    def invoke(self, argument, from_tty):
        words = argument.split() + ["linux-5.10", "0"][len(argument.split()) :]
        try:
            path = guests.fetch(words[0], print) if words[0] in guests.names() else pathlib.Path(words[0])
            symbols = kallsyms.symbols(path.read_bytes(), print)
        except (UserError, OSError) as error:
            raise gdb.GdbError(str(error)) from None
        handlers = [at for at, _, name in symbols if name == self.HANDLER]
        if not handlers:
            raise gdb.GdbError(f"{path.name} has no {self.HANDLER}: it is older than 5.8")
        with physical_memory():
            offset = self.handler(guest_state(int(words[1]))) - handlers[0]
        if offset % self.ALIGNED or not 0 <= offset < self.FARTHEST:
            raise gdb.GdbError(f"the guest's IDT is not that of {path.name}: another kernel, or not up yet")
        moved = [(at + offset, kind, name) for at, kind, name in symbols if at >= kallsyms.KERNEL_BASE]
        out = BUILD / f"symbols-{path.name}-{offset:x}.elf"
        out.write_bytes(symbol_file.document(moved))
        gdb.execute(f"add-symbol-file {out}", to_string=True)
        print(f"{len(moved)} symbols of {path.name}; KASLR has moved it by {offset:#x}")

    def handler(self, state):
        """Where the guest's gate for #PF leads."""
        at = translated(state["idt"] + self.GATE * self.PAGE_FAULT, state["cr3"])
        gate = physical_bytes(at, self.GATE)
        return int.from_bytes(gate[:2] + gate[6:12], "little")


class GuestStack(gdb.Command):
    """lapwing-guest-stack [CPU [N]]: where the guest is, and what its N words of stack (200) lead back to.

    It needs the guest's symbols. Not each word that looks like a return address is one.
    """

    def __init__(self):
        super().__init__("lapwing-guest-stack", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        words = [int(word, 0) for word in argument.split()] + [0, 200][len(argument.split()) :]
        with physical_memory():
            state = guest_state(words[0])
            stack = [state["rsp"] + 8 * number for number in range(words[1])]
            places = [int.from_bytes(self.word(at, state["cr3"]), "little") for at in stack]
        print(f"{state['rip']:#x} {self.symbol(state['rip'])}")
        for place in places:
            if place >= kallsyms.KERNEL_BASE and self.symbol(place):
                print(f"  {place:#x} {self.symbol(place)}")

    def word(self, at, cr3):
        """A word of the stack; 0 where that ends."""
        try:
            return physical_bytes(translated(at, cr3), 8)
        except gdb.GdbError:
            return bytes(8)

    def symbol(self, place):
        """The symbol of an address, if it is one of the guest's."""
        text = gdb.execute(f"info symbol {place:#x}", to_string=True)
        return "" if text.startswith("No symbol") else text.partition(" in section")[0]


def guest_state(cpu):
    """The guest's IDT, CR3, RIP and RSP at the CPU's last exit; live on Intel, where it is now."""
    block, is_amd = control_block(cpu)
    if is_amd:
        vmcb = block["vmcb"]
        found = (vmcb["idtr"]["base"], vmcb["cr3"], vmcb["rip"], vmcb["rsp"])
    elif is_dump():
        vmcs, fields = vmcs_in_dump(cpu), {name: encoding for encoding, name in vmcs_fields()}
        names = ("GUEST_IDTR_BASE", "GUEST_CR3", "GUEST_RIP", "GUEST_RSP")
        found = [bochs_vmcs.value(vmcs, fields[name]) for name in names]
    else:
        text = gdb.execute("monitor info registers -a", to_string=True)
        patterns = (r"IDT= *(\w+)", r"CR3=(\w+)", r"RIP=(\w+)", r"RSP=(\w+)")
        found = [int(re.findall(pattern, text)[cpu], 16) for pattern in patterns]
    return dict(zip(("idt", "cr3", "rip", "rsp"), map(int, found)))


PRESENT, BIG, ADDRESS = 1, 1 << 7, 0x000FFFFFFFFFF000


def translated(linear, cr3):
    """The guest-physical address of a linear one, by the guest's page tables of four levels."""
    table = cr3 & ADDRESS
    for level in (3, 2, 1, 0):
        index = linear >> (12 + 9 * level) & 0x1FF
        entry = int.from_bytes(physical_bytes(table + 8 * index, 8), "little")
        if not entry & PRESENT:
            raise gdb.GdbError(f"the guest has no page at {linear:#x}: its kernel is not up yet")
        table = entry & ADDRESS
        if level == 0 or level < 3 and entry & BIG:
            inside = (1 << (12 + 9 * level)) - 1
            return table & ~inside | linear & inside
    return None


for command in (Start, Symbols, Log, Cpus, Trace, TraceKinds, Slat, Vmcb, Vmcs, GuestSymbols, GuestStack):
    command()
