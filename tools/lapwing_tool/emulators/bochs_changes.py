# SPDX-License-Identifier: GPL-2.0-only
"""What is changed in the source of Bochs 3.0 before it is built, and why.

Bugs in virtual-interrupt delivery are found by the payload apicv ("Evaluation and Delivery of
Virtual Interrupts" in the Intel SDM, Vol. 3C), those in SVM by the payload xapic-step ("#DB
(Debug)" in AMD's APM, Vol. 2), those in the I/O APIC by device-irq (Intel 82093AA, "I/O Redirection
Table Registers").
"""

from .bochs_ipi_virtualization import CHANGES as IPI_VIRTUALIZATION

# (file, what is there once, what is to be)
MENDS = (
    # No two runs were alike: RDRAND's numbers depended on the time of day.
    ("cpu/init.cc", "srand(time(NULL))", "srand(1)"),
    # A timer of the host's time (of the status bar's LEDs) shifted those of the guest's time.
    (
        "gui/gui.cc",
        "register_timer(this, led_timer_handler, 100000, 1, 1, 1,",
        "register_timer(this, led_timer_handler, 100000, 1, 1, 0,",
    ),
    # A LAPIC that was switched off could not be switched on again, as before the Pentium 4.
    (
        "cpu/msr.cc",
        "  if (apic_global_enable_on()) {\n    Bit32u val32_hi",
        "  if (true) {\n    Bit32u val32_hi",
    ),
    (
        "cpu/msr.cc",
        "if (apic_state == BX_APIC_X2APIC_MODE && new_state != BX_APIC_GLOBALLY_DISABLED) {",
        "if ((apic_state == BX_APIC_X2APIC_MODE && new_state != BX_APIC_GLOBALLY_DISABLED) ||\n"
        "            (apic_state == BX_APIC_GLOBALLY_DISABLED && "
        "new_state == BX_APIC_X2APIC_MODE)) {",
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
    # A notification that found nothing posted made vector FFH be delivered.
    (
        "cpu/vapic.cc",
        "  vector = BX_CPU_THIS_PTR lapic->highest_priority_int(virr);\n"
        "  if (vector >= vm->rvi) vm->rvi = vector;\n",
        "  int highest = BX_CPU_THIS_PTR lapic->highest_priority_int(virr);\n"
        "  if (highest >= (int) vm->rvi) vm->rvi = highest;\n",
    ),
    # A virtual interrupt that came with IF = 0 did not end the HLT or MWAIT right after STI: a CPU
    # slept on until the next physical one, and Linux now and then said "Shutting down cpus with
    # NMI".
    (
        "cpu/event.cc",
        "    if ((is_pending(BX_EVENT_PENDING_INTR | BX_EVENT_PENDING_LAPIC_INTR |",
        "    if ((is_pending(BX_EVENT_PENDING_INTR | BX_EVENT_PENDING_LAPIC_INTR |\n"
        "         BX_EVENT_PENDING_VMX_VIRTUAL_INTR |",
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
    # The same on all CPUs but the first, and their clock: GCC took `processor` for what it was when
    # setjmp() returned the first time, as it may for a variable that is not volatile. Linux with 4
    # CPUs died of it now and then, with a double fault in exc_page_fault.
    (
        "main.cc",
        "        Bit32u executed = 0, processor = 0;\n        bool run = true;\n",
        "        volatile Bit32u executed = 0, processor = 0;\n        volatile bool run = true;\n",
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
    # The I/O APIC knew no remote IRR: a level-triggered interrupt came again while it was in
    # service, whenever another pin rose, and did not come again at its EOI.
    (
        "iodev/ioapic.h",
        "lo = val_lo_part & 0xffffafff;",
        "lo = (val_lo_part & 0xffffafff) | ((val_lo_part & 0x8000) ? (lo & 0x4000) : 0);",
    ),
    (
        "iodev/ioapic.cc",
        "  BX_DEBUG((\"IOAPIC: received EOI for vector %d\", vector));\n",
        "  for (unsigned pin = 0; pin < BX_IOAPIC_NUM_PINS; pin++) {\n"
        "    if (ioredtbl[pin].trigger_mode() && ioredtbl[pin].vector() == vector)\n"
        "      ioredtbl[pin].clear_remote_irr();\n"
        "  }\n"
        "  service_ioapic();\n",
    ),
    (
        "iodev/ioapic.cc",
        "      if (! entry->is_masked()) {\n",
        "      if (! entry->is_masked() && ! entry->remote_irr()) {\n",
    ),
    (
        "iodev/ioapic.cc",
        "            irr &= ~mask;\n",
        "            irr &= ~mask;\n          else\n            entry->set_remote_irr();\n",
    ),
    # A pin that became level-triggered while its line was high did not see it.
    (
        "iodev/ioapic.cc",
        "          entry->set_lo_part(value);\n",
        "        {\n"
        "          entry->set_lo_part(value);\n"
        "          if (entry->trigger_mode())\n"
        "            irr = (irr & ~(1 << index)) | (intin & (1 << index));\n"
        "        }\n",
    ),
    # What the I/O APIC sends again at the EOI was no longer level-triggered.
    (
        "cpu/apic.cc",
        "           apic_bus_broadcast_eoi(vec);\n           clear_vector(tmr, vec);\n",
        "           clear_vector(tmr, vec);\n           apic_bus_broadcast_eoi(vec);\n",
    ),
)

CHANGES = (*MENDS, *IPI_VIRTUALIZATION)
