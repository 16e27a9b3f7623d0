/* SPDX-License-Identifier: GPL-2.0-only */
/* What the cases of apic-base share: the machine's rules, mode changes, IPIs between all CPUs. */
#include "apic-base/cases.h"

#define CPUID_AMD 0x68747541 /* EBX, "Auth" */
#define QUIET_US  2000

enum rules rules(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    if (!leaf.base)
        return bare_tcg() ? RULES_TCG : RULES_BARE;
    if (!lapic_has_x2apic())
        return RULES_HIDDEN;
    return lapic_is_locked() ? RULES_LOCKED : RULES_FULL;
}

const char *unfit_to_leave(void)
{
    if (rules() == RULES_LOCKED)
        return "locked in x2APIC mode";
    return rules() == RULES_BARE
               ? "what this bare machine's LAPIC keeps while it is off is not known"
               : NULL;
}

const char *unfit_for_x2apic(void)
{
    if (rules() == RULES_LOCKED)
        return "locked in x2APIC mode";
    return lapic_has_x2apic() ? NULL : "no x2APIC";
}

const char *unfit_unless_locked(void)
{
    return rules() == RULES_LOCKED ? NULL : "not locked";
}

const char *unfit_for_checks(void)
{
    return rules() == RULES_TCG || rules() == RULES_BARE ? "bare" : NULL;
}

bool unknown_msrs_fault(void)
{
    return !(lapic_is_bochs() && cpuid(0, 0).ebx == CPUID_AMD);
}

const char *mode_name(enum mode mode)
{
    return mode == MODE_OFF ? "off" : mode == MODE_XAPIC ? "xAPIC" : "x2APIC";
}

uint64_t mode_bits(enum mode mode)
{
    return mode == MODE_OFF ? 0 : mode == MODE_XAPIC ? APIC_BASE_EN : APIC_BASE_EN | APIC_BASE_EXTD;
}

enum mode mode_now(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    if (!(base & APIC_BASE_EN))
        return MODE_OFF;
    return base & APIC_BASE_EXTD ? MODE_X2APIC : MODE_XAPIC;
}

static void write_base(void *arg)
{
    wrmsr(MSR_APIC_BASE, *(const uint64_t *)arg);
}

bool try_base(uint64_t value)
{
    struct fault fault;
    bool ok = !trap_call(write_base, &value, &fault);

    if (!ok)
        tap_check(fault.vector == VECTOR_GP && fault.error == 0, "vector %u error 0x%lx",
                  fault.vector, (unsigned long)fault.error);
    this_cpu()->x2apic = mode_now() == MODE_X2APIC;
    return ok;
}

/* With the flags of `mode`, the rest as it is. */
static bool try_mode(enum mode mode)
{
    uint64_t base = rdmsr(MSR_APIC_BASE) & ~(APIC_BASE_EN | APIC_BASE_EXTD);

    return try_base(base | mode_bits(mode));
}

void go_to(enum mode mode)
{
    if (mode == MODE_XAPIC && mode_now() == MODE_X2APIC)
        tap_check(try_mode(MODE_OFF), "CPU %u: not off", this_cpu()->index);
    if (mode == MODE_X2APIC && mode_now() == MODE_OFF)
        tap_check(try_mode(MODE_XAPIC), "CPU %u: not on", this_cpu()->index);
    tap_check(try_mode(mode) && mode_now() == mode, "CPU %u: not in mode %s", this_cpu()->index,
              mode_name(mode));
    if (mode != MODE_OFF)
        lapic_enable();
}

static void go_to_job(void *arg)
{
    go_to(*(const enum mode *)arg);
}

void send_to_mode(unsigned index, enum mode mode)
{
    tap_check(on_cpu(index, go_to_job, &mode), "CPU %u does not answer, or an exception", index);
}

static void send_to_others(void *arg)
{
    unsigned me = this_cpu()->index;

    (void)arg;
    for (unsigned i = 0; i < cpu_count(); i++)
        if (i != me)
            lapic_ipi(ICR_FIXED | ICR_ASSERT | (VECTOR_TEST + me % TEST_VECTORS),
                      cpu_at(i)->apic_id);
}

void check_all_pairs(const char *when)
{
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(on_cpu(i, send_to_others, NULL), "%s: CPU %u does not answer", when, i);
    for (unsigned from = 0; from < cpu_count(); from++)
        for (unsigned to = 0; to < cpu_count(); to++)
            if (from != to)
                tap_check(irq_count_wait(to, VECTOR_TEST + from % TEST_VECTORS, 1),
                          "%s: no IPI from CPU %u to %u", when, from, to);
    delay_us(QUIET_US);
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(irq_count_all(i) == cpu_count() - 1, "%s: CPU %u took %u interrupts", when, i,
                  irq_count_all(i));
}
