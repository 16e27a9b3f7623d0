/* SPDX-License-Identifier: GPL-2.0-only */
/* The apic-regs payload's cases, and what they share. */
#ifndef GUEST_APIC_REGS_CASES_H
#define GUEST_APIC_REGS_CASES_H

#include "apic-regs/table.h"
#include "lib/clock.h"
#include "lib/cpu_insn.h"
#include "lib/irq_count.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define ESR_SEND_ILLEGAL    BIT32(5)
#define ESR_RECEIVE_ILLEGAL BIT32(6)
#define ESR_ILLEGAL_ADDRESS BIT32(7)

/* In what a machine is known to differ from the manual: models.c has who and why. */
enum difference {
    STATUS_BITS_STAY,
    RESERVED_BITS_STAY,
    ICR_BITS_STAY,
    CMCI_IS_THERE,
    ID_IS_WRITABLE,
    SLOT_0_IS_MSI,
    ESR_IS_STUCK,
    RRD_IS_RESERVED,
    NO_SEND_ILLEGAL,
    NO_ERROR_INTERRUPT,
    LOW_VECTORS_ARRIVE,
    DISABLED_IS_NOT_MASKED,
    LEVEL_IPIS,
    SPANS_STOP_IT,
    ODD_WRITES_STOP_IT,
    CONSUMED_IS_NOT_IN_ICR,
    INIT_KEEPS_ICR,
    INIT_KEEPS_CMCI,
    X2APIC_BITS_UNCHECKED,
    X2APIC_LVT_BITS_UNCHECKED,
    X2APIC_READ_ONLY_UNCHECKED,
    X2APIC_ICR_IS_NOT_KEPT,
    CR8_BITS_UNCHECKED,
    UNKNOWN_MSRS_ARE_0,
    PIC_BYPASSES_LINT0,
    OFF_RESETS_NOTHING,
    LATE_TIMER,
    DEADLINE_STAYS,
    INIT_LEAVES_X2APIC,
    DIFFERENCES
};

bool differs(enum difference what);

const char *unfit_for_xapic(void); /* this CPU has left it */
const char *unfit_to_enter_x2apic(void);
const char *unfit_for_x2apic(void);
const char *unfit_to_disable(void);

/* Runs fn(NULL) on the first CPU and on the last. */
void on_each(job_fn fn);
/* Since irq_count_begin(), on any CPU. */
void check_no_interrupts(void);

static inline bool is_x2apic(void)
{
    return this_cpu()->x2apic;
}

/* By slot, in the mode that the CPU is in. */
uint32_t slot_read(unsigned slot);
void slot_write(unsigned slot, uint32_t value);

/* The errors since the last one of these: writes ESR and reads it. */
uint32_t take_errors(void);
void check_no_errors(void);

/*
 * All registers that can be read and are not reserved; differences are failures that name `after`.
 */
struct snapshot {
    uint32_t regs[SLOTS];
};
void snapshot(struct snapshot *s);
#define BUT_NONE    0
#define BUT(offset) BIT((offset) / 16)
/* but: a bit for each slot that may change. */
void check_unchanged(const struct snapshot *s, uint64_t but, const char *after);
/* As on_each(), with interrupts off, after quiesce(); what was before must be there afterwards. */
void on_each_unchanged(void (*fn)(const struct snapshot *before), uint64_t but, const char *after);

/* The same to each LVT entry; each masked, with a vector of its own. */
void write_lvts(uint32_t value);
void write_lvts_apart(void);

/* Timer off and masked, TPR 0, LAPIC enabled, all LVT entries masked, ESR empty. */
void quiesce(void);

/* Waits until the timer's count is 0; false if it does not get there. */
bool timer_runs_out(void);

void send_self(unsigned vector);
#define VECTOR_LOW  (VECTOR_TEST + 0x02)
#define VECTOR_SAME (VECTOR_TEST + 0x08) /* of the same class */
#define VECTOR_HIGH (VECTOR_TEST + 0x42)

void case_differences(void);
void case_identity(void);
void case_patterns(void);
void case_icr(void);
void case_spurious_register(void);
void case_read_only(void);
void case_reserved(void);
void case_software_disabled(void);
void case_reads(void);
void case_writes(void);
void case_msrs_of_xapic(void);
void case_tpr(void);
void case_in_service(void);
void case_spurious(void);
void case_nested(void);
void case_trigger_mode(void);
void case_errors(void);
void case_error_interrupt(void);
void case_one_shot(void);
void case_periodic(void);
void case_divider(void);
void case_masked_timer(void);
void case_deadline(void);
void case_deadline_modes(void);
void case_extint(void);
void case_remote_read(void);
void case_init(void);
void case_enter_x2apic(void);
void case_msr_reads(void);
void case_msr_read_only(void);
void case_msr_reserved_bits(void);
void case_msr_patterns(void);
void case_off_and_on(void);

#endif
