# SPDX-License-Identifier: GPL-2.0-only
"""The machines that `--machine` knows, each in a module of its own.

A module is listed here by name and imported when asked for, so a module that is not there (yet)
costs nothing. To add a machine: write its module, add a line to MACHINES.
"""

import importlib
import importlib.util

# name -> (module, class)
MACHINES = {
    "tcg": ("qemu", "Tcg"),
    "tcg-x2apic": ("qemu", "TcgX2apic"),
    "tcg-uefi": ("uefi", "TcgUefi"),
    "tcg-x2apic-uefi": ("uefi", "TcgX2apicUefi"),
    "kvm": ("kvm", "Kvm"),
    "kvm-amd": ("kvm_amd", "KvmAmd"),
    "kvm-amd-6.1": ("kvm_amd", "KvmAmd61"),
    "kvm-amd-2": ("kvm_amd", "KvmAmd2"),
    "bochs": ("bochs", "Bochs"),
    "bochs-amd": ("bochs", "BochsAmd"),
    "bochs-uefi": ("bochs_uefi", "BochsUefi"),
    "bochs-amd-uefi": ("bochs_uefi", "BochsAmdUefi"),
    "kvm-intel": ("kvm_intel", "KvmIntel"),
    "kvm-intel-2": ("kvm_intel", "KvmIntel2"),
}


def names():
    """Names of the machines whose module is there."""
    found = []
    for name, (module, _) in MACHINES.items():
        if importlib.util.find_spec(f"{__name__}.{module}"):
            found.append(name)
    return found


def get(name):
    """A new object of the machine called `name` (KeyError if there is none)."""
    module, cls = MACHINES[name]
    return getattr(importlib.import_module(f"{__name__}.{module}"), cls)()
