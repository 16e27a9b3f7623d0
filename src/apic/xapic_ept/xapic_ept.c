/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strategy xapic_ept: the guest has an xAPIC and nothing else. The xAPIC page is write-protected on
 * every CPU. x2APIC mode is hidden in CPUID and refused in IA32_APIC_BASE, so that no ICR write can
 * take another way. State: struct apic_vcpu, its own CPU only.
 */
#include "apic/apic.h"

#include <lapwing/errno.h>
#include "apic/apic_regs.h"
#include "apic/physical/lapic_mode.h"
#include "apic/physical/lapic_reset.h"
#include "apic/xapic_trap/xapic_page.h"
#include "apic/xapic_trap/xapic_page_of.h"
#include "apic/physical/lapic.h"
#include "core/msr.h"
#include "core/host/x86_insn.h"

#define LEAF1_ECX_X2APIC BIT32(21)

const char apic_strategy_name[] = "xapic_ept";
const bool apic_shows_x2apic = false;
const bool apic_locks_x2apic = false;
const bool apic_is_virtual = false;

/* No MSR is trapped: x2APIC mode is never on, so its MSRs raise #GP by themselves. */
const struct msr_trap apic_msr_traps[] = {{0}};
const unsigned apic_msr_trap_count = 0;
const struct port_trap apic_port_traps[] = {{0}};
const unsigned apic_port_trap_count = 0;

struct apic_vcpu {
    struct xapic_page page;
};

struct xapic_page *xapic_page_of(struct vcpu *v)
{
    return &v->apic->page;
}

unsigned apic_pages_per_cpu(void)
{
    return (sizeof(struct apic_vcpu) + PAGE_SIZE - 1) / PAGE_SIZE;
}

int apic_probe(const char **missing)
{
    if (lapic_ids_are_wide())
        *missing = "a CPU has an APIC ID above 254, which xAPIC mode cannot address: choose the "
                   "strategy x2apic_msr in menuconfig";
    else if (lapic_is_locked_x2apic())
        *missing = "the firmware has locked x2APIC mode, which this strategy hides: allow xAPIC "
                   "mode in the firmware's set-up, or choose the strategy x2apic_msr in menuconfig";
    else
        return 0;
    return -ENODEV;
}

void apic_cpu_init(struct vcpu *v)
{
    /* The firmware may have left x2APIC mode on. To leave it resets the LAPIC, and with it what lets
     * the PICs' interrupts through. */
    const bool was_x2apic = lapic_is_x2apic();

    lapic_leave_x2apic(v);
    if (was_x2apic && v->smp.is_bsp)
        lapic_virtual_wire();
    v->apic_base = rdmsr(APIC_MSR_BASE);
    xapic_page_sync(v);
    xapic_page_map(v);
}

void apic_cpu_reset(struct vcpu *v)
{
    lapic_reset();
    xapic_page_sync(v);
}

void apic_mode_changed(struct vcpu *v)
{
    lapic_reset(); /* the guest's LAPIC went off, or on again: both reset it */
    if (!(v->apic_base & APIC_BASE_EN) && v->smp.is_bsp)
        lapic_virtual_wire();
    xapic_page_sync(v);
    xapic_page_map(v);
}

enum exit_result apic_handle_exit(struct vcpu *v, const struct vm_exit *x)
{
    return x->kind == EXIT_PAGE_FAULT ? xapic_page_fault(v, x) : EXIT_UNHANDLED;
}

void apic_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    (void)subleaf;
    if (leaf == 1)
        r->ecx &= ~LEAF1_ECX_X2APIC;
}

void apic_pre_entry(struct vcpu *v)
{
    (void)v;
}
