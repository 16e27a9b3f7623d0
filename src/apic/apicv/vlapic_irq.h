/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt state of a virtual local APIC: IRR, ISR, TMR, priorities. Pure, on the virtual-APIC
 * page. While the guest runs the processor does the same by itself ("Virtual-Interrupt Delivery",
 * "EOI Virtualization"); these are for what software has to do in between.
 */
#ifndef APIC_APICV_VLAPIC_IRQ_H
#define APIC_APICV_VLAPIC_IRQ_H

#include "apic/apicv/vlapic.h"

/* One bit of the blocks APIC_REG_ISR, APIC_REG_TMR, APIC_REG_IRR. */
void vlapic_set_bit(struct vlapic *vl, unsigned block, uint8_t vector);
void vlapic_clear_bit(struct vlapic *vl, unsigned block, uint8_t vector);

/* The highest vector of a block, or VLAPIC_NO_VECTOR. */
int vlapic_highest(const struct vlapic *vl, unsigned block);

/*
 * Takes an interrupt into the IRR, with its trigger mode into the TMR. False if the vector is
 * illegal, which is an error of the receiver: *error_vector as of vlapic_error().
 */
bool vlapic_accept(struct vlapic *vl, uint8_t vector, bool level, int *error_vector);

/* Takes edges into the IRR, one bit a vector: the virtual-APIC page has 32 in each register. */
void vlapic_accept_posted(struct vlapic *vl, const uint64_t requests[4]);

/* The processor priority ("Task Priority and Processor Priority"), from TPR and ISR. */
uint8_t vlapic_ppr(const struct vlapic *vl);

/* Would the highest requested interrupt be delivered to a processor that takes interrupts? */
bool vlapic_deliverable(const struct vlapic *vl);

/* The guest interrupt status: RVI in bits 7:0, SVI in bits 15:8. */
uint16_t vlapic_interrupt_status(const struct vlapic *vl);

/* Retires the highest interrupt in service; its vector, or VLAPIC_NO_VECTOR if there is none. */
int vlapic_eoi(struct vlapic *vl);

/* Who takes a lowest-priority interrupt? Offer each candidate in turn, beginning anywhere. */
struct vlapic_arbitration {
    bool any;
    cpu_id_t winner;
    uint8_t priority; /* the winner's */
};
void vlapic_bid(struct vlapic_arbitration *a, cpu_id_t cpu, uint8_t priority);

#endif
