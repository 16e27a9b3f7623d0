# SPDX-License-Identifier: GPL-2.0-only
"""QEMU on /dev/kvm with nested virtualisation: VMX or SVM, as the host has it."""

import os
import pathlib

from .qemu import Qemu

# /proc/cpuinfo flag -> KVM's module
MODULES = {"svm": "kvm_amd", "vmx": "kvm_intel"}


def host_vendor():
    """Either "svm" or "vmx", or "" if the host's CPU shows neither."""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            flags = line.split()
            return next((vendor for vendor in MODULES if vendor in flags), "")
    return ""


class Kvm(Qemu):
    name = "kvm"
    description = "QEMU on /dev/kvm; the host must have nested virtualisation"
    accelerator = "kvm"
    cpu = "host"

    def __init__(self):
        self.vendor = host_vendor()

    def unavailable(self):
        if not self.vendor:
            return "this host's CPU has neither vmx nor svm (or its own host hides them)"
        if not os.access("/dev/kvm", os.R_OK | os.W_OK):
            return "there is no /dev/kvm here that this user may open"
        module = MODULES[self.vendor]
        nested = pathlib.Path(f"/sys/module/{module}/parameters/nested")
        if not nested.exists() or nested.read_text().strip() not in ("1", "Y"):
            return f"nested virtualisation is off: reload {module} with nested=1"
        return None
