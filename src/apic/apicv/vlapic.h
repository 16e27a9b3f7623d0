/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of one virtual local APIC, kept in the virtual-APIC page that the processor itself
 * reads and writes. Pure: what a write has to cause outside of the page is returned, not done. Only
 * the CPU that owns the page calls these, while its guest does not run; but the priority of another
 * CPU is read for a lowest-priority IPI (docs/ownership.md).
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

/* In x2APIC mode the page holds the ICR's upper half beside the lower one. */
#define VLAPIC_X2APIC_ICR_HI 0x304u

/* Lower ones are illegal: an APIC neither sends nor accepts them. */
#define VLAPIC_FIRST_VECTOR 16

#define VLAPIC_NO_VECTOR (-1)

struct vlapic {
    uint32_t *regs; /* the page */
    uint32_t id;
    uint32_t version;
    enum apic_mode mode;
    bool tsc_deadline; /* the CPU's timer has that mode */
    uint32_t errors;   /* detected since ESR was last written */
    uint32_t initial;  /* the timer's initial count: the page may have one that is to be ignored */
};

/* What a write leaves to be done, besides the page. */
enum vlapic_effect {
    VLAPIC_NOTHING,
    VLAPIC_GP,       /* x2APIC mode: #GP(0), nothing has changed */
    VLAPIC_LOCAL,    /* the physical register has to follow: vlapic_physical() */
    VLAPIC_ENABLING, /* the same for SVR and all LVTs; the software enable may have changed */
    VLAPIC_IDENTITY, /* LDR or DFR: vlapic_identity(), and the physical registers */
    VLAPIC_SEND,     /* an IPI: vlapic_icr() */
    VLAPIC_SELF_IPI, /* vlapic_self_ipi_vector() */
    VLAPIC_EOI,
    VLAPIC_TPR, /* the processor priority may have changed */
};

/* The registers' state after power-up or INIT; mode and ID stay. */
void vlapic_reset(struct vlapic *vl);

/* IA32_APIC_BASE went to `mode`. Leaving "disabled", or entering it, resets the registers. */
void vlapic_set_mode(struct vlapic *vl, enum apic_mode mode);

/*
 * A read that software carries out. False: no such register here; #GP in x2APIC mode, in xAPIC mode
 * 0 and vlapic_error(). The timer's current count is not in the page: the caller knows it.
 */
bool vlapic_read(const struct vlapic *vl, unsigned offset, uint64_t *value);

/*
 * A write to the register at `offset`. In x2APIC mode `value` is WRMSR's; in xAPIC mode its low
 * half counts, and may be what the processor has already put into the page.
 */
enum vlapic_effect vlapic_write(struct vlapic *vl, unsigned offset, uint64_t value);

/* Is there such a register in the current mode, for reading or writing? */
bool vlapic_has(const struct vlapic *vl, unsigned offset);

/* The software enable of SVR, in a mode in which there is one. */
bool vlapic_enabled(const struct vlapic *vl);

/* What destinations are compared with. */
struct lapic_id vlapic_identity(const struct vlapic *vl);

/* The raw ICR, as icr_decode() takes it. */
uint64_t vlapic_icr(const struct vlapic *vl);

uint8_t vlapic_self_ipi_vector(const struct vlapic *vl);

/*
 * Records bits of the ESR, which software sees after its next write to it. Returns the vector of
 * the interrupt that goes with it, or VLAPIC_NO_VECTOR.
 */
int vlapic_error(struct vlapic *vl, uint32_t bits);

/*
 * The value for a register of the physical LAPIC behind this one. Local interrupts - timer, error,
 * counters, LINT pins - come from the physical LVT with the guest's own vectors; only the software
 * enable stays on for Lapwing's sake. spare: a vector that the spurious one must keep away from.
 */
uint32_t vlapic_physical(const struct vlapic *vl, unsigned offset, uint8_t spare);

/* The LVT entries that this APIC has; offsets, ends with 0. */
extern const uint16_t vlapic_lvts[];
bool vlapic_is_lvt(unsigned offset);

#endif
