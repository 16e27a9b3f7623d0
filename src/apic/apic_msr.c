/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's IA32_APIC_BASE. */
#include "apic/apic_msr.h"

#include "apic/apic.h"
#include "apic/apic_base.h"
#include "apic/apic_regs.h"
#include "apic/physical/lapic_mode.h"
#include "core/log_guest.h"
#include "core/machine.h"

enum exit_result apic_msr_read_base(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = v->apic_base;
    return EXIT_SKIP_INSN;
}

enum exit_result apic_msr_write_base(struct vcpu *v, uint32_t msr, uint64_t value)
{
    enum apic_base_verdict verdict;
    uint64_t old = v->apic_base;

    (void)msr;
    if (apic_base_mode(old) == APIC_MODE_X2APIC && !(value & APIC_BASE_EXTD) &&
        lapic_must_stay_x2apic()) {
        log_guest(v, "cpu %u: the guest wants to leave x2APIC mode: #GP, %s", v->index,
                  lapic_ids_are_wide() ? "an APIC ID needs it" : "the firmware has locked it");
        return EXIT_INJECT_GP;
    }
    v->apic_base =
        apic_base_write(old, value, apic_shows_x2apic, v->smp.is_bsp, machine.phys_bits, &verdict);
    switch (verdict) {
    case APIC_BASE_OK:
        if (apic_base_mode(old) != apic_base_mode(v->apic_base))
            apic_mode_changed(v);
        return EXIT_SKIP_INSN;
    case APIC_BASE_GP_MOVED:
        log_guest(
            v, "cpu %u: the guest wants its LAPIC at %lx: refused with #GP, it stays at FEE00000",
            v->index, value & PAGE_MASK);
        return EXIT_INJECT_GP;
    case APIC_BASE_GP:
        break;
    }
    return EXIT_INJECT_GP;
}
