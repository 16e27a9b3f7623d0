/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FACS, where system software leaves the address at which it wants to go on after S3, and the
 * firmware looks for it. It is memory of the guest: nothing in it is trusted. Pure. (ACPI
 * Specification 6.5, "Firmware ACPI Control Structure (FACS)")
 */
#ifndef CORE_START_FACS_H
#define CORE_START_FACS_H

#include <lapwing/types.h>

#define FACS_ALIGN 64

struct facs {
    char signature[4];
    uint32_t length;
    uint32_t hardware_signature;
    uint32_t vector; /* "Firmware Waking Vector": real mode, below 1 MiB */
    uint32_t global_lock;
    uint32_t flags;
    uint64_t x_vector; /* "X Firmware Waking Vector": protected mode without paging */
    uint8_t version;
    uint8_t reserved[3];
    uint32_t ospm_flags;
    uint8_t reserved2[24];
};
_Static_assert(sizeof(struct facs) == 64, "FACS");
_Static_assert(offsetof(struct facs, x_vector) == 24, "FACS");

/* Is this a FACS that can be used? At boot, while the firmware's tables are as it left them. */
bool facs_is_good(const struct facs *f);

/* Does the firmware know the X vector? At boot too. */
bool facs_has_x_vector(const struct facs *f);

/* Says that there is no 64-bit environment for the X vector, which then gets the 32-bit one. */
void facs_hide_64bit_wake(struct facs *f);

struct facs_vectors {
    uint32_t vector;
    uint64_t x_vector;
};

/*
 * Puts Lapwing's own vector into the FACS, whatever else is in there, and returns the guest's two.
 * Each field is read once.
 */
struct facs_vectors facs_take(struct facs *f, uint32_t own);
void facs_give_back(struct facs *f, const struct facs_vectors *guests);

/* Where the firmware would let the guest go on. */
struct facs_entry {
    enum { FACS_ENTRY_NONE, FACS_ENTRY_REAL, FACS_ENTRY_FLAT32 } kind;
    uint16_t cs, ip;  /* FACS_ENTRY_REAL */
    uint32_t address; /* FACS_ENTRY_FLAT32 */
};
struct facs_entry facs_entry(const struct facs_vectors *guests, bool has_x_vector);

#endif
