# SPDX-License-Identifier: GPL-2.0-only
"""What a record of the trace means, in words."""

MODES = ("fixed", "lowest", "SMI", "reserved", "NMI", "INIT", "SIPI", "ExtINT")
SHORTHANDS = ("", "self", "all", "all but self")
IPI_X2APIC = 1 << 31  # of a record's reason; the rest is the number of CPUs (src/core/trace.h)
APIC_PAGE = 0xFEE00
# Of the xAPIC page, by 16 bytes; MSR 800H and on have the same order.
REGISTERS = {
    0x02: "ID", 0x03: "version", 0x08: "TPR", 0x0A: "PPR", 0x0B: "EOI", 0x0D: "LDR", 0x0E: "DFR",
    0x0F: "SVR", 0x28: "ESR", 0x2F: "LVT CMCI", 0x30: "ICR", 0x31: "ICR high", 0x32: "LVT timer",
    0x33: "LVT thermal", 0x34: "LVT counters", 0x35: "LVT LINT0", 0x36: "LVT LINT1",
    0x37: "LVT error", 0x38: "initial count", 0x39: "current count", 0x3E: "divide", 0x3F: "self-IPI",
}  # fmt: skip
MSRS = {0x1B: "IA32_APIC_BASE", 0x6E0: "IA32_TSC_DEADLINE", 0xC0000080: "EFER"}


def register(number):
    """A register of the local APIC by its number."""
    for base, kind in ((0x10, "ISR"), (0x18, "TMR"), (0x20, "IRR")):
        if base <= number < base + 8:
            return f"{kind}[{(number - base) * 32}]"
    return REGISTERS.get(number, f"register {number:#x}")


def ipi(info, reason):
    """An IPI that a guest has asked for."""
    mode, shorthand, dest = info >> 8 & 7, info >> 18 & 3, info >> 32
    if mode == 5 and info & 1 << 15 and not info & 1 << 14:
        what = "INIT de-assert"
    else:
        what = MODES[mode] + (f" v={info & 0xFF:02x}" if mode in (0, 1, 6, 7) else "")
    kind = "logical " if info & 1 << 11 else ""
    to = SHORTHANDS[shorthand] or f"{kind}{dest:#x}"
    cpus = reason & ~IPI_X2APIC
    reached = f": {cpus} CPU{'' if cpus == 1 else 's'}" if mode in (5, 6) else ""
    how = "x2APIC " if reason & IPI_X2APIC else ""
    return f"{how}ICR {info & 0xFFFFFFFF:x} {what} -> {to}{reached}"


def msr(number):
    """An MSR."""
    name = MSRS.get(number)
    if 0x800 <= number < 0x840:
        name = register(number - 0x800)
    return f"{number:x}" + (f" ({name})" if name else "")


def of(record):
    """The words for a record."""
    kind, info = record.kind, record.info
    if kind == "ipi":
        return ipi(info, record.reason)
    if kind in ("rdmsr", "wrmsr"):
        return msr(info)
    if kind == "pgfault":
        lapic = f" (LAPIC {register(info >> 4 & 0xFF)})" if info >> 12 == APIC_PAGE else ""
        return f"at {info:x}{lapic}"
    if kind in ("apic-access", "apic-write"):
        return register(info >> 4)
    if kind in ("excp", "irq", "apic-eoi", "sipi"):
        return f"vector {info:02x}"
    return f"port {info:x}" if kind == "io" else ""
