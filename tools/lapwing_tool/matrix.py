# SPDX-License-Identifier: GPL-2.0-only
"""The emulator runs of `lapwing test` in one table: what is booted where, and what it must show."""

import dataclasses

DB, DECODE = "svm-xapic_ept", "svm-xapic_ept-decode"
METHODS = {"db": DB, "decode": DECODE}

# With interrupt remapping a bare Linux switches to x2APIC mode; under xapic_ept it must not.
X2APIC = r"Switched APIC routing to .*x2apic"


@dataclasses.dataclass(frozen=True)
class Case:
    """One run. `guest` is a name of guests.LINUX, "none" (no module) or "junk" (no kernel)."""

    name: str
    config: str = DB  # "" boots the guest bare
    machine: str = "tcg"
    guest: str = "linux-5.10"
    payload: str = ""  # a Multiboot payload of test/guest instead of `guest`
    cpus: int = 4
    memory: int = 1024
    append: str = ""
    hv_options: str = ""
    protocol: str = "multiboot2"
    compiler: str = "gcc"
    cpu_model: str = ""
    refused: str = ""
    says: tuple = ()
    never: tuple = ()
    slow: int = 1  # factor on the machine's time limit


def _boots():
    """Every guest, CPU count and machine with a Debian kernel."""
    yield Case("bare-tcg", config="")
    yield Case("bare-tcg-x2apic", config="", machine="tcg-x2apic", says=(X2APIC,))
    for method, config in METHODS.items():
        says = (rf"strategy xapic_ept, method {method}\b",)
        yield Case(f"boot-{method}-4", config, says=says)
        yield Case(f"boot-{method}-x2apic", config, "tcg-x2apic", says=says, never=(X2APIC,))
        yield Case(f"boot-{method}-686", config, guest="linux-5.10-686")
        yield Case(f"hotplug-{method}", config, append="lapwing.do=hotplug:20", slow=2)
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
    yield Case("online-late", cpus=2, append="maxcpus=1 lapwing.do=online-late")
    yield Case("maxcpus-only", cpus=4, append="maxcpus=2")
    yield Case("reboot", cpus=2, append="lapwing.do=reboot")


def _refusals():
    """Wrong input: one clear line each."""
    yield Case("refuse-no-module", guest="none", cpus=2, refused="module")
    yield Case("refuse-junk-module", guest="junk", cpus=2, refused="module|kernel")
    yield Case("refuse-small-memory", cpus=2, memory=40, refused="memory")
    yield Case("refuse-no-svm", cpus=2, cpu_model="EPYC,-svm", refused="SVM")
    yield Case("refuse-no-npt", cpus=2, cpu_model="EPYC,+svm,-npt", refused="nested paging|NPT")
    yield Case("refuse-intel", cpus=2, cpu_model="Skylake-Client,-vmx", refused="AMD|Intel|SVM")
    yield Case(
        "unknown-option", cpus=2, hv_options="frobnicate=7", says=(r"\[lapwing\].*frobnicate",)
    )


def _payloads():
    """Multiboot payloads: the same file bare and under each method."""
    for payload in ("smp", "xapic-step", "lapic-exits"):
        yield Case(f"payload-{payload}-bare", config="", payload=payload)
        for method, config in METHODS.items():
            yield Case(f"payload-{payload}-{method}", config, payload=payload)


def cases():
    """All rows, in the order in which they are run."""
    return [*_boots(), *_refusals(), *_payloads()]
