/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of payload apic-regs, and what they share. */
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

/*
 * The known differences of a machine from the manual. models.c says which machine differs and why.
 */
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
    SPURIOUS_STAYS,
    DIFFERENCES
};

bool differs(enum difference what);

const char *unfit_for_xapic(void); /* this CPU has left it */
const char *unfit_to_enter_x2apic(void);
const char *unfit_for_x2apic(void);
const char *unfit_to_disable(void);

/* Runs fn(NULL) on the first CPU and on the last. */
void on_each(job_fn fn);
/* Checks that no interrupt came to any CPU since irq_count_begin(). */
void check_no_interrupts(void);

static inline bool is_x2apic(void)
{
    return this_cpu()->x2apic;
}

/* Access by slot, in the CPU's present mode. */
uint32_t slot_read(unsigned slot);
void slot_write(unsigned slot, uint32_t value);

/* Writes ESR and reads it: the errors since the last call. */
uint32_t take_errors(void);
void check_no_errors(void);

/* The registers that can be read and are not reserved. A difference fails and names `after`. */
struct snapshot {
    uint32_t regs[SLOTS];
};
void snapshot(struct snapshot *s);
#define BUT_NONE    0
#define BUT(offset) BIT((offset) / 16)
/* `but` has a bit for each slot that may change. */
void check_unchanged(const struct snapshot *s, uint64_t but, const char *after);
/* As on_each(), with interrupts off, after quiesce(). Checks that fn changed nothing but `but`. */
void on_each_unchanged(void (*fn)(const struct snapshot *before), uint64_t but, const char *after);

/* Writes to each LVT entry: the same value, or masked with a vector of its own. */
void write_lvts(uint32_t value);
void write_lvts_apart(void);

/* Turns the timer off, TPR to 0, the LAPIC on, masks all LVT entries and empties ESR. */
void quiesce(void);

/* Waits until the timer's count is 0. Returns false if the count does not get there. */
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
void case_spurious_timer(void);
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
