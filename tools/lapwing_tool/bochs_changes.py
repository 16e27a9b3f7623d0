# SPDX-License-Identifier: GPL-2.0-only
"""What is changed in the source of Bochs 3.0 before it is built, and why.

Bugs in virtual-interrupt delivery are found by the payload apicv ("Evaluation and Delivery of Virtual
Interrupts" in the Intel SDM, Vol. 3C), those in SVM by the payload xapic-step ("#DB (Debug)" in AMD's
APM, Vol. 2).
"""

# (file, what is there once, what is to be)
CHANGES = (
    # No two runs were alike: RDRAND's numbers depended on the time of day.
    ("cpu/init.cc", "srand(time(NULL))", "srand(1)"),
    # A timer of the host's time (of the status bar's LEDs) shifted those of the guest's time.
    (
        "gui/gui.cc",
        "register_timer(this, led_timer_handler, 100000, 1, 1, 1,",
        "register_timer(this, led_timer_handler, 100000, 1, 1, 0,",
    ),
    # The TSC counts ticks, `ips` a second, not 3.5 GHz: a guest is to measure it. Linux believed
    # CPUID, waited 175 times too long, and too long between timer interrupts with TSC deadlines.
    (
        "cpu/cpudb/intel/corei7_skylake-x.cc",
        "get_leaf(leaf, 0x00000002, 0x00000124, 0x00000000, 0x00000000);",
        "get_reserved_leaf(leaf);",
    ),
    (
        "cpu/cpudb/intel/corei7_skylake-x.cc",
        "get_leaf(leaf, 0x00000dac, 0x00000fa0, 0x00000064, 0x00000000);",
        "get_reserved_leaf(leaf);",
    ),
    # A physical interrupt during IF = 0 made a virtual one that was pending be delivered.
    (
        "cpu/event.cc",
        "if (is_pending(BX_EVENT_PENDING_VMX_VIRTUAL_INTR)) {",
        "if (is_unmasked_event_pending(BX_EVENT_PENDING_VMX_VIRTUAL_INTR)) {",
    ),
    # After a VM entry with IF = 0 no physical interrupt was taken until IF changed.
    (
        "cpu/vmx.cc",
        "  BX_CPU_THIS_PTR in_vmx_guest = true;\n",
        "  BX_CPU_THIS_PTR in_vmx_guest = true;\n  handleInterruptMaskChange();\n",
    ),
    # With several CPUs a VM exit between an exception and its handler's first instruction, for an
    # interrupt or NMI, saved the RIP of the instruction that had raised the exception.
    (
        "main.cc",
        "          BX_CPU(processor)->icount++;\n          run = false;\n",
        "          BX_CPU(processor)->icount++;\n"
        "          BX_CPU(processor)->prev_rip = BX_CPU(processor)->get_instruction_pointer();\n"
        "          BX_CPU(processor)->speculative_rsp = false;\n"
        "          run = false;\n",
    ),
    # An intercepted #DB left no reason in DR6.
    (
        "cpu/svm.cc",
        "  BX_CPU_THIS_PTR debug_trap = 0; // clear debug_trap field\n",
        "  if (vector == BX_DB_EXCEPTION)\n"
        "    BX_CPU_THIS_PTR dr6.val32 = (BX_CPU_THIS_PTR dr6.val32 & 0xffff6ff0) |\n"
        "      (BX_CPU_THIS_PTR debug_trap & 0x0000e00f);\n"
        "  BX_CPU_THIS_PTR debug_trap = 0;\n",
    ),
    # The trap of a single step whose instruction exits came in the host.
    (
        "cpu/svm.cc",
        "  BX_CPU_THIS_PTR in_svm_guest = false;\n",
        "  BX_CPU_THIS_PTR in_svm_guest = false;\n  BX_CPU_THIS_PTR debug_trap = 0;\n",
    ),
)
