/* SPDX-License-Identifier: GPL-2.0-only */
/* The interrupt state of a virtual LAPIC; see vlapic_irq.h. No state of its own, no lock. */
#include "apic/apicv/vlapic_irq.h"

#define VECTORS_PER_REG 32
#define REGS_PER_BLOCK  8
#define CLASS           0xf0u

static unsigned word_of(unsigned block, unsigned reg)
{
    return (block + reg * APIC_REG_STRIDE) / (unsigned)sizeof(uint32_t);
}

void vlapic_clear_bit(struct vlapic *vl, unsigned block, uint8_t vector)
{
    vl->regs[word_of(block, vector / VECTORS_PER_REG)] &= ~BIT32(vector % VECTORS_PER_REG);
}

int vlapic_highest(const struct vlapic *vl, unsigned block)
{
    for (unsigned reg = REGS_PER_BLOCK; reg-- > 0;) {
        const uint32_t bits = vl->regs[word_of(block, reg)];

        if (bits != 0)
            return (int)(reg * VECTORS_PER_REG) + 31 - __builtin_clz(bits);
    }
    return VLAPIC_NO_VECTOR;
}

void vlapic_accept(struct vlapic *vl, uint8_t vector, bool level)
{
    const uint32_t bit = BIT32(vector % VECTORS_PER_REG);
    uint32_t *const irr = &vl->regs[word_of(APIC_REG_IRR, vector / VECTORS_PER_REG)];
    uint32_t *const tmr = irr - (APIC_REG_IRR - APIC_REG_TMR) / sizeof(uint32_t);

    *irr |= bit;
    *tmr = level ? *tmr | bit : *tmr & ~bit;
}

int vlapic_accept_posted(struct vlapic *vl, const uint64_t requests[4])
{
    int highest = VLAPIC_NO_VECTOR;

    for (unsigned i = 0; i < 4; i++) {
        if (requests[i] == 0)
            continue;
        vl->regs[word_of(APIC_REG_IRR, 2 * i)] |= (uint32_t)requests[i];
        vl->regs[word_of(APIC_REG_IRR, 2 * i + 1)] |= (uint32_t)(requests[i] >> 32);
        highest = (int)(i * 64) + 63 - __builtin_clzll(requests[i]);
    }
    return highest;
}

uint8_t vlapic_ppr(const struct vlapic *vl)
{
    const uint32_t tpr = vl->regs[APIC_REG_TPR / sizeof(uint32_t)] & 0xff;
    const int isr = vlapic_highest(vl, APIC_REG_ISR);
    const uint32_t in_service = isr < 0 ? 0 : (uint32_t)isr & CLASS;

    return (uint8_t)((tpr & CLASS) >= in_service ? tpr : in_service);
}

uint8_t vlapic_published_ppr(const struct vlapic *vl)
{
    return (uint8_t)__atomic_load_n(&vl->regs[APIC_REG_PPR / sizeof(uint32_t)], __ATOMIC_RELAXED);
}

uint16_t vlapic_interrupt_status(const struct vlapic *vl)
{
    const int irr = vlapic_highest(vl, APIC_REG_IRR), isr = vlapic_highest(vl, APIC_REG_ISR);

    return (uint16_t)((irr < 0 ? 0 : irr) | (isr < 0 ? 0 : isr) << 8);
}

bool vlapic_deliverable(const struct vlapic *vl, uint8_t vector)
{
    return (vector & CLASS) > (vlapic_published_ppr(vl) & CLASS);
}

int vlapic_eoi(struct vlapic *vl)
{
    const int vector = vlapic_highest(vl, APIC_REG_ISR);

    if (vector >= 0) {
        vlapic_clear_bit(vl, APIC_REG_ISR, (uint8_t)vector);
        vl->regs[APIC_REG_PPR / sizeof(uint32_t)] = vlapic_ppr(vl);
    }
    return vector;
}

void vlapic_bid(struct vlapic_arbitration *a, cpu_id_t cpu, uint8_t priority)
{
    if (a->any && a->priority <= priority)
        return;
    *a = (struct vlapic_arbitration){.any = true, .winner = cpu, .priority = priority};
}
