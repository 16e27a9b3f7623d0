/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One step over the instruction with a scratch page in the LAPIC's place, then a replay of what it
 * left there. The scratch page starts as a copy of the registers: an instruction may read the page
 * too (or, xchg, movs). All state is this CPU's.
 */
#include "apic/apic_regs.h"
#include "apic/xapic_trap/xapic_method.h"
#include "apic/xapic_trap/xapic_page.h"
#include "apic/physical/lapic.h"
#include "core/step.h"
#include "core/virt.h"

#define REGISTERS (APIC_REG_EXT_LAST / APIC_REG_STRIDE + 1)

struct apic_vcpu {
    uint32_t scratch[PAGE_SIZE / sizeof(uint32_t)];
    uint32_t before[REGISTERS];
    unsigned faulted; /* offset of the register whose write faulted; it is replayed in any case */
};

const unsigned xapic_page_pages = (sizeof(struct apic_vcpu) + PAGE_SIZE - 1) / PAGE_SIZE;

static unsigned offset_of(unsigned n)
{
    return n * APIC_REG_STRIDE;
}

/* AMD's: which of the registers from 400H on there are is said by the first of them. */
static bool is_extended(unsigned offset, uint32_t features)
{
    unsigned lvts = (features & APIC_EXT_LVT_COUNT) >> APIC_EXT_LVT_SHIFT;

    if (offset >= APIC_REG_EXT_LVT)
        return offset < APIC_REG_EXT_LVT + lvts * APIC_REG_STRIDE;
    return offset <= APIC_REG_EXT_CONTROL ||
           (offset >= APIC_REG_EXT_IER && (features & APIC_EXT_HAS_IER));
}

static bool is_copied(unsigned offset)
{
    return apic_reg_readable(offset, false) && offset != APIC_REG_APR && offset != APIC_REG_RRD &&
           offset != APIC_REG_LVT_CMCI;
}

/* Reading a register that this LAPIC does not have would set an error bit in its ESR. */
static void copy_in(struct apic_vcpu *a)
{
    bool has_extended = lapic_read(APIC_REG_VERSION) & APIC_VERSION_EXT_SPACE;
    uint32_t features = has_extended ? lapic_read(APIC_REG_EXT_FEATURE) : 0;

    for (unsigned n = 0; n < REGISTERS; n++) {
        unsigned offset = offset_of(n);
        bool copied = offset < APIC_REG_EXT_FEATURE ? is_copied(offset)
                                                    : has_extended && is_extended(offset, features);
        a->before[n] = copied ? lapic_read(offset) : 0;
        a->scratch[offset / sizeof(uint32_t)] = a->before[n];
    }
}

static void replay(struct vcpu *v, unsigned n)
{
    struct apic_vcpu *a = v->apic;
    unsigned offset = offset_of(n);
    uint32_t now = a->scratch[offset / sizeof(uint32_t)];

    if (now != a->before[n] || offset == a->faulted)
        xapic_page_write(v, offset, now);
}

/* ICR_LO last: it sends to where ICR_HI says, and one instruction may have written both. */
static void stepped(struct vcpu *v, bool completed)
{
    const unsigned icr_lo = APIC_REG_ICR_LO / APIC_REG_STRIDE;
    const struct apic_vcpu *a = v->apic;

    if (!completed)
        return;
    for (unsigned n = 0; n < REGISTERS; n++) {
        if (n != icr_lo)
            replay(v, n);
    }
    replay(v, icr_lo);
    if (a->faulted >= offset_of(REGISTERS) && a->faulted < PAGE_SIZE) /* no register: an error */
        xapic_page_write(v, a->faulted, a->scratch[a->faulted / sizeof(uint32_t)]);
}

enum exit_result xapic_step(struct vcpu *v, const struct vm_exit *x)
{
    struct apic_vcpu *a = v->apic;

    /* Only the first of a register's four words is one ("Local APIC Register Address Map"). */
    a->faulted = x->fault.gpa % APIC_REG_STRIDE < sizeof(uint32_t)
                     ? (unsigned)(x->fault.gpa - APIC_BASE_PA) & ~(APIC_REG_STRIDE - 1)
                     : (unsigned)PAGE_SIZE;
    copy_in(a);
    step_begin(v, APIC_BASE_PA, APIC_BASE_PA, PT_RX, (hpa_t)a->scratch, stepped);
    return EXIT_RESUME;
}
