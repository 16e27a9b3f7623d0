/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IA32_APIC_BASE: the state machine of a guest's writes. Pure; whoever traps the MSR keeps its
 * value per CPU, and acts on a change of mode. INIT keeps the value (architecture: APIC ID and mode
 * survive), so there is no function for it.
 *
 * Source: Intel SDM Vol. 3A, "x2APIC State Transitions" and "Local APIC Status and Location".
 */
#ifndef APIC_APIC_BASE_H
#define APIC_APIC_BASE_H

#include <lapwing/types.h>

/* The mode that the bits EN and EXTD say. */
enum apic_mode {
    APIC_MODE_DISABLED,
    APIC_MODE_XAPIC,
    APIC_MODE_X2APIC,
    APIC_MODE_INVALID, /* EXTD without EN: cannot be written */
};

enum apic_base_verdict {
    APIC_BASE_OK,       /* the returned value is the new one */
    APIC_BASE_GP,       /* reserved bit or illegal transition: inject #GP(0) */
    APIC_BASE_GP_MOVED, /* base off FEE00000H, which Lapwing refuses: #GP(0), a log line */
};

enum apic_mode apic_base_mode(uint64_t value);

/*
 * A guest with the value old writes value. Returns what the MSR reads from then on: old itself
 * unless *verdict is APIC_BASE_OK. What a bare machine would refuse as well is APIC_BASE_GP, also
 * if the base is moved by the same write.
 *
 * x2apic_supported: what the guest's CPUID says; without it EXTD is a reserved bit, as on a CPU
 * that never heard of the x2APIC. is_bsp: the BSP flag reads as that, what is written to it is
 * ignored. maxphyaddr: the guest's physical address width in bits (CPUID.80000008H:EAX[7:0]).
 */
uint64_t apic_base_write(uint64_t old, uint64_t value, bool x2apic_supported, bool is_bsp,
                         unsigned maxphyaddr, enum apic_base_verdict *verdict);

#endif
