/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU as strategies and the SMP core see it, for host tests. LAPIC and MSRs are arrays, and a
 * record keeps what was asked of vendor, step engine and log.
 */
#ifndef UNIT_FAKES_FAKE_CPU_H
#define UNIT_FAKES_FAKE_CPU_H

#include "core/machine.h"
#include "core/virt.h"
#include "fakes/lapic_word.h"

#define FAKE_VOID_PA UINT64_C(0xABC000)

struct fake {
    uint32_t lapic[256]; /* the page */
    bool lapic_was_read[256];
    unsigned lapic_reads; /* but for ICR_HI, which the driver remembers */
    struct {
        unsigned offset;
        uint32_t value;
    } writes[64];
    unsigned write_count;

    uint64_t apic_base_msr;
    unsigned icr_msr_writes;
    uint64_t icr_msr;
    bool wrmsr_faults;

    unsigned flushes, steps, sinks, injections, logs, lapic_resets, virtual_wires;
    struct vm_event injected;
    step_done_fn *step_done;
    hpa_t step_scratch;
    uint8_t code[16]; /* at the guest's RIP, in 64-bit mode */
    unsigned code_size;
    unsigned fetches;
    uint64_t rip, dr7;
    bool trapped_read[256], trapped_write[256]; /* of the x2APIC range */
};

extern struct fake fake;

/* Makes a machine of `count` CPUs with APIC IDs 0, 1, 2..., in xAPIC mode. Clears the fake. */
struct vcpu *fake_machine(unsigned count);

/* Returns the identity that other CPUs read. */
static inline struct lapic_id fake_identity(const struct vcpu *v)
{
    return lapic_id_unpack(atomic_load(&v->identity));
}

/* Returns the leaf that the strategy has set for the LAPIC page. */
struct pt_leaf fake_lapic_leaf(struct vcpu *v);

#endif
