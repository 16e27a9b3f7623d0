# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's machines with OVMF, a UEFI firmware, instead of a BIOS."""

import pathlib
import shutil

from ... import packages
from ...base import UserError
from .qemu import IOMMU, Tcg

OVMF = pathlib.Path("/usr/share/OVMF")
DISPLAY = ["-device", "VGA"]  # the firmware's framebuffer
CODE, VARIABLES = OVMF / "OVMF_CODE_4M.fd", OVMF / "OVMF_VARS_4M.fd"


class TcgUefi(Tcg):
    name = "tcg-uefi"
    description = "tcg with UEFI firmware"
    uefi = True
    devices = DISPLAY
    # OVMF's other CPUs wait in MWAIT if they have it, which TCG spins in.
    cpu = Tcg.cpu + ",-monitor"

    def ensure(self, progress):
        super().ensure(progress)
        packages.ensure(packages.UEFI, progress)
        if not CODE.exists():
            raise UserError(f"{CODE}: no such file: the package ovmf has put it elsewhere")

    def start(self, spec):
        # The firmware's variables are the run's own, and new in each run.
        shutil.copyfile(VARIABLES, spec.workdir / "nvram.fd")
        return super().start(spec)

    def words(self, spec, iso, e9):
        flash = [f"if=pflash,format=raw,readonly=on,file={CODE}"]
        flash.append(f"if=pflash,format=raw,file={spec.workdir / 'nvram.fd'}")
        drives = [word for drive in flash for word in ("-drive", drive)]
        return [*super().words(spec, iso, e9), *drives]


class TcgX2apicUefi(TcgUefi):
    name = "tcg-x2apic-uefi"
    description = "tcg-x2apic with UEFI firmware"
    devices = [*IOMMU, *DISPLAY]
