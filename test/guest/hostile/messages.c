/* SPDX-License-Identifier: GPL-2.0-only */
/* Stores that some machines take for interrupt messages, and SMIs sent by the LAPIC. */
#include "hostile/cases.h"
#include "lib/lapic.h"
#include "lib/smp.h"

#define MESSAGES_FIRST UINT64_C(0xFEE01000)
#define MESSAGES_END   UINT64_C(0xFEF00000)

#define MESSAGE_INIT 0x500u
#define LVT_SMI      0x200u

/* What is read in the same breath as written are ones, too: earlier writes have vanished. */
static void check_exchange(volatile uint32_t *word)
{
    uint32_t exchanged = 1, added = 2;

    __asm__ volatile("xchg %0, %2; xadd %1, %2"
                     : "+r"(exchanged), "+r"(added), "+m"(*word)
                     :
                     : "memory", "cc");
    CHECK_EQ(exchanged, 0xFFFFFFFF);
    CHECK_EQ(added, 0xFFFFFFFF);
}

/* An INIT to CPU `id` by its message: address bits 19:12 are the destination. */
void case_messages(void)
{
    if (!under_lapwing()) {
        tap_skip("bare: an INIT would arrive");
        return;
    }
    for (uint64_t page = MESSAGES_FIRST; page < MESSAGES_END; page += 4096) {
        volatile uint32_t *word = (volatile uint32_t *)page;

        *word = MESSAGE_INIT;
        CHECK_EQ(*word, 0xFFFFFFFF);
        check_exchange(word);
    }
    check_control();
}

void case_smi(void)
{
    if (!under_lapwing()) {
        tap_skip("bare: the firmware's handler would run");
        return;
    }
    lapic_ipi(ICR_SMI | ICR_ASSERT, cpu_at(cpu_count() - 1)->apic_id);
    lapic_ipi(ICR_SMI | ICR_ASSERT | ICR_ALL_BUT_ME, 0);
    lapic_write(LAPIC_LVT_LINT0, LVT_SMI);
    /* Physical: the entry is masked. Virtual: it may read as written, the hardware's is masked. */
    CHECK((lapic_read(LAPIC_LVT_LINT0) & 0x700) == LVT_SMI);
    lapic_write(LAPIC_LVT_LINT0, 0x10000);
    check_control();
}
