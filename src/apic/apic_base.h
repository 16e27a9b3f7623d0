/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine of a guest's writes to IA32_APIC_BASE. Pure functions: the caller keeps the
 * MSR's value for each CPU and acts on a change of mode. INIT keeps the value (APIC ID and mode
 * survive INIT), so INIT needs no function here.
 *
 * Source: Intel SDM Vol. 3A, "x2APIC State Transitions" and "Local APIC Status and Location".
 */
#ifndef APIC_APIC_BASE_H
#define APIC_APIC_BASE_H

#include <lapwing/types.h>

#define APIC_BASE_MODE_SHIFT 10

/* The mode that the bits EN and EXTD select. The numbers are those of the two bits. */
enum apic_mode {
    APIC_MODE_DISABLED,
    APIC_MODE_INVALID, /* EXTD without EN: cannot be written */
    APIC_MODE_XAPIC,
    APIC_MODE_X2APIC,
};

enum apic_base_verdict {
    APIC_BASE_OK,       /* the write is accepted */
    APIC_BASE_GP,       /* a reserved bit or an illegal transition: inject #GP(0) */
    APIC_BASE_GP_MOVED, /* the base would move, which Lapwing refuses: #GP(0), a log line */
};

/* Returns the mode of an IA32_APIC_BASE value. */
static inline enum apic_mode apic_base_mode(uint64_t value)
{
    return (enum apic_mode)(value >> APIC_BASE_MODE_SHIFT & 3);
}

/*
 * Returns what the MSR reads after a guest that had `old` in it has written `value`. The result is
 * `old` unless *verdict is APIC_BASE_OK. APIC_BASE_GP takes precedence over APIC_BASE_GP_MOVED: it
 * is what a bare machine would answer.
 *
 * x2apic_supported: the guest's CPUID shows x2APIC mode; otherwise EXTD is a reserved bit. is_bsp:
 * what the BSP flag reads as; a write to that flag is ignored. maxphyaddr: the guest's physical
 * address width in bits (CPUID.80000008H:EAX[7:0]).
 */
uint64_t apic_base_write(uint64_t old, uint64_t value, bool x2apic_supported, bool is_bsp,
                         unsigned maxphyaddr, enum apic_base_verdict *verdict);

#endif
