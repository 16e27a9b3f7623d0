# SPDX-License-Identifier: GPL-2.0-only
"""A case: what is booted where, and what it must show. The one way in which anything is booted.

`lapwing run` makes a case of its command line, `lapwing test` has a table of them.
"""

import dataclasses
import os
import pathlib
import shlex
import shutil
import threading

from . import runner
from .base import BUILD, DEFAULT_CONFIG, ROOT, UserError
from .emulators.core_file import MOST_MIB
from .emulators.machines.base import RunSpec
from .guests import disk, initramfs, installed, kernels, modules, systems, xen
from .guests.kernel_args import action_names, actions
from .images import bootcd, bootdisk, build, espdisk, iso, tick_marks
from .judging.verdict import Expectation

DEFAULT_APPEND = "console=ttyS0,115200 panic=-1"
KEPT_RUNS = 10

_build_lock = threading.Lock()  # one build at a time, where cases are carried out side by side


@dataclasses.dataclass(frozen=True)
class Case:
    """One run.

    `guest` is one of guests.names(), a file, "none" (no module) or "junk".
    """

    name: str
    config: str = DEFAULT_CONFIG  # "" boots the guest bare
    machine: str = "tcg"
    guest: str = "linux-5.10"
    payload: str = ""  # a Multiboot payload of test/guest instead of `guest`; `append` is its line
    sector: str = ""  # a boot sector of test/guest/sectors instead: the BIOS's drive 80H
    multiboot: str = ""  # a file instead of that
    modules: tuple = ()  # files, of such a kernel
    initrd: str = ""  # a file instead of the tool's own
    cpus: int = 4
    memory: int = 1024
    append: str = ""
    hv_options: str = ""
    grub: tuple = ()  # lines of GRUB's script, before all others
    disk_grub: tuple = ()  # the same for the GRUB of a disk that lapwing.efi starts
    protocol: str = "multiboot2"  # or multiboot; "efi": lapwing.efi, for a guest with `chain`
    compiler: str = "gcc"
    cpu_model: str = ""
    chain: bool = False  # the guest is on a hard disk that boots by itself, not a module
    cd_sectors: int = 0  # ... on a second CD, whose boot catalog has so many sectors to be read
    disk_image: str = ""  # a file that is that hard disk
    installed: str = ""  # Lapwing is too: "kernel" or "disk", the entry of the disk's GRUB menu to take
    disk: int = 0  # MiB of content on a USB disk, for the action disk
    resets: bool = False  # the guest resets the CPUs and goes on
    refused: str = ""
    routing: str = ""  # what each Linux must say that it uses
    flags: frozenset = None  # the features that Linux must find, for the action flags
    says: tuple = ()
    never: tuple = ()
    expect: tuple = ()  # regular expressions: the run ends well when all have been matched
    fail: tuple = ()  # ... and badly when one is
    slow: int = 1  # factor on the machine's time limit
    timeout: float = None  # seconds instead of that; 0: no limit
    gdb: bool = False
    dump: str = ""  # the file that gets the machine's memory at the end
    extra: tuple = ()  # further arguments for the emulator
    marks: bool = False  # GRUB and the Linux guest make those of tick_marks.py
    against_bare: bool = False  # the sector int15: booted bare first, and what it says is compared
    full: bool = False  # a row that is run by `lapwing test --full` only, or by its name
    tags: tuple = ()  # further words by which the row can be picked


def test_initrd(guest, kernel, arch, append, folder, progress):
    """The initramfs that the command line's actions need; one with more than usual in `folder`."""
    wanted = {"kexec", *modules.WANTED} & set(actions(append))
    path = initramfs.make(arch, progress)
    if not wanted:
        return path
    data = path.read_bytes()
    for action in sorted(wanted & set(modules.WANTED)):
        if guest not in kernels.LINUX:
            raise UserError(f"no modules for {guest}; for lapwing.do={action} take linux-5.10")
        data = initramfs.with_files(data, modules.for_action(action, guest, kernel))
    if "kexec" in wanted:
        if arch != "amd64":
            raise UserError(
                "lapwing.do=kexec needs a 64-bit kernel: kexec_file_load(2) is for those"
            )
        second = {"boot/vmlinuz": kernel.read_bytes(), "boot/initrd": data}
        data = initramfs.with_files(data, second)
    path = folder / "initramfs"
    path.write_bytes(data)
    return path


def guest_of(case, folder, progress):
    """The iso.Linux, iso.Multiboot or None that a case boots."""
    if case.multiboot:
        files = tuple(iso.Module(pathlib.Path(path)) for path in case.modules)
        return iso.Multiboot(pathlib.Path(case.multiboot), case.append, files)
    if case.payload:
        with _build_lock:
            return iso.Multiboot(build.payload(case.payload, progress), case.append)
    if case.sector and case.chain:
        with _build_lock:
            return iso.Sector(build.sector(case.sector, progress))
    if case.guest == "none" or case.sector or case.guest in installed.GUESTS:
        return None
    if case.guest in systems.SYSTEMS:
        return systems.guest(case.guest, case.append, progress)
    append = f"{DEFAULT_APPEND} {case.append}".strip()
    if case.guest == "junk":
        junk = folder / "junk"
        junk.write_text("This is no kernel.\n" * 1000)
        return iso.Linux(junk, None, append)
    kernel, arch = kernels.resolve(xen.DOM0 if case.guest == xen.NAME else case.guest, progress)
    initrd = pathlib.Path(case.initrd) if case.initrd else None
    if initrd is None:
        initrd = test_initrd(case.guest, kernel, arch, append, folder, progress)
    if case.marks:
        kernel = tick_marks.marked_file(kernel, folder)
    linux = iso.Linux(kernel, initrd, append)
    return xen.above(linux, progress) if case.guest == xen.NAME else linux


def append_on_disk(case, config):
    """Words for the kernel of an installed system; the first action gets it under an installed Lapwing."""
    if not case.installed:
        return case.append
    words = [word for word in case.append.split() if not word.startswith("lapwing.do=")]
    entry = f"lapwing-{config.installed_as()}-{'disk' if case.installed == 'disk' else ''}"
    todo = ",".join([f"grub-entry:{entry}", *actions(case.append)])
    return " ".join([*words, f"lapwing.do={todo}"])


def files_to_install(case, config, folder):
    """{path on the disk: path here} of Lapwing as it is installed there."""
    with _build_lock:
        files = build.installed_files(config, folder / "installed", case.compiler)
    settings = {}
    if case.hv_options:
        settings["GRUB_CMDLINE_LAPWING"] = case.hv_options
    if case.protocol == "efi":
        settings["LAPWING_DISK"] = iso.DISK_LOADER
    if settings:
        words = folder / "default-lapwing"
        lines = (f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
        words.write_text("".join(lines))
        files["/etc/default/lapwing"] = words
    return files


def hard_disk_of(case, config, guest, folder, progress):
    """Path of the hard disk that a case boots, or None."""
    if case.sector and not case.chain:
        with _build_lock:
            sector = build.sector(case.sector, progress)
        return bootdisk.of_sector(folder / "hard-disk.img", sector)
    if case.disk_image:
        return pathlib.Path(case.disk_image).resolve()
    out = folder / "hard-disk.img"
    if case.guest in installed.GUESTS:
        files = files_to_install(case, config, folder) if case.installed else {}
        installed.make(out, case.guest, append_on_disk(case, config), files, progress)
        if case.protocol == "efi":
            places = (iso.DISK_LOADER, espdisk.FALLBACK) if case.installed else (iso.DISK_LOADER,)
            espdisk.append(out, 1, espdisk.script_of_system(installed.UUID), {}, places)
        return out
    if not case.chain:
        return None
    if case.protocol == "efi":
        return espdisk.make(out, guest, case.disk_grub)
    return bootdisk.make(out, guest)


def workdir(name):
    """An empty folder for a run's files. The newest KEPT_RUNS folders of `lapwing run` stay."""
    folder = BUILD / "runs" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    old = sorted((BUILD / "runs").glob("run-*"), key=lambda path: path.stat().st_mtime)
    for path in old[:-KEPT_RUNS]:
        shutil.rmtree(path, ignore_errors=True)
    return folder


def gdb_hint(elf):
    """What to type in another terminal."""
    if elf is None:
        return "QEMU waits for GDB on port 1234: gdb -ex 'target remote :1234'"
    return (
        f"QEMU waits for GDB on port 1234: gdb {os.path.relpath(elf)} "
        f"-x {os.path.relpath(ROOT / 'tools/gdb/lapwing.py')} -ex 'target remote :1234' "
        "-ex lapwing-start"
    )


def time_limit(case, machine):
    """Seconds that a case may take, 0 for no limit."""
    if case.timeout is not None:
        return case.timeout
    if case.gdb or "shell" in actions(case.append):
        return 0
    return machine.timeout_s * case.slow


def expectation(case, config, guest, folder, bare=None):
    """What a case must show. `bare` is the report of the same run without Lapwing, or None."""
    linux = guest.append if isinstance(guest, iso.Linux) else getattr(guest, "linux", None)
    on_disk = case.guest in installed.GUESTS
    return Expectation(
        cpus=case.cpus,
        hypervisor=bool(config),
        leaf=bool(config and config.has_leaf()),
        payload=bool(case.sector) or (isinstance(guest, iso.Multiboot) and linux is None),
        maps=bare.lines if bare else None,
        append=append_on_disk(case, config) if on_disk else linux or "",
        on_disk=on_disk,
        refused=case.refused,
        routing=case.routing,
        flags=case.flags,
        says=case.says,
        never=case.never,
        foreign=bool(case.multiboot),
        expect=case.expect,
        fail=case.fail,
        disk=disk.make(folder / "disk.img", case.disk) if case.disk else None,
    )


def carry_out(case, machine, progress, screen=None, own_limit=0):
    """Build what a case needs, boot it on `machine`, which is its own, and judge it.

    `own_limit` is as for runner.run(). Returns the runner's Outcome. The console goes to `screen` live; it stays in build/runs, and
    with it the images of a run that failed.
    """
    bare = None
    if case.against_bare:
        lone = dataclasses.replace(
            case, name=f"{case.name}.bare", config="", says=(), against_bare=False
        )
        outcome = carry_out(lone, machine, progress, screen)
        if outcome.problems:
            return outcome
        bare = outcome.report
    config = build.find(case.config) if case.config else None
    if config and config.vendor() != machine.vendor:
        what = f"{config.name} is for {config.vendor()}, {machine.name} is {machine.vendor}"
        progress(f"{what}: no match")
    machine.ensure(progress)
    folder = workdir(case.name)
    guest = guest_of(case, folder, progress)
    elf = None
    if config:
        with _build_lock:
            elf = build.loadable(config, progress, case.compiler, efi=case.protocol == "efi")
    hard_disk = hard_disk_of(case, config, guest, folder, progress)
    if hard_disk and machine.uefi and case.protocol != "efi":
        raise UserError(f"{machine.name} has no BIOS, which boots a hard disk")
    if case.dump and (not machine.dumps or case.memory > MOST_MIB):
        raise UserError(f"--dump is for QEMU and Bochs with up to {MOST_MIB} MiB, not for this {machine.name}")
    cd = image = None
    if case.cd_sectors:
        cd = bootcd.make(folder / "guest.iso", guest, case.cd_sectors, progress)
    if cd and not config:
        cd, image = None, cd
    elif not case.installed:
        on_cd = None if hard_disk or cd else guest
        options = f"{espdisk.CHAIN} {case.hv_options}" if case.protocol == "efi" else case.hv_options
        how = (options, case.protocol, machine.uefi, machine.acpi_tables(case.cpus), case.grub, case.marks)
        image = iso.make(folder / "boot.iso", on_cd, elf, *how)
    expect = expectation(case, config, guest, folder, bare)
    spec = RunSpec(
        image,
        case.cpus,
        case.memory,
        folder,
        gdb=case.gdb,
        cpu_model=case.cpu_model,
        # To Bochs a suspend is a reset that keeps memory.
        reset_ok=case.resets
        or case.payload == "suspend"
        or bool({"reboot", "suspend", "grub-entry"} & set(action_names(expect.append))),
        hard_disk=hard_disk,
        cd=cd,
        disk=expect.disk,
        dump=pathlib.Path(case.dump).resolve() if case.dump else None,
        extra=case.extra,
    )
    if case.gdb:
        progress(gdb_hint(elf and elf.with_suffix(".elf")))
    what = case.multiboot or case.payload or case.sector or case.guest
    progress(f"booting {what} on {machine.name}, {case.cpus} CPUs")
    outcome = runner.run(machine, spec, expect, time_limit(case, machine), screen, own_limit)
    if not outcome.problems:
        (folder / "boot.iso").unlink(missing_ok=True)
        (folder / "hard-disk.img").unlink(missing_ok=True)
        (folder / "guest.iso").unlink(missing_ok=True)
        (folder / tick_marks.KERNEL).unlink(missing_ok=True)
        shutil.rmtree(folder / "installed", ignore_errors=True)
        if expect.disk:
            expect.disk.path.unlink()
    return outcome
