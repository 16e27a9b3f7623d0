# SPDX-License-Identifier: GPL-2.0-only
"""The emulator runs of `lapwing test` in one table: what is booted where, and what it must show."""

from ..cases import Case
from ..emulators import machines
from ..images import bootdisk, build
from ..judging import cpu_flags

DB, DECODE = "svm-xapic_ept", "svm-xapic_ept-decode"
METHODS = {"db": DB, "decode": DECODE}
X2APIC, X2APIC_KVM, LOCKED = "svm-x2apic_msr", "svm-x2apic_msr-kvm", "svm-x2apic_msr-locked"
VMX_METHODS = {
    "db": "vmx-xapic_ept",
    "mtf": "vmx-xapic_ept-mtf",
    "decode": "vmx-xapic_ept-decode",
}
VMX_X2APIC, VMX_X2APIC_KVM = "vmx-x2apic_msr", "vmx-x2apic_msr-kvm"
APICV, APICV_KVM = "vmx-apicv", "vmx-apicv-kvm"

# With interrupt remapping a bare Linux switches to x2APIC mode; under xapic_ept it must not.
CLUSTER = "^cluster x2apic$"
PHYSICAL = "^physical x2apic$"
SWITCHED = r"Switched APIC routing to:? .*x2apic"

# One CPU at first, the others online late, each off and on 20 times, a second kernel by kexec with
# all CPUs, which takes each off and on again, and back to GRUB and Lapwing.
LIFE = "maxcpus=1 lapwing.do=online-late,hotplug:20,kexec,hotplug:2,reboot"

# Suspend to RAM ten times, then each CPU off and on, and off.
SUSPEND = "lapwing.do=suspend:10,hotplug:2"

# Bochs' newest AMD CPU, with what it lacks: without, MSRs from 800H on would be read as 0.
AMD_X2APIC = "ryzen, add_features=x2apic"

# The one with IPI virtualization (16-ipi-virtualization.patch). Linux, bare as well, does not start
# its second CPU.
IPI_VIRTUALIZATION = "sapphire_rapids"

# The LAPIC's timer in its periodic mode, and no clock but its interrupts: a lost one is lost time.
PERIODIC = "nohz=off highres=off lapic=notscdeadline clocksource=jiffies"

# Each character of a message costs an exit to user space.
KVM_GUEST = "quiet mitigations=off"
# Of L0's kernel, which says nothing else on its console. What is known: DEBUGCTL, which Lapwing sets
# to what it is after a reset and this KVM has only with LBR virtualization, and the counter that
# Linux tries, bare as well.
KVM_COMPLAINTS = (
    r"\[l0\] (?!.*Unhandled WRMSR\(0x(?:1d9|c0010007)\))(?!.*reboot: Power down)",
)
# L0's kernel has nothing else to say on its console: what the CPU model of Bochs lacks.
KVM_INTEL_COMPLAINTS = (
    r"\[l0\] (?!.*(?:TSC_DEADLINE disabled due to|Failed to access perfctr|reboot: Power down))",
)

PAYLOADS = (
    "smp",
    "icr",
    "apic-base",
    "device-irq",
    "apic-regs",
    "xapic-step",
    "lapic-exits",
    "x2apic-exits",
    "many",
    "virt-insns",
    "msr-sweep",
    "isolation",
    "hostile",
    "suspend",
    "fuzz",
    "ports",
    "bench",
)

# What another SVM and the interception of INIT make a difference for.
ON_BOCHS_AMD = ("smp", "xapic-step", "device-irq", "isolation", "hostile", "suspend", "fuzz", "ports")
# What has to do with x2APIC mode being locked.
WHEN_LOCKED = ("smp", "icr", "apic-base", "x2apic-exits", "hostile", "fuzz")

# The payload bench judges little: that it goes through in each mode. `lapwing bench` is for its figures.
BENCH_ROWS = (("bochs-amd", "decode"), ("bochs", "apicv"))

# Steps of the payload fuzz, for rows of some seconds. docs/testing.md says how to have more.
FUZZ_STEPS = {"tcg": 2000, "bochs": 300, "bochs-amd": 300}

# Where each payload is run: machine -> {how rows call the image: its configuration}.
PAYLOAD_IMAGES = {
    "tcg": {
        "bare": "",
        **METHODS,
        "x2apic": X2APIC,
        "locked": LOCKED,
    },
    "bochs": {"bare": "", **VMX_METHODS, "x2apic": VMX_X2APIC, "apicv": APICV},
    "bochs-amd": {"bare": "", **METHODS, "x2apic": X2APIC},
}

# What iPXE says once it runs, on a machine without a network card.
IPXE = r"iPXE 1\.0\.0"

SECTORS = ("scribble", "sipi2", "int13")
# One row each where most differs: who steps a store of real mode, whose interrupts are ExtINT.
SHORT_SECTORS = (
    "scribble-decode", "sipi2-db", "int13-decode", "int15-apicv-bochs", "scribble-mtf-bochs",
    "sipi2-apicv-bochs", "int13-apicv-bochs",
)  # fmt: skip


def _boots():
    """Every guest, CPU count and machine with a Debian kernel, bare and under xapic_ept."""
    look = {"append": "lapwing.do=flags"}
    yield Case("bare-tcg", config="", never=(SWITCHED,), flags=cpu_flags.TCG, **look)
    yield Case("flags-db", DB, cpus=2, flags=cpu_flags.under_lapwing(cpu_flags.TCG), **look)
    yield Case("bare-tcg-x2apic", config="", machine="tcg-x2apic", routing=CLUSTER)
    for method, config in METHODS.items():
        says = (rf"strategy xapic_ept, method {method}\b",)
        yield Case(f"boot-{method}-4", config, append="lapwing.do=lwstat", says=says)
        yield Case(f"boot-{method}-x2apic", config, "tcg-x2apic", says=says, never=(SWITCHED,))
        yield Case(f"boot-{method}-686", config, guest="linux-5.10-686")
        yield Case(f"life-{method}", config, append=LIFE, slow=2)
    for cpus in (1, 2, 8):
        yield Case(f"boot-db-{cpus}", cpus=cpus, slow=2)
    yield Case("boot-decode-8", DECODE, cpus=8, slow=2)
    yield Case("boot-nokaslr", append="nokaslr")
    yield Case("boot-6.1", guest="linux-6.1")
    yield Case("boot-6.12", guest="linux-6.12")
    yield Case("boot-cloud", DECODE, guest="linux-5.10-cloud")
    yield Case("boot-multiboot1", DECODE, cpus=2, protocol="multiboot")
    yield Case("boot-clang", cpus=2, compiler="clang")
    yield Case("boot-8-gib", DECODE, cpus=2, memory=8192)
    yield Case("maxcpus-only", cpus=4, append="maxcpus=2")


def _chains():
    """A hard disk that boots by itself: the BIOS, the disk's own GRUB and its Linux run as the guest."""
    on = {"chain": True, "says": ("the boot sector of the BIOS's drive 80H", bootdisk.MARK)}
    again = "lapwing.do=hotplug:2,reboot"
    small = {"guest": "linux-5.10-cloud", "memory": 512, "cpus": 2, **on}
    yield Case("chain-bare", "", chain=True, says=(bootdisk.MARK,), full=True)
    yield Case("chain-decode", DECODE, append=again, **on)
    yield Case("chain-db", DB, full=True, **on)
    yield Case("chain-x2apic", X2APIC, "tcg-x2apic", routing=CLUSTER, **on)
    for method, config in VMX_METHODS.items():
        yield Case(f"bochs-chain-{method}", config, "bochs", full=True, **small)
    yield Case("bochs-chain-apicv", APICV, "bochs", append=again, **small)
    yield Case("bochs-amd-chain-decode", DECODE, "bochs-amd", **small)
    # The CD that Lapwing came from: its GRUB starts a second Lapwing.
    cd = {"guest": "none", "hv_options": "chain=cd0", "cpus": 2}
    yield Case("chain-cd-decode", DECODE, refused="this CPU lacks AMD SVM", **cd)
    no_vmx = {"refused": "this CPU lacks Intel VMX", "memory": 128, **cd}
    yield Case("bochs-chain-cd-apicv", APICV, "bochs", full=True, **no_vmx)


def _installed():
    """An installed Debian: its GRUB, its systemd, its power-off, and Lapwing in its GRUB's menu."""
    chained = ("the boot sector of the BIOS's drive 80H",)
    all_of_it = "lapwing.do=hotplug:20,suspend:1,reboot"
    x2apic = {"machine": "tcg-x2apic", "routing": CLUSTER, "slow": 4}
    eleven = {"guest": "debian-11", "says": chained}
    yield Case("debian-11-x2apic", X2APIC, append=all_of_it, **eleven, **x2apic)
    yield Case("debian-11-decode", DECODE, append=all_of_it, slow=4, full=True, **eleven)
    late = "maxcpus=1 lapwing.do=online-late,hotplug:2"
    yield Case("debian-11-db", DB, append=late, slow=4, full=True, **eleven)
    yield Case("debian-11-bare", "", guest="debian-11", full=True)
    yield Case("debian-12-x2apic", X2APIC, guest="debian-12", says=chained, full=True, **x2apic)
    menu = {"says": (r"entry Debian GNU/Linux under Lapwing \(x2apic_msr\), with Linux 5\.10",)}
    under = {"guest": "debian-11", **menu, **x2apic}
    yield Case("installed-x2apic", X2APIC, installed="kernel", **under)
    yield Case("installed-disk-x2apic", X2APIC, installed="disk", full=True, **under)
    small = {"guest": "debian-11-cloud", "memory": 512, "cpus": 2, "slow": 3, "full": True}
    small["says"] = chained
    for method, config in VMX_METHODS.items():
        yield Case(f"bochs-debian-11-{method}", config, "bochs", **small)
    yield Case("bochs-debian-11-x2apic-kvm", VMX_X2APIC_KVM, "bochs", routing=PHYSICAL, **small)
    yield Case("bochs-debian-11-apicv", APICV, "bochs", append=all_of_it, **small)
    yield Case("bochs-amd-debian-11-decode", DECODE, "bochs-amd", **small)


def _sectors():
    """Boot sectors of test/guest/sectors, which the BIOS boots bare and under Lapwing."""
    maps = {"sector": "int15", "against_bare": True, "cpus": 2}
    yield Case("sector-hook-bare", "", sector="hook", cpus=1)
    yield Case("sector-int15-64-mib", DECODE, memory=64, **maps)
    yield Case("sector-int15-8-gib", X2APIC, memory=8192, full=True, **maps)
    for machine, configs in PAYLOAD_IMAGES.items():
        where = "" if machine == "tcg" else f"-{machine}"
        memory = 1024 if machine == "tcg" else 128
        for sector in SECTORS:
            # Only Bochs' clock stands still while the host does something else.
            full_rate = sector == "int13" and machine != "tcg"
            for name, config in configs.items():
                yield Case(
                    f"sector-{sector}-{name}{where}",
                    config,
                    machine,
                    sector=sector,
                    memory=memory,
                    says=("full rate",) if full_rate else (),
                    full=f"{sector}-{name}{where}" not in SHORT_SECTORS,
                )
        for name, config in configs.items():
            if config:
                yield Case(
                    f"sector-int15-{name}{where}",
                    config,
                    machine,
                    memory=memory,
                    full=f"int15-{name}{where}" not in SHORT_SECTORS,
                    **maps,
                )


def _uefi():
    """UEFI instead of a BIOS."""
    life = "maxcpus=1 reboot=efi lapwing.do=online-late,hotplug:5,kexec,hotplug:2,reboot"
    says = (r"efi: EFI v\d", "Registered efivars operations")
    on = {"machine": "tcg-x2apic-uefi", "routing": CLUSTER, "says": says, "slow": 2}
    yield Case("uefi-bare", "", full=True, **on)
    yield Case("uefi-x2apic", X2APIC, append=life, **on)
    for version in ("6.1", "6.12"):
        yield Case(f"uefi-x2apic-{version}", X2APIC, guest=f"linux-{version}", full=True, **on)
    xapic = {"machine": "tcg-uefi", "says": says, "slow": 2}
    yield Case("uefi-decode", DECODE, append="reboot=efi lapwing.do=hotplug:5,reboot", full=True, **xapic)
    yield Case("uefi-db-6.12", DB, guest="linux-6.12", **xapic)


def _xen():
    """Xen patches its own code in the handler of an NMI to itself: one that comes twice is its end."""
    xen = {"guest": "xen-4.17", "routing": "Xen PV"}
    yield Case("xen-decode", DECODE, **xen)
    yield Case("xen-x2apic", X2APIC, "tcg-x2apic", full=True, **xen)
    yield Case("xen-db", DB, full=True, **xen)
    # By a GRUB of the guest's own, which speaks Multiboot 2 with it.
    yield Case("chain-xen-decode", DECODE, chain=True, full=True, **xen)


def _systems():
    """Other systems from a disk's own GRUB. They use the BIOS for long, and come and go in real mode."""
    grub = {"chain": True, "sector": "scribble"}
    yield Case("chain-sector-bare", "", full=True, **grub)
    yield Case("chain-sector-decode", DECODE, says=(bootdisk.MARK, "Filesystem type ext"), **grub)
    # SeaBIOS prints on COM1 what INT 10H is told.
    ipxe = {"guest": "ipxe", "chain": True, "expect": (IPXE,), "extra": ("-machine", "graphics=off")}
    yield Case("chain-ipxe-bare", "", full=True, **ipxe)
    yield Case("chain-ipxe-decode", DECODE, **ipxe)
    memtest = {
        "guest": "memtest86+",
        "memory": 64,
        "append": "console=ttyS0,115200",
        "expect": (r"4 Threads +SMP: 4T \(PAR\)", r"Pass: +1 +Errors: 0"),
        "fail": (r"Errors: +[1-9]",),
        "slow": 4,
        "full": True,
    }
    yield Case("memtest-bare", "", **memtest)
    yield Case("memtest-decode", DECODE, **memtest)
    yield Case("memtest-x2apic", X2APIC, **memtest)
    yield Case("chain-memtest-decode", DECODE, chain=True, **memtest)


def _x2apic_msr():
    """The strategy x2apic_msr: guests that take x2APIC mode, and guests that do not."""
    on = {"config": X2APIC, "machine": "tcg-x2apic"}
    yield Case("x2apic-5.10", routing=CLUSTER, says=("strategy x2apic_msr",), **on)
    yield Case("x2apic-5.10-phys", routing=PHYSICAL, append="x2apic_phys", **on)
    yield Case("x2apic-6.1", routing=CLUSTER, guest="linux-6.1", **on)
    yield Case("x2apic-6.12", routing=CLUSTER, guest="linux-6.12", **on)
    yield Case("x2apic-32", routing=CLUSTER, cpus=32, memory=2048, slow=3, **on)
    yield Case("x2apic-life", routing=CLUSTER, append=LIFE, slow=2, **on)
    # These stay in xAPIC mode: the kernel is told to, has no x2APIC code, has no reason to switch.
    yield Case("x2apic-nox2apic", append="nox2apic", never=(SWITCHED,), **on)
    yield Case("x2apic-686", guest="linux-5.10-686", never=(SWITCHED,), **on)
    yield Case("x2apic-xapic", X2APIC, never=(SWITCHED,))
    yield Case("x2apic-xapic-life", X2APIC, append=LIFE, never=(SWITCHED,), slow=2)
    # No interrupt remapping, but a hypervisor that Linux trusts in this.
    yield Case("x2apic-kvm", X2APIC_KVM, routing=PHYSICAL, append="lapwing.do=lwstat")
    yield Case("x2apic-kvm-6.12", X2APIC_KVM, routing=PHYSICAL, guest="linux-6.12")
    # Handed over in x2APIC mode, with and without interrupt remapping.
    yield Case("x2apic-locked", LOCKED, "tcg-x2apic", routing=CLUSTER)
    yield Case("x2apic-locked-6.12", LOCKED, "tcg-x2apic", routing=CLUSTER, guest="linux-6.12")
    yield Case("x2apic-locked-tcg", LOCKED, routing=PHYSICAL)


def _refusals():
    """Wrong input: one clear line each."""
    no_sector = "drive 80H has no boot sector"
    yield Case("refuse-no-module", guest="none", cpus=2, refused=no_sector)
    yield Case("refuse-unsigned", sector="unsigned", cpus=2, refused=no_sector)
    no_drive = {"hv_options": "chain=hd3", "refused": "drive 83H has no boot sector"}
    yield Case("refuse-no-drive", cpus=2, **no_drive)
    yield Case("refuse-junk-module", guest="junk", cpus=2, refused="module|kernel")
    yield Case("refuse-small-memory", cpus=2, memory=40, refused="memory")
    yield Case("refuse-no-svm", cpus=2, cpu_model="EPYC,-svm", refused="SVM")
    yield Case("refuse-no-npt", cpus=2, cpu_model="EPYC,+svm,-npt", refused="nested paging|NPT")
    yield Case("refuse-intel", cpus=2, cpu_model="Skylake-Client,-vmx", refused="AMD|Intel|SVM")
    yield Case(
        "refuse-no-x2apic", X2APIC, cpus=2, cpu_model="EPYC,+svm,+npt,-x2apic", refused="x2APIC"
    )
    yield Case(
        "unknown-option", cpus=2, hv_options="frobnicate=7", says=(r"\[lapwing\].*frobnicate",)
    )


def _bochs():
    """Debian kernels on VMX: the small cloud kernel, because Bochs takes its time."""
    on = {"machine": "bochs", "guest": "linux-5.10-cloud", "memory": 512}
    look = {"append": "lapwing.do=flags", **on}
    shown = cpu_flags.under_lapwing(cpu_flags.BOCHS, cpu_flags.ADDED_BOCHS)
    yield Case("bochs-bare", config="", cpus=2, flags=cpu_flags.BOCHS, **look)
    yield Case("bochs-flags-decode", VMX_METHODS["decode"], cpus=1, flags=shown, **look)
    for method, config in VMX_METHODS.items():
        yield Case(f"bochs-{method}-2", config, cpus=2, never=(SWITCHED,), **on)
    yield Case("bochs-db-1", VMX_METHODS["db"], cpus=1, **on)
    yield Case("bochs-decode-4", VMX_METHODS["decode"], **on)
    yield Case("bochs-life", VMX_METHODS["mtf"], cpus=2, append=LIFE, slow=2, **on)
    yield Case("bochs-x2apic-xapic", VMX_X2APIC, never=(SWITCHED,), **on)
    yield Case("bochs-x2apic-kvm", VMX_X2APIC_KVM, routing=PHYSICAL, **on)
    yield Case("bochs-x2apic-life", VMX_X2APIC_KVM, cpus=2, append=LIFE, slow=2, **on)
    for cpus in (1, 2, 4):
        count = "lapwing.do=lwstat" if cpus == 2 else ""
        yield Case(f"bochs-apicv-{cpus}", APICV, cpus=cpus, append=count, never=(SWITCHED,), **on)
    yield Case("bochs-apicv-amd64", APICV, slow=2, **{**on, "guest": "linux-5.10"})
    yield Case("bochs-apicv-kvm-4", APICV_KVM, routing=PHYSICAL, **on)
    # A guest that is told not to, where it would switch.
    yield Case("bochs-apicv-nox2apic", APICV_KVM, append="nox2apic", never=(SWITCHED,), **on)
    yield Case("bochs-apicv-life", APICV, cpus=2, append=LIFE, slow=2, **on)
    kvm_life = {"append": LIFE, "routing": PHYSICAL, "slow": 2}
    yield Case("bochs-apicv-kvm-life", APICV_KVM, cpus=2, **kvm_life, **on)
    lacks = "virtual-interrupt delivery.*choose the strategy"
    yield Case("refuse-no-apicv", APICV, cpu_model="corei7_ivy_bridge_3770k", refused=lacks, **on)
    i386 = {"machine": "bochs", "guest": "linux-5.10-686", "memory": 512, "cpus": 2}
    yield Case("bochs-decode-686", VMX_METHODS["decode"], **i386)
    yield Case("bochs-apicv-686", APICV, **i386)
    # The same SVM image on another emulator, where INIT can be intercepted.
    amd = {"machine": "bochs-amd", "guest": "linux-5.10-cloud", "memory": 512, "cpus": 2}
    yield Case("bochs-amd-decode", DECODE, **amd)
    yield Case("bochs-amd-db-hotplug", DB, append="lapwing.do=hotplug:3,reboot", **amd)
    x2apic = {"cpu_model": AMD_X2APIC, "append": "lapwing.do=hotplug:3", **amd}
    yield Case("bochs-amd-x2apic", X2APIC, **x2apic)


def _clocks():
    """The guest's clocks and alarms with each mode of the LAPIC's timer, by Bochs' ticks."""
    on = {"machine": "bochs", "guest": "linux-5.10-cloud", "memory": 512, "cpus": 2}
    clock = "lapwing.do=clock:5"
    ticks = (r"clock mode source=jiffies", r"device=lapic handler=tick_handle_periodic")
    counts = (r"clock mode source=tsc", r"device=lapic handler=hrtimer_interrupt")
    deadlines = (r"clock mode source=tsc", r"device=lapic-deadline handler=hrtimer_interrupt")
    one_shot = f"{clock} lapic=notscdeadline"
    yield Case("bochs-clock-bare", config="", append=clock, says=counts, **on)
    yield Case("bochs-clock-apicv", APICV, append=clock, says=deadlines, **on)
    yield Case("bochs-clock-apicv-ticks", APICV, append=f"{clock} {PERIODIC}", says=ticks, **on)
    yield Case("bochs-clock-apicv-kvm", APICV_KVM, append=one_shot, says=counts, **on)


def _disks():
    """A disk's level-triggered PCI interrupts that move between the CPUs while it is in use."""
    on = {"append": "lapwing.do=disk", "cpus": 2, "memory": 512}
    bochs = {**on, "machine": "bochs"}
    by_pic = {**bochs, "append": "noapic lapwing.do=disk"}  # the same line, as an ExtINT
    yield Case("disk-bare", config="", disk=8, **on)
    for method, config in METHODS.items():
        yield Case(f"disk-{method}", config, disk=64, **on)
    yield Case("disk-x2apic-xapic", X2APIC, disk=64, **on)
    yield Case("disk-x2apic", X2APIC, "tcg-x2apic", disk=64, routing=CLUSTER, **on)
    yield Case("bochs-disk-bare", config="", disk=4, **bochs)
    yield Case("bochs-disk-apicv", APICV, disk=64, never=(SWITCHED,), slow=3, **bochs)
    yield Case("bochs-disk-apicv-kvm", APICV_KVM, disk=64, routing=PHYSICAL, slow=3, **bochs)
    yield Case("bochs-disk-apicv-pic", APICV, disk=4, slow=2, **by_pic)


def _suspends():
    """Suspend to RAM, from which every CPU comes back cold."""
    on = {"append": SUSPEND, "slow": 3}
    woken = {**on, "says": ("back from sleep: 4 CPUs under control",)}
    yield Case("suspend-bare", config="", full=True, **on)
    yield Case("suspend-db", DB, **woken)
    yield Case("suspend-decode-6.12", DECODE, guest="linux-6.12", **woken)
    says = ("suspend to RAM is refused: by suspend=off", r"\(supports S0 S4 S5\)")
    yield Case("suspend-off", cpus=2, hv_options="suspend=off", says=says)
    yield Case("suspend-x2apic", X2APIC, "tcg-x2apic", routing=CLUSTER, **woken)
    often = {("tcg", "db", "5.10"), ("tcg", "decode", "6.12"), ("tcg-x2apic", "x2apic", "5.10")}
    for machine in ("tcg", "tcg-x2apic"):
        for name, config in {**METHODS, "x2apic": X2APIC}.items():
            for version in ("5.10", "6.1", "6.12"):
                if (machine, name, version) not in often:
                    routing = CLUSTER if (machine, name) == ("tcg-x2apic", "x2apic") else ""
                    rare = {**woken, "guest": f"linux-{version}", "routing": routing}
                    yield Case(f"suspend-{name}-{version}-{machine}", config, machine, full=True, **rare)
    small = {"machine": "bochs", "guest": "linux-5.10-cloud", "memory": 512, "cpus": 2, **on}
    bochs = {**small, "says": ("back from sleep: 2 CPUs under control",)}
    yield Case("bochs-suspend-bare", config="", full=True, **small)
    yield Case("bochs-suspend-mtf", VMX_METHODS["mtf"], **bochs)
    yield Case("bochs-suspend-x2apic-kvm", VMX_X2APIC_KVM, routing=PHYSICAL, **bochs)
    yield Case("bochs-suspend-apicv", APICV, never=(SWITCHED,), **bochs)
    yield Case("bochs-suspend-apicv-kvm", APICV_KVM, routing=PHYSICAL, full=True, **bochs)


def _kvm_payloads(machine, name, config, complaints, always):
    """Payloads under KVM, and bare there: KVM's own LAPIC is the yardstick. One is run `always`."""
    for payload in ("smp", "icr", "apic-base"):
        on = {"payload": payload, "append": "kvm", "memory": 128, "never": complaints}
        full = payload != always
        yield Case(f"payload-{payload}-{name}-{machine}", config, machine, full=full, **on)
        yield Case(f"payload-{payload}-bare-{machine}", "", machine, full=True, **on)


def _kvm():
    """Linux's KVM with nested SVM, itself emulated: another SVM and another LAPIC."""
    on = {"machine": "kvm-amd", "guest": "linux-5.10-cloud", "memory": 512, "cpus": 2}
    on["never"] = KVM_COMPLAINTS
    hotplug = f"{KVM_GUEST} lapwing.do=hotplug:2"
    life = f"{KVM_GUEST} maxcpus=1 lapwing.do=online-late,hotplug:2,kexec,hotplug:2,reboot"
    yield Case("kvm-amd-decode", DECODE, append=life, **on)
    late = f"{KVM_GUEST} maxcpus=2 lapwing.do=online-late,hotplug:2,reboot"
    four = {**on, "cpus": 4, "routing": PHYSICAL}
    yield Case("kvm-amd-x2apic-kvm", X2APIC_KVM, append=late, **four)
    yield Case("kvm-amd-db", DB, append=hotplug, **on)
    yield from _kvm_payloads("kvm-amd", "decode", DECODE, KVM_COMPLAINTS, "smp")
    attacks = {"append": "kvm", "memory": 128, "never": KVM_COMPLAINTS}
    for payload in ("hostile", "ports"):
        name = f"payload-{payload}-decode-kvm-amd"
        yield Case(name, DECODE, "kvm-amd", payload=payload, **attacks)
    bare = {**attacks, "payload": "hostile", "full": True}
    yield Case("payload-hostile-bare-kvm-amd", "", "kvm-amd", **bare)
    yield Case("kvm-amd-bare", "", append=hotplug, full=True, **on)
    # An i386 guest ends QEMU ("invalid tss type"), bare as well: kvm-intel has one.
    newest = {**on, "guest": "linux-6.12"}
    yield Case("kvm-amd-decode-6.12", DECODE, append=hotplug, full=True, slow=3, **newest)
    old = {**on, "machine": "kvm-amd-6.1"}
    for method, config in METHODS.items():
        yield Case(f"kvm-amd-6.1-{method}", config, append=hotplug, **old)


def _kvm_intel():
    """Linux's KVM with nested VMX, itself emulated: another VMX, APICv and LAPIC."""
    on = {"machine": "kvm-intel", "guest": "linux-5.10-cloud", "memory": 256, "cpus": 2}
    on["never"] = KVM_INTEL_COMPLAINTS
    hotplug = {"append": f"{KVM_GUEST} lapwing.do=hotplug:2", **on}
    four = {**hotplug, "cpus": 4}
    yield Case("kvm-intel-bare", "", full=True, **hotplug)
    for method, config in VMX_METHODS.items():
        yield Case(f"kvm-intel-{method}", config, full=method == "mtf", **hotplug)
    yield Case("kvm-intel-decode-4", VMX_METHODS["decode"], full=True, **four)
    yield Case("kvm-intel-x2apic", VMX_X2APIC, full=True, **hotplug)
    yield Case("kvm-intel-x2apic-kvm-4", VMX_X2APIC_KVM, routing=PHYSICAL, **four)
    yield Case("kvm-intel-apicv-4", APICV, **four)
    yield Case("kvm-intel-apicv-kvm", APICV_KVM, routing=PHYSICAL, **hotplug)
    i386 = {**hotplug, "guest": "linux-5.10-686"}
    yield Case("kvm-intel-decode-686", VMX_METHODS["decode"], full=True, slow=3, **i386)
    life = f"{KVM_GUEST} maxcpus=1 lapwing.do=online-late,hotplug:2,kexec,hotplug:2,reboot"
    yield Case("kvm-intel-apicv-life", APICV, append=life, slow=2, full=True, **on)
    yield from _kvm_payloads("kvm-intel", "apicv", APICV, KVM_INTEL_COMPLAINTS, "apic-base")


def _kvm_host():
    """The host's own KVM, each configuration of its vendor; one row that says why if it has none."""
    machine = machines.get("kvm")
    configs = [config.name for config in build.named() if config.vendor() == machine.vendor]
    if machine.unavailable():
        configs = []
    on = {"machine": "kvm", "guest": "linux-5.10-cloud", "memory": 512}
    hotplug = f"{KVM_GUEST} lapwing.do=hotplug:2"
    for config in configs:
        yield Case(f"kvm-host-{config}", config, append=hotplug, **on)
    if not configs:
        yield Case("kvm-host", "", **on)


def _is_for_full(machine, payload, name):
    """Whether a payload's row proves little beside the others of that payload."""
    if payload == "bench":
        return (machine, name) not in BENCH_ROWS
    if machine == "bochs-amd":  # the images of tcg on another SVM
        return payload not in ON_BOCHS_AMD or name in ("bare", "x2apic")
    return name == "locked" and payload not in WHEN_LOCKED


def _payloads():
    """Multiboot payloads of test/guest: the same file bare and under each strategy and method."""
    # Bochs stops at an access to its LAPIC that is not aligned; under Lapwing none gets there.
    left_out = {("bochs", "xapic-step", "bare"), ("bochs-amd", "xapic-step", "bare")}
    # A bare run of fuzz says nothing of Lapwing, and no two runs of it on TCG are alike.
    left_out.add(("tcg", "fuzz", "bare"))
    # TCG's ticks are the host's.
    left_out |= {("tcg", "bench", name) for name in PAYLOAD_IMAGES["tcg"]}
    yield Case("payload-many-288", X2APIC, "tcg-x2apic", payload="many", cpus=288, slow=3)
    for name, config in (("bare", ""), ("apicv", APICV)):
        yield Case(f"payload-apicv-{name}-bochs", config, "bochs", payload="apicv", memory=128)
    # A processor that virtualizes IPIs. Only the payload apicv shows, by sender=0, that it is used:
    # an IPI costs its sender no exit. The others show that who gets IPIs stays the same.
    # It has more features than the others, so hostile looks there for what the list must hide.
    for payload in ("apicv", "icr", "apic-base", "smp", "hostile"):
        yield Case(
            f"payload-{payload}-ipi-virtualization-bochs",
            APICV,
            "bochs",
            payload=payload,
            memory=128,
            cpu_model=IPI_VIRTUALIZATION,
            append="sender=0" if payload == "apicv" else "",
            says=("IPI virtualization is on",),
        )
    for machine, configs in PAYLOAD_IMAGES.items():
        where = "" if machine == "tcg" else f"-{machine}"
        for payload in PAYLOADS:
            for name, config in configs.items():
                if (machine, payload, name) in left_out:
                    continue
                yield Case(
                    f"payload-{payload}-{name}{where}",
                    config,
                    machine,
                    payload=payload,
                    append=f"count={FUZZ_STEPS[machine]}" if payload == "fuzz" else "",
                    cpu_model=AMD_X2APIC if machine == "bochs-amd" and config else "",
                    memory=1024 if machine == "tcg" else 128,
                    full=_is_for_full(machine, payload, name),
                    resets=payload == "ports" and not config and machine != "tcg",
                )


def cases():
    """All rows, in the order in which they are run."""
    linux = [*_boots(), *_chains(), *_installed(), *_sectors(), *_uefi(), *_xen(), *_systems()]
    bochs = [*_x2apic_msr(), *_refusals(), *_bochs(), *_clocks(), *_disks(), *_suspends()]
    return [*linux, *bochs, *_kvm(), *_kvm_intel(), *_kvm_host(), *_payloads()]
