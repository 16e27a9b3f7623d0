/* SPDX-License-Identifier: GPL-2.0-only */
/* What a word of lapic_id_pack() says. */
#ifndef UNIT_FAKES_LAPIC_WORD_H
#define UNIT_FAKES_LAPIC_WORD_H

#include "apic/apic_regs.h"
#include "apic/dest.h"

static inline struct lapic_id lapic_id_unpack(uint64_t word)
{
    return (struct lapic_id){
        .id = (uint32_t)word,
        .ldr = (uint32_t)((word & LAPIC_WORD_LDR) >> LAPIC_WORD_LDR_SHIFT << APIC_XAPIC_LDR_SHIFT),
        .dfr = (uint32_t)((word & LAPIC_WORD_DFR) >> LAPIC_WORD_DFR_SHIFT << APIC_DFR_MODEL_SHIFT),
        .x2apic = (word & LAPIC_WORD_X2APIC) != 0,
        .enabled = (word & LAPIC_WORD_ENABLED) != 0,
    };
}

#endif
