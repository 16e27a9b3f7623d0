/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Interrupt Command Register: its bits, and the message that they mean. Pure; used by every
 * strategy.
 *
 * A "raw" ICR is one 64-bit number: the value of MSR 830H, with the destination in bits 63:32. That
 * of xAPIC mode's two registers is icr_of_xapic(). The low halves are alike.
 *
 * Source: Intel SDM Vol. 3A, "Interrupt Command Register (ICR)" and "ICR Operation in x2APIC Mode".
 */
#ifndef APIC_ICR_H
#define APIC_ICR_H

#include <lapwing/types.h>

/* Delivery mode, bits 10:8. (Bit 11 is the destination mode.) */
enum icr_mode {
    ICR_MODE_FIXED = 0,
    ICR_MODE_LOWEST = 1, /* lowest priority */
    ICR_MODE_SMI = 2,
    ICR_MODE_RESERVED = 3, /* AMD: remote read, on old processors only */
    ICR_MODE_NMI = 4,
    ICR_MODE_INIT = 5,
    ICR_MODE_SIPI = 6,   /* start-up */
    ICR_MODE_EXTINT = 7, /* Intel: reserved in the ICR; AMD: external interrupt */
};

/* Destination shorthand, bits 19:18. */
enum icr_shorthand {
    ICR_SHORTHAND_NONE = 0, /* the destination field counts */
    ICR_SHORTHAND_SELF = 1,
    ICR_SHORTHAND_ALL = 2,    /* all including self */
    ICR_SHORTHAND_OTHERS = 3, /* all excluding self */
};

#define ICR_VECTOR          GENMASK(7, 0)
#define ICR_MODE_SHIFT      8
#define ICR_MODE_MASK       GENMASK(10, 8)
#define ICR_LOGICAL         BIT(11) /* destination mode: 1 = logical */
#define ICR_BUSY            BIT(12) /* delivery status, read-only; absent in x2APIC mode */
#define ICR_ASSERT          BIT(14) /* level: 1 = assert */
#define ICR_LEVEL           BIT(15) /* trigger mode: 1 = level */
#define ICR_SHORTHAND_SHIFT 18
#define ICR_SHORTHAND_MASK  GENMASK(19, 18)

/* The bits among 31:0 that software may write. */
#define ICR_LOW_WRITABLE                                                                           \
    (ICR_VECTOR | ICR_MODE_MASK | ICR_LOGICAL | ICR_ASSERT | ICR_LEVEL | ICR_SHORTHAND_MASK)

/* Bits 31:20, 17:16 and 13. */
#define ICR_X2APIC_RESERVED (GENMASK(31, 0) & ~(ICR_LOW_WRITABLE | ICR_BUSY))
_Static_assert(ICR_X2APIC_RESERVED == 0xfff32000, "reserved bits of MSR 830H");

#define ICR_DEST_SHIFT       32
#define ICR_XAPIC_DEST_SHIFT 24 /* of ICR_HI */

/* The destinations that mean every CPU, by the mode of the sender. */
#define ICR_XAPIC_BROADCAST  UINT32_C(0xff)
#define ICR_X2APIC_BROADCAST UINT32_C(0xffffffff)

/* One IPI as its sender wrote it. */
struct ipi_msg {
    enum icr_mode mode;
    uint8_t vector;
    uint32_t dest; /* APIC ID or logical destination; 8 bits in xAPIC mode */
    bool logical;  /* destination mode */
    enum icr_shorthand shorthand;
    bool x2apic; /* the sender's mode, which says how wide `dest` is */
};

static inline enum icr_mode icr_mode(uint64_t raw)
{
    return (enum icr_mode)((raw & ICR_MODE_MASK) >> ICR_MODE_SHIFT);
}

/* Decodes a raw ICR. Every value decodes; the functions below check the message. */
struct ipi_msg icr_decode(uint64_t raw, bool x2apic);

static inline uint64_t icr_of_xapic(uint32_t high, uint32_t low)
{
    return (uint64_t)(high >> ICR_XAPIC_DEST_SHIFT) << ICR_DEST_SHIFT | low;
}

/*
 * Does a message of this mode go to the hardware? INIT and SIPI are Lapwing's own work. An SMI would
 * run the firmware's handler, or the guest's own one, outside of Lapwing's control. So no guest
 * sends an SMI, as on a chipset that does not pass SMIs on.
 */
static inline bool icr_is_forwarded(enum icr_mode mode)
{
    return mode <= ICR_MODE_LOWEST || /* nearly always, so it comes first */
           !((BIT32(ICR_MODE_SMI) | BIT32(ICR_MODE_INIT) | BIT32(ICR_MODE_SIPI)) >> mode & 1);
}

/*
 * Is the message an INIT level de-assert: level-triggered with level 0? Every processor with an
 * xAPIC ignores this message. An edge-triggered message with level 0 is a real INIT, so both bits
 * count.
 */
bool icr_is_init_deassert(uint64_t raw);

/*
 * Returns those bits of a value for which WRMSR to 830H raises #GP, or 0. Bit 12, the delivery
 * status of xAPIC mode, is not among them: processors ignore it (KVM found the same).
 */
static inline uint64_t icr_x2apic_reserved(uint64_t raw)
{
    return raw & ICR_X2APIC_RESERVED;
}

/*
 * Returns the bits that sending the message sets in the error status register, or 0. A message with
 * an error is not delivered. Fixed and lowest-priority messages with a vector below 16 are a "send
 * illegal vector". The reserved delivery mode, which no CPU accepts, is a "send accept error".
 * Source: "Error Handling"; AMD APM Vol. 2, "Error Status Register".
 */
uint32_t icr_send_error(const struct ipi_msg *msg);

#endif
