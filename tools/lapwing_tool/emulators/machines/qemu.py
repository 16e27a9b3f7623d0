# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's own CPU emulation (TCG): AMD processors with SVM and nested paging, no hardware needed."""

from .. import core_file, qemu_setup
from .base import Machine, Session

# Its interrupt line is level-triggered: the controller has no MSI.
USB_DISK = ["-device", "usb-ehci,id=ehci", "-device", "usb-storage,bus=ehci.0,drive=disk"]
IOMMU = ["-device", "intel-iommu,intremap=on,eim=on"]


# For a dump, which is made of the file.
MEMORY = "memory"


class QemuSession(Session):
    """A Session that leaves out QEMU's remarks on CPU features that its TCG lacks."""

    def dump(self, spec):
        memory = spec.workdir / MEMORY
        with core_file.standing_still(self.process):
            core_file.from_file(memory, spec.dump)
        memory.unlink()

    def complaints(self):
        return [line for line in super().complaints() if "doesn't support requested" not in line]


class Qemu(Machine):
    """What all QEMU machines share; a subclass says which accelerator, CPU and chipset."""

    dumps = True
    accelerator = ""
    cpu = ""
    # Without SMM: TCG obeys the intercepts of a guest in SMM, where SeaBIOS reads port 92H for a disk.
    chipset = "q35,smm=off"
    devices = ()

    def ensure(self, progress):
        self.qemu = qemu_setup.ensure(progress)

    def medium(self, iso):
        """The arguments for the drive with the image."""
        if iso is None:
            return ["-boot", "c"]
        return ["-cdrom", str(iso), "-boot", "d"]

    def words(self, spec, iso, e9):
        """QEMU's arguments for `spec`; `iso` and `e9` are paths as QEMU sees them."""
        argv = ["-nodefaults", "-no-user-config"]
        argv += ["-machine", self.chipset, "-accel", self.accelerator]
        argv += ["-cpu", spec.cpu_model or self.cpu, "-smp", str(spec.cpus)]
        argv += ["-m", f"{spec.memory_mb}M", "-display", "none", "-nic", "none"]
        argv += self.medium(iso)
        argv += ["-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"]
        argv += ["-debugcon", f"file:{e9}"]
        argv += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        argv += self.devices
        if spec.hard_disk:
            argv += ["-drive", f"if=ide,format=raw,snapshot=on,file={spec.hard_disk}"]
        if spec.cd:
            argv += ["-drive", f"if=ide,index=3,media=cdrom,file={spec.cd}"]
        if spec.disk:
            image = f"if=none,id=disk,format=raw,cache=unsafe,file={spec.disk.path.name}"
            argv += ["-drive", image, *USB_DISK]
        if spec.dump:
            size = f"size={spec.memory_mb}M"
            argv += ["-object", f"memory-backend-file,id=ram,share=on,{size},mem-path={MEMORY}"]
            argv += ["-machine", "memory-backend=ram"]
        if not spec.reset_ok:
            argv += ["-no-reboot"]
        if spec.gdb:
            argv += ["-gdb", "tcp:127.0.0.1:1234", "-S"]
        return [*argv, *spec.extra]

    def start(self, spec):
        words = self.words(spec, spec.iso, spec.workdir / "e9.log")
        argv = [self.qemu.program, *self.qemu.arguments, *words]
        return QemuSession(argv, spec.workdir, env=self.qemu.env)


class Tcg(Qemu):
    name = "tcg"
    vendor = "svm"
    description = "QEMU without KVM, AMD CPU; Linux stays in xAPIC mode on it by itself"
    accelerator = "tcg,thread=multi"
    cpu = "EPYC,+svm,+npt,+x2apic"


class TcgX2apic(Tcg):
    name = "tcg-x2apic"
    description = (
        "the same with interrupt remapping, for which a bare Linux switches to x2APIC mode"
    )
    devices = IOMMU
