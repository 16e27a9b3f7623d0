# SPDX-License-Identifier: GPL-2.0-only
"""Bochs' machines with OVMF, a UEFI firmware, as their ROM image.

OVMF asks QEMU's fw_cfg for ACPI tables, which Bochs does not have, so GRUB's command `acpi` brings
them: the DSDT is that of Bochs' own BIOS, the others say what Bochs has. OVMF keeps variables in memory.
"""

import pathlib
import struct

from ... import packages
from ...base import UserError
from .bochs import Bochs, BochsAmd

ROM = pathlib.Path("/usr/share/ovmf/OVMF.fd")
LAPIC, IO_APIC = 0xFEE00000, 0xFEC00000
PM, SMI_COMMAND, SCI = 0xB000, 0xB2, 9
PM1_CONTROL, PM_TIMER = PM + 4, PM + 8
ACPI_ON, ACPI_OFF = 0xF1, 0xF0
# Advanced Configuration and Power Interface 1.0, "Fixed ACPI Description Table Fixed Feature Flags"
WBINVD, PROC_C1, SLP_BUTTON, RTC_NOT_FIXED = 1 << 0, 1 << 2, 1 << 5, 1 << 6
NO_C2, NO_C3 = 0xFFF, 0xFFF


def table(signature, revision, body):
    """An ACPI table with its header, whose bytes add up to 0."""
    size = 36 + len(body)
    head = struct.pack("<4sIBB6s8sI4sI", signature, size, revision, 0, b"BOCHS", signature, 1, b"BXPC", 1)
    total = -sum(head + body) & 0xFF
    return head[:9] + bytes([total]) + head[10:] + body


def dsdt(bios):
    """The table that lies ready in the image of Bochs' own BIOS."""
    at = bios.find(b"DSDT")
    while at >= 0:
        found = bios[at : at + int.from_bytes(bios[at + 4 : at + 8], "little")]
        if len(found) > 36 and sum(found) & 0xFF == 0:
            return found
        at = bios.find(b"DSDT", at + 1)
    raise UserError("the BIOS of Bochs has no DSDT")


def fadt():
    """The PIIX4's registers, where OVMF puts them. GRUB fills in where the DSDT is."""
    return table(
        b"FACP", 1,
        struct.pack(
            "<IIBxHI4B8I6BBBHHHHBBBBB3xI",
            0, 0, 0, SCI, SMI_COMMAND, ACPI_ON, ACPI_OFF, 0, 0,
            PM, 0, PM1_CONTROL, 0, 0, PM_TIMER, 0, 0, 4, 2, 0, 4, 0, 0, 0, 0,
            NO_C2, NO_C3, 0, 0, 0, 0, 0, 0, 0, WBINVD | PROC_C1 | SLP_BUTTON | RTC_NOT_FIXED,
        ),
    )  # fmt: skip


def madt(cpus):
    """Each CPU, the I/O APIC behind them, and the PIT at its input 2."""
    rows = [struct.pack("<BBBBI", 0, 8, n, n, 1) for n in range(cpus)]
    rows.append(struct.pack("<BBBxII", 1, 12, cpus, IO_APIC, 0))
    rows.append(struct.pack("<BBBBIH", 2, 10, 0, 0, 2, 0))
    return table(b"APIC", 1, struct.pack("<II", LAPIC, 1) + b"".join(rows))


class BochsUefi(Bochs):
    name = "bochs-uefi"
    description = "bochs with UEFI firmware"
    uefi = True

    def ensure(self, progress):
        super().ensure(progress)
        packages.ensure(packages.UEFI, progress)
        if not ROM.exists():
            raise UserError(f"{ROM}: no such file: the package ovmf has put it elsewhere")
        self.own_bios, self.bochs.bios = self.bochs.bios, ROM

    def acpi_tables(self, cpus):
        return (fadt(), dsdt(self.own_bios.read_bytes()), madt(cpus))


class BochsAmdUefi(BochsUefi, BochsAmd):
    name = "bochs-amd-uefi"
    description = "bochs-amd with UEFI firmware"
    model, vendor = BochsAmd.model, BochsAmd.vendor
