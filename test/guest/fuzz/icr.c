/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values of the ICR. Left out are those that end the payload by right: vectors of exceptions and FFH; an
 * INIT that the subject itself or CPU 0 gets; a SIPI to a CPU that waits for one, or to another page
 * than the trampoline. Bare: SMI and ExtINT as well.
 */
#include <lapwing/string.h>
#include "fuzz/code.h"
#include "fuzz/kinds.h"

#define ICR_MODE       0x700u
#define ICR_EXTINT     0x700u
#define ICR_SHORTHANDS (3u << 18)
#define FIRST_VECTOR   0x20u
#define ABSENT_ID      0x70u

struct icr {
    uint32_t low, dest;
};

static uint32_t any_dest(struct random *r)
{
    if (random_one_in(r, 2))
        return cpu_at(random_below(r, cpu_count()))->apic_id;
    return (uint32_t)random_64(r) & (this_cpu()->x2apic ? UINT32_MAX : 0xFF);
}

/* A CPU that may be lost for a while, or nobody. */
static uint32_t dest_to_lose(struct random *r)
{
    const unsigned index = random_below(r, cpu_count());

    if (index <= SUBJECT)
        return ABSENT_ID + random_below(r, 16);
    atomic_store(&cpu_at(index)->online, false);
    return cpu_at(index)->apic_id;
}

static struct icr init(struct random *r, uint32_t low)
{
    low &= ~(ICR_SHORTHANDS | ICR_LOGICAL);
    if ((low & ICR_LEVEL) && !(low & ICR_ASSERT) && random_one_in(r, 2))
        return (struct icr){low, any_dest(r)};
    return (struct icr){low, dest_to_lose(r)};
}

static bool is_online(unsigned index)
{
    return atomic_load(&cpu_at(index)->online);
}

static struct icr sipi(struct random *r, uint32_t low)
{
    const unsigned index = random_below(r, cpu_count());

    low = (low & ~(ICR_SHORTHANDS | ICR_LOGICAL | 0xFF)) | TRAMPOLINE_VECTOR;
    return (struct icr){low, is_online(index) ? cpu_at(index)->apic_id : ABSENT_ID};
}

static bool all_online(void)
{
    for (unsigned i = 0; i < cpu_count(); i++)
        if (!is_online(i))
            return false;
    return true;
}

/* A CPU that has an NMI on its way when it is started takes it without a handler. */
static bool is_left_out(uint32_t mode)
{
    if (mode == ICR_NMI)
        return !all_online();
    return (mode == ICR_SMI && plan.bare) ||
           (mode == ICR_EXTINT && (plan.bare || plan.bochs_lapic));
}

static struct icr draw(struct random *r)
{
    struct icr icr = {(uint32_t)random_64(r), any_dest(r)};
    const uint32_t mode = icr.low & ICR_MODE;

    if (is_left_out(mode))
        icr.low &= ~ICR_MODE;
    if ((icr.low & 0xFF) < FIRST_VECTOR)
        icr.low |= FIRST_VECTOR;
    if ((icr.low & 0xFF) == VECTOR_SPURIOUS) /* its handler writes no EOI */
        icr.low ^= 1;
    if (mode == ICR_INIT)
        return init(r, icr.low);
    if (mode == ICR_SIPI)
        return sipi(r, icr.low);
    return icr;
}

/* Low halves with reserved bits are as good as others. */
static void send(struct random *r, const struct icr *icr)
{
    struct regs regs = {.rax = icr->low, .rdi = LAPIC_BASE + LAPIC_ICR, .rsi = (uintptr_t)code_ram};
    struct code code = code_begin();

    if (this_cpu()->x2apic) {
        wrmsr(MSR_X2APIC + LAPIC_ICR / 16, (uint64_t)icr->dest << 32 | icr->low);
        return;
    }
    lapic_write(LAPIC_ICR2, icr->dest << 24);
    memcpy(code_ram, &icr->low, sizeof(icr->low));
    code_add(&code, insn_store_32(r));
    code_run(&code, &regs);
}

void kind_icr(struct random *r)
{
    step_guard();
    for (unsigned i = 1 + random_below(r, 3); i > 0; i--) {
        const struct icr icr = draw(r);

        send(r, &icr);
    }
}
