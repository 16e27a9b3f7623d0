# SPDX-License-Identifier: GPL-2.0-only
"""lapwing bench --boots --kvm: what a boot costs where Lapwing is a guest of Linux's KVM.

Bare is the same guest under that KVM without Lapwing. A schedule is the date of its machine and the length of
GRUB's script. There are two figures: the CPU that L0, the Linux with KVM, has used, and the exits that KVM counts.
"""

from . import bench_columns
from .testing import matrix
from .testing.matrix_run import SPARED

CPUS = (2,)
GUEST = "linux-5.10-cloud"
VMX = ("vmx-apicv", "vmx-x2apic_msr-kvm", "vmx-xapic_ept-decode", "vmx-xapic_ept", "vmx-xapic_ept-mtf")
SVM = ("svm-x2apic_msr-kvm", "svm-xapic_ept-decode", "svm-xapic_ept")
CONFIGS = {"kvm-intel-2": VMX, "kvm-intel": VMX, "kvm-amd-2": SVM, "kvm-amd": SVM, "kvm-amd-6.1": SVM}
CPU, EXITS = "L0's CPU", "exits of KVM"
# figure -> how people read it; the CPU is in milliseconds
FIGURES = {CPU: lambda ms: f"{ms / 1000:.2f} s", EXITS: lambda count: f"{count:,.0f}"}


def case_of(machine, config, cpus, number, words=""):
    """One boot, with further words for the kernel.

    It is as the rows of the matrix are, but the guest does not print what Lapwing has counted.
    """
    append = matrix.names().words["kvm-guest"]
    return bench_columns.boot_case(
        machine,
        config,
        cpus,
        number,
        guest=GUEST,
        memory=256,
        append=f"{SPARED} {append} lapwing.counters=hidden lapwing.do=hotplug:2 {words}".rstrip(),
        extra=("-rtc", f"base=2000-01-{number % 28 + 1:02}T00:00:{number % 60:02}"),
    )


def marks(costs):
    """The figures of one boot from what its machine counts; {} if that is not all of them."""
    seconds, exits = costs.get("s of L0's CPU"), costs.get("exits of KVM")
    return {CPU: round(1000 * seconds), EXITS: exits} if seconds and exits else {}
