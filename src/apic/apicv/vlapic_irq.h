/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt state of a virtual local APIC: IRR, ISR, TMR, priorities. Pure functions on the
 * virtual-APIC page; vlapic.h says who calls them. While the guest runs the processor does all this
 * by itself (Intel SDM Vol. 3C, "Virtual-Interrupt Delivery", "EOI Virtualization"). These
 * functions are for software between exit and entry.
 */
#ifndef APIC_APICV_VLAPIC_IRQ_H
#define APIC_APICV_VLAPIC_IRQ_H

#include "apic/apicv/vlapic.h"

/* Clears a vector's bit in the block APIC_REG_ISR, APIC_REG_TMR or APIC_REG_IRR. */
void vlapic_clear_bit(struct vlapic *vl, unsigned block, uint8_t vector);

/* Returns the highest vector in a block, or VLAPIC_NO_VECTOR. */
int vlapic_highest(const struct vlapic *vl, unsigned block);

/*
 * Takes an interrupt into the IRR, and its trigger mode into the TMR. Its vector is legal: senders and
 * the physical LAPIC refuse others.
 */
void vlapic_accept(struct vlapic *vl, uint8_t vector, bool level);

/*
 * Takes posted edges into the IRR, from one bit a vector. Returns the highest, or VLAPIC_NO_VECTOR.
 */
int vlapic_accept_posted(struct vlapic *vl, const uint64_t requests[4]);

/* Returns the processor priority, from TPR and ISR ("Task Priority and Processor Priority"). */
uint8_t vlapic_ppr(const struct vlapic *vl);

/*
 * Returns the processor priority that the processor keeps in the page. The processor updates it at
 * each entry and whenever the guest's TPR or ISR changes ("PPR Virtualization"). Any CPU may read
 * this one word at any time.
 */
uint8_t vlapic_published_ppr(const struct vlapic *vl);

/* Returns the guest interrupt status: RVI in bits 7:0, SVI in bits 15:8. */
uint16_t vlapic_interrupt_status(const struct vlapic *vl);

/* Is a requested vector above the published priority, so that the processor delivers it? */
bool vlapic_deliverable(const struct vlapic *vl, uint8_t vector);

/* Retires the highest interrupt in service. Returns its vector, or VLAPIC_NO_VECTOR. */
int vlapic_eoi(struct vlapic *vl);

/*
 * The election for a lowest-priority interrupt. Offer each candidate to vlapic_bid(), beginning
 * anywhere; among equals the first one wins.
 */
struct vlapic_arbitration {
    bool any;
    cpu_id_t winner;
    uint8_t priority; /* the winner's */
};
void vlapic_bid(struct vlapic_arbitration *a, cpu_id_t cpu, uint8_t priority);

#endif
