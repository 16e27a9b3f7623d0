/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the manual says about each register of the local APIC, written independently of Lapwing's
 * own tables. Source: Intel SDM Vol. 3A, "Local APIC Register Address Map", "x2APIC Register
 * Address Space", the figures of the registers, "Local APIC State After It Receives an INIT Reset".
 */
#ifndef GUEST_APIC_REGS_TABLE_H
#define GUEST_APIC_REGS_TABLE_H

#include <lapwing/types.h>

#define SLOTS 64 /* 000H to 3F0H, 16 bytes each */

/* Reads and writes in xAPIC mode; RDMSR and WRMSR in x2APIC mode. */
#define REG_R     BIT32(0)
#define REG_W     BIT32(1)
#define REG_R2    BIT32(2)
#define REG_W2    BIT32(3)
#define REG_ZEROS BIT32(4) /* software writes 0; x2APIC mode raises #GP for anything else */
#define REG_LVT   BIT32(5)
#define REG_LIVE  BIT32(6) /* the content is not what software has written */

struct reg {
    const char *name; /* NULL: reserved in both modes */
    uint32_t flags;
    uint32_t keeps;  /* bits that read as they were written */
    uint32_t status; /* read-only bits: a 1 that is written to them is ignored in both modes */
    uint32_t open;   /* reserved on some processors only: not tested */
    uint32_t init;   /* after INIT */
};

/* Returns the register at offset `slot` * 16, as this CPU has it. */
struct reg reg_at(unsigned slot);

/* Returns the bits among 31:0 for which WRMSR raises #GP. */
uint32_t reg_reserved(const struct reg *reg);

/* Does the LAPIC have AMD's registers from 400H on? */
bool has_extended_space(void);

#endif
