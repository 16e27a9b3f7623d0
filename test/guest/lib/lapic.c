/* SPDX-License-Identifier: GPL-2.0-only */
/* The calling CPU's LAPIC; see lapic.h. The mode is in this_cpu()->x2apic. */
#include "lapic.h"

#include "cpu_insn.h"
#include "leaf.h"
#include "smp.h"

#define MSR_XAPIC_DISABLE_STATUS 0xBD
#define LEAF7_ARCH_CAPABILITIES  BIT32(29) /* EDX */

/* The version register's "max LVT entry" from which on they exist. */
#define HIGHEST_WITH_PMC     4
#define HIGHEST_WITH_THERMAL 5
#define HIGHEST_WITH_CMCI    6

uint32_t lapic_read(enum lapic_reg reg)
{
    if (this_cpu()->x2apic)
        return (uint32_t)rdmsr(MSR_X2APIC + (uint32_t)reg / 16);
    return *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + reg);
}

void lapic_write(enum lapic_reg reg, uint32_t value)
{
    if (this_cpu()->x2apic)
        wrmsr(MSR_X2APIC + (uint32_t)reg / 16, value);
    else
        *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + reg) = value;
}

bool lapic_bit(enum lapic_reg block, unsigned vector)
{
    return lapic_read((enum lapic_reg)(block + vector / 32 * 16)) >> vector % 32 & 1;
}

void lapic_eoi(void)
{
    lapic_write(LAPIC_EOI, 0);
}

uint32_t lapic_id(void)
{
    uint32_t id = lapic_read(LAPIC_ID);

    return this_cpu()->x2apic ? id : id >> 24;
}

void lapic_enable(void)
{
    lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | 0xFF);
}

void lapic_ipi(uint32_t low, uint32_t dest)
{
    if (this_cpu()->x2apic) {
        /* x2APIC writes are not serialising: make earlier stores visible to the receiver first. */
        __asm__ volatile("mfence; lfence" : : : "memory");
        wrmsr(MSR_X2APIC + LAPIC_ICR / 16, (uint64_t)dest << 32 | low);
        return;
    }
    lapic_write(LAPIC_ICR2, dest << 24);
    lapic_write(LAPIC_ICR, low);
    for (unsigned i = 0; i < 100000 && (lapic_read(LAPIC_ICR) & ICR_PENDING); i++)
        cpu_pause();
}

bool lapic_has_x2apic(void)
{
    return cpuid(1, 0).ecx & BIT32(21);
}

static void read_disable_status(void *arg)
{
    *(uint64_t *)arg = rdmsr(MSR_XAPIC_DISABLE_STATUS);
}

bool lapic_is_locked(void)
{
    uint64_t status = 0;
    struct fault fault;

    return (cpuid(7, 0).edx & LEAF7_ARCH_CAPABILITIES) &&
           !trap_call(read_disable_status, &status, &fault) && (status & BIT(0));
}

void lapic_enter_x2apic(void)
{
    wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | APIC_BASE_EXTD);
    this_cpu()->x2apic = true;
}

const enum lapic_reg lapic_lvts[LAPIC_LVTS] = {LAPIC_LVT_TIMER, LAPIC_LVT_THERMAL, LAPIC_LVT_PMC,
                                               LAPIC_LVT_LINT0, LAPIC_LVT_LINT1,   LAPIC_LVT_ERROR,
                                               LAPIC_LVT_CMCI};

/* In Bochs. Asked first under the trampoline's lock, or by the only CPU that looks. */
static bool has_uncounted_cmci(void)
{
    static bool known, answer;

    if (!known)
        answer = lapic_is_bochs();
    known = true;
    return answer;
}

static uint32_t highest_lvt(void)
{
    return lapic_read(LAPIC_VERSION) >> 16 & 0xFF;
}

static bool has_lvt(enum lapic_reg lvt)
{
    switch ((unsigned)lvt) {
    case LAPIC_LVT_PMC:
        return highest_lvt() >= HIGHEST_WITH_PMC;
    case LAPIC_LVT_THERMAL:
        return highest_lvt() >= HIGHEST_WITH_THERMAL;
    case LAPIC_LVT_CMCI:
        return highest_lvt() >= HIGHEST_WITH_CMCI || has_uncounted_cmci();
    default:
        return true;
    }
}

void lapic_capture(struct lapic_state *state)
{
    state->apic_base = rdmsr(MSR_APIC_BASE);
    state->id = lapic_id();
    state->tpr = lapic_read(LAPIC_TPR);
    state->ldr = lapic_read(LAPIC_LDR);
    state->dfr = this_cpu()->x2apic ? 0xFFFFFFFF : lapic_read(LAPIC_DFR);
    state->svr = lapic_read(LAPIC_SVR);
    for (unsigned i = 0; i < LAPIC_LVTS; i++)
        state->lvt[i] = has_lvt(lapic_lvts[i]) ? lapic_read(lapic_lvts[i]) : LAPIC_LVT_MASKED;
    state->timer_initial = lapic_read(LAPIC_TIMER_INITIAL);
    state->timer_divide = lapic_read(LAPIC_TIMER_DIVIDE);
    for (unsigned i = 0; i < 8; i++) {
        state->irr[i] = lapic_read((enum lapic_reg)(LAPIC_IRR + 16 * i));
        state->isr[i] = lapic_read((enum lapic_reg)(LAPIC_ISR + 16 * i));
        state->tmr[i] = lapic_read((enum lapic_reg)(LAPIC_TMR + 16 * i));
    }
    state->ppr = lapic_read(LAPIC_PPR);
    state->icr = lapic_read(LAPIC_ICR);
    state->icr2 = this_cpu()->x2apic ? 0 : lapic_read(LAPIC_ICR2);
    state->timer_current = lapic_read(LAPIC_TIMER_CURRENT);
}
