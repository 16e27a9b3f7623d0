/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of one virtual local APIC, in the virtual-APIC page, which the processor itself
 * reads and writes. Pure: a function returns what a write causes outside of the page. Only the CPU
 * that owns the page calls these functions, while its guest does not run; any CPU may call
 * vlapic_published_ppr() (docs/ownership.md). Offsets are in bytes, as in the xAPIC page, in both
 * modes.
 *
 * Source: Intel SDM Vol. 3A, "Advanced Programmable Interrupt Controller (APIC)"; Vol. 3C, "APIC
 * Virtualization and Virtual Interrupts" for the layout of the page.
 */
#ifndef APIC_APICV_VLAPIC_H
#define APIC_APICV_VLAPIC_H

#include <lapwing/types.h>

#include "apic/apic_base.h"
#include "apic/apic_regs.h"
#include "apic/dest.h"

/* In x2APIC mode the page holds the upper half of the ICR beside the lower one. */
#define VLAPIC_X2APIC_ICR_HI 0x304u

/* Lower vectors are illegal: an APIC neither sends nor accepts them. */
#define VLAPIC_FIRST_VECTOR 16

#define VLAPIC_NO_VECTOR (-1)

struct vlapic {
    uint32_t *regs; /* the page */
    uint32_t id;
    uint32_t version;
    enum apic_mode mode;
    bool tsc_deadline; /* the CPU's timer has TSC-deadline mode */
    uint32_t errors;   /* errors that were detected since ESR was last written */
    uint32_t initial;  /* the timer's initial count; a write that was ignored may be in the page */
};

/* What the caller must still do after a write. */
enum vlapic_effect {
    VLAPIC_NOTHING,
    VLAPIC_GP,       /* raise #GP(0): x2APIC mode, nothing has changed */
    VLAPIC_ABSENT,   /* xAPIC mode: there is no such register; vlapic_error() */
    VLAPIC_TIMER,    /* write `initial` to the physical initial count */
    VLAPIC_LOCAL,    /* write the physical register: vlapic_physical() */
    VLAPIC_ENABLING, /* write SVR and all LVTs so; the software enable may have changed */
    VLAPIC_IDENTITY, /* LDR or DFR: publish vlapic_identity(), write the physical registers */
    VLAPIC_SEND,     /* send an IPI: vlapic_icr() */
    VLAPIC_SELF_IPI, /* send vlapic_self_ipi_vector() to this CPU */
    VLAPIC_EOI,
    VLAPIC_TPR, /* the processor priority may have changed */
};

/* Sets the registers to their state after power-up or INIT. Mode and ID stay. */
void vlapic_reset(struct vlapic *vl);

/* Follows IA32_APIC_BASE to `mode`. Leaving "disabled", or entering it, resets the registers. */
void vlapic_set_mode(struct vlapic *vl, enum apic_mode mode);

/*
 * Does a read that the processor leaves to software. Returns false if there is no such register in
 * the mode: the caller raises #GP in x2APIC mode, and calls vlapic_error() in xAPIC mode. *value is
 * 0 then. The page does not hold the timer's current count.
 */
bool vlapic_read(const struct vlapic *vl, unsigned offset, uint64_t *value);

/*
 * Writes `value` to the register at `offset`. In x2APIC mode `value` is WRMSR's. In xAPIC mode only
 * the low half counts, and the processor may have stored it in the page already.
 */
enum vlapic_effect vlapic_write(struct vlapic *vl, unsigned offset, uint64_t value);

/* vlapic_write() of the ICR, */
enum vlapic_effect vlapic_write_icr(struct vlapic *vl, uint64_t value);

/*
 * and of the initial count, 32 bits of it; inline, because a kernel without TSC deadlines writes it at
 * each tick. "In TSC-deadline mode: Writes to the initial-count register are ignored".
 */
static inline __attribute__((always_inline)) enum vlapic_effect
vlapic_write_initial_count(struct vlapic *vl, uint32_t value)
{
    const uint32_t lvt = vl->regs[APIC_REG_LVT_TIMER / sizeof(uint32_t)];
    const bool ignored = (lvt & APIC_LVT_TIMER_MODE) == APIC_LVT_TIMER_TSC_DEADLINE;

    if (!ignored)
        vl->initial = value;
    vl->regs[APIC_REG_TIMER_INITIAL / sizeof(uint32_t)] = vl->initial;
    return ignored ? VLAPIC_NOTHING : VLAPIC_TIMER;
}

/* Does the register exist in the current mode, for reading or writing? */
bool vlapic_has(const struct vlapic *vl, unsigned offset);

/* Is the APIC enabled, in IA32_APIC_BASE and by software in SVR? */
bool vlapic_enabled(const struct vlapic *vl);

/* Returns what destinations are compared with. */
struct lapic_id vlapic_identity(const struct vlapic *vl);

/* Returns the vector that the guest has chosen for spurious interrupts. */
uint8_t vlapic_spurious_vector(const struct vlapic *vl);

/* Returns the raw ICR, as icr_decode() takes it. */
uint64_t vlapic_icr(const struct vlapic *vl);

/* Returns the vector that was last written to the self-IPI register. */
uint8_t vlapic_self_ipi_vector(const struct vlapic *vl);

/*
 * Records bits of the ESR, which software sees after its next write to ESR. Returns the vector of
 * the error interrupt, or VLAPIC_NO_VECTOR.
 */
int vlapic_error(struct vlapic *vl, uint32_t bits);

/*
 * Returns the value for a register of the physical LAPIC behind this one. Local interrupts (timer,
 * error, counters, LINT pins) come from the physical LVT with the guest's own vectors. The physical
 * software enable stays on for Lapwing, and the spurious vector is APIC_SVR_OWN_VECTOR.
 */
uint32_t vlapic_physical(const struct vlapic *vl, unsigned offset);

/* The offsets of all LVT entries, ending with 0. vlapic_has() says whether this APIC has one. */
extern const uint16_t vlapic_lvts[];
bool vlapic_is_lvt(unsigned offset);

#endif
