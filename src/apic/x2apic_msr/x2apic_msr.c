/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strategy x2apic_msr: the guest uses x2APIC mode, where an IPI is a WRMSR to 830H. Lapwing
 * intercepts that write, and writes to LVT entries that have a delivery mode. EOI, TPR, timer and
 * self-IPI are the hardware's. fallback.h tells what happens before a CPU has switched.
 */
#include "apic/apic.h"

#include <lapwing/errno.h>
#include "apic/apic_base.h"
#include "apic/apic_regs.h"
#include "apic/physical/lapic_mode.h"
#include "apic/physical/lapic_reset.h"
#include "apic/x2apic_msr/fallback.h"
#include "apic/physical/lapic.h"
#include "core/host/log.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"

#define LEAF1_ECX_X2APIC BIT32(21)

const char apic_strategy_name[] = "x2apic_msr";
const bool apic_shows_x2apic = true;
const bool apic_is_virtual = false;

unsigned apic_pages_per_cpu(void)
{
    return fallback_pages();
}

int apic_probe(const char **missing)
{
    if (!(cpuid(1, 0).ecx & LEAF1_ECX_X2APIC)) {
        *missing = "this CPU lacks x2APIC mode: choose the strategy xapic_ept in menuconfig";
        return -ENODEV;
    }
    if (lapic_ids_are_wide() && !apic_locks_x2apic)
        log_info("some APIC IDs are above 254: all CPUs are handed over in x2APIC mode");
    return 0;
}

/*
 * A guest whose APIC is disabled has no x2APIC MSRs, while the physical LAPIC stays on for kicks.
 * So the whole range is trapped for as long as the guest's APIC is disabled.
 * It is the last row of apic_msr_traps; the rows before it are those that are trapped in every mode.
 */
static void trap_range(struct vcpu *v, bool trap)
{
    const struct msr_trap *range = &apic_msr_traps[apic_msr_trap_count - 1];

    virt_trap_msrs(v, range->first, range->last, trap, trap);
    for (const struct msr_trap *t = apic_msr_traps; t < range; t++)
        virt_trap_msrs(v, t->first, t->last, trap, true);
}

static void take_up(struct vcpu *v)
{
    if (apic_base_mode(v->apic_base) == APIC_MODE_X2APIC)
        vcpu_set_identity(v, &(struct lapic_id){.id = v->apic_id, .x2apic = true, .enabled = true});
    else
        fallback_sync(v);
}

void apic_cpu_init(struct vcpu *v)
{
    if (apic_locks_x2apic || lapic_ids_are_wide())
        lapic_enter_x2apic(v);
    v->apic_base = rdmsr(APIC_MSR_BASE);
    take_up(v);
    fallback_map(v);
}

void apic_cpu_reset(struct vcpu *v)
{
    lapic_reset();
    take_up(v);
}

void apic_mode_changed(struct vcpu *v)
{
    switch (apic_base_mode(v->apic_base)) {
    case APIC_MODE_X2APIC:
        lapic_enter_x2apic(v);
        break;
    case APIC_MODE_XAPIC:
        lapic_reset(); /* writes the EOIs that an I/O APIC waits for */
        lapic_leave_x2apic(v);
        lapic_reset();
        break;
    default:
        lapic_reset();
        if (v->smp.is_bsp)
            lapic_virtual_wire();
        break;
    }
    trap_range(v, !(v->apic_base & APIC_BASE_EN));
    take_up(v);
    fallback_map(v);
}

/* Inline, so that the frequent IPI goes from the exit loop to the hardware without a call. */
static inline __attribute__((always_inline)) enum exit_result send_ipi(struct vcpu *v, uint64_t raw)
{
    if (apic_base_mode(v->apic_base) != APIC_MODE_X2APIC || icr_x2apic_reserved(raw))
        return EXIT_INJECT_GP;
    if (smp_guest_ipi(v, raw, true) == SMP_CONSUMED)
        return EXIT_SKIP_INSN;
    /* The receiver must see what the guest wrote before: WRMSR to 830H does not wait for it. */
    __asm__ volatile("mfence; lfence" : : : "memory");
    return wrmsr_safe(APIC_MSR_X2APIC_ICR, raw) ? EXIT_INJECT_GP : EXIT_SKIP_INSN;
}

static enum exit_result write_icr(struct vcpu *v, uint32_t msr, uint64_t raw)
{
    (void)msr;
    return send_ipi(v, raw);
}

static enum exit_result write_lvt(struct vcpu *v, uint32_t msr, uint64_t value)
{
    unsigned offset = 0;

    if (apic_base_mode(v->apic_base) != APIC_MODE_X2APIC || !apic_reg_from_msr(msr, &offset) ||
        apic_reg_x2apic_reserved(offset, value))
        return EXIT_INJECT_GP;
    return wrmsr_safe(msr, apic_lvt_for_hardware(offset, (uint32_t)value)) ? EXIT_INJECT_GP
                                                                           : EXIT_SKIP_INSN;
}

/* AMD's extended LVT entries. The hardware checks their reserved bits. */
static enum exit_result write_ext_lvt(struct vcpu *v, uint32_t msr, uint64_t value)
{
    unsigned offset = 0;

    if (apic_base_mode(v->apic_base) != APIC_MODE_X2APIC || !apic_reg_from_msr(msr, &offset))
        return EXIT_INJECT_GP;
    value = (value & GENMASK(63, 32)) | apic_lvt_for_hardware(offset, (uint32_t)value);
    return wrmsr_safe(msr, value) ? EXIT_INJECT_GP : EXIT_SKIP_INSN;
}

#define LVT_ROW(from, to, write_fn)                                                                \
    {.first = (from),                                                                              \
     .last = (to),                                                                                 \
     .read = msr_read_gp,                                                                          \
     .write = (write_fn),                                                                          \
     .open_at_first = MSR_OPEN_READ}

/*
 * Writes to the ICR and to LVT entries with a delivery mode are intercepted in every mode.
 * trap_range() opens and closes the rest of the range.
 */
const struct msr_trap apic_msr_traps[] = {
    {.first = APIC_MSR_X2APIC_ICR,
     .last = APIC_MSR_X2APIC_ICR,
     .read = msr_read_gp,
     .write = write_icr,
     .open_at_first = MSR_OPEN_READ},
    LVT_ROW(APIC_MSR_X2APIC_LVT_CMCI, APIC_MSR_X2APIC_LVT_CMCI, write_lvt),
    LVT_ROW(APIC_MSR_X2APIC_LVT_THERMAL, APIC_MSR_X2APIC_LVT_LINT1, write_lvt),
    LVT_ROW(APIC_MSR_X2APIC_EXT_LVT_FIRST, APIC_MSR_X2APIC_EXT_LVT_LAST, write_ext_lvt),
    {.first = APIC_MSR_X2APIC_FIRST,
     .last = APIC_MSR_X2APIC_LAST,
     .read = msr_read_gp,
     .write = msr_write_gp,
     .open_at_first = MSR_OPEN_BOTH},
};
const unsigned apic_msr_trap_count = ARRAY_SIZE(apic_msr_traps);
const struct port_trap apic_port_traps[] = {{0}};
const unsigned apic_port_trap_count = 0;

enum exit_result apic_handle_exit(struct vcpu *v, const struct vm_exit *x)
{
    /* The way past the table of MSRs, because IPIs are frequent. */
    if (x->kind == EXIT_MSR_WRITE && x->msr == APIC_MSR_X2APIC_ICR)
        return send_ipi(v, msr_written(v));
    return x->kind == EXIT_PAGE_FAULT ? fallback_fault(v, x) : EXIT_UNHANDLED;
}

void apic_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    if (apic_locks_x2apic && leaf == 7 && subleaf == 0)
        r->edx |= APIC_LEAF7_EDX_ARCH_CAP;
}

void apic_pre_entry(struct vcpu *v)
{
    (void)v;
}
