/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Destination matching: does an IPI address a given local APIC? Pure. A destination that matches no
 * CPU addresses nobody: the message vanishes, as on the bus.
 *
 * Source: Intel SDM Vol. 3A, "Determining IPI Destination" and "Logical Destination Mode in x2APIC
 * Mode".
 */
#ifndef APIC_DEST_H
#define APIC_DEST_H

#include <lapwing/types.h>

#include "apic/icr.h"

/* What a local APIC compares a destination with. */
struct lapic_id {
    uint32_t id;  /* the APIC ID as a number, not shifted as in the xAPIC's register */
    uint32_t ldr; /* the LDR as the register holds it (logical ID in bits 31:24); xAPIC mode only */
    uint32_t dfr; /* the DFR as the register holds it; xAPIC mode only */
    bool x2apic;  /* x2APIC mode: the LDR follows from the ID, and `ldr` is ignored */
    bool enabled; /* IA32_APIC_BASE.EN; SVR's software enable does not matter here */
};

/* Returns the read-only LDR in x2APIC mode: the cluster in bits 31:16, one bit of 15:0 set. */
uint32_t x2apic_ldr(uint32_t id);

/*
 * Packs an identity into one word, which one CPU may publish and other CPUs read. The word keeps
 * bits 31:24 of the LDR and bits 31:28 of the DFR; all other bits of the two mean nothing.
 */
uint64_t lapic_id_pack(const struct lapic_id *id);

/* The word: the ID in bits 31:0, and */
#define LAPIC_WORD_LDR_SHIFT 32
#define LAPIC_WORD_DFR_SHIFT 40
#define LAPIC_WORD_LDR       GENMASK(39, 32)
#define LAPIC_WORD_DFR       GENMASK(43, 40) /* the model */
#define LAPIC_WORD_X2APIC    BIT(44)
#define LAPIC_WORD_ENABLED   BIT(45)

/* Returns the word after INIT: ID and mode stay, LDR and DFR are reset. */
uint64_t lapic_id_after_init(uint64_t word);

/*
 * Does the message address the APIC `me`, a word of lapic_id_pack()? is_self: `me` is the sender.
 * For lowest priority the answer means that hardware may choose `me`.
 *
 * The sender's mode says how wide the destination is and which value is the broadcast. A broadcast
 * reaches every APIC in either mode. For any other destination the receiver's mode says how the
 * destination is compared. CPUs can be in different modes while the guest switches them. The manual
 * does not say what these CPUs make of each other's messages; here the full 32-bit number is
 * compared and nothing wraps.
 */
bool dest_matches(const struct ipi_msg *msg, uint64_t me, bool is_self);

#endif
