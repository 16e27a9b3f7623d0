/* SPDX-License-Identifier: GPL-2.0-only */
/* Lapwing's CPUID leaves as the calling CPU sees them: its properties and the exit counters. */
#ifndef GUEST_LIB_LEAF_H
#define GUEST_LIB_LEAF_H

#include <lapwing/types.h>

struct leaf_info {
    uint32_t base;     /* 0: no Lapwing seen */
    uint32_t cpu;      /* Lapwing's CPU index */
    uint32_t vendor;   /* 1 SVM, 2 VMX */
    char strategy[13]; /* "xapic_ept" */
    char method[13];   /* "db", "decode", "mtf", "" */
    bool virtual_lapic, shows_x2apic;
    uint32_t write_exits; /* exits of a write to the xAPIC page; 0: it is not trapped */
};

void leaf_read(struct leaf_info *info);

/* Is this Lapwing with a virtual LAPIC for the guest? */
bool leaf_lapic_is_virtual(void);

/* Does the guest use Bochs' own LAPIC: bare, or under a strategy that shows the physical LAPIC? */
bool lapic_is_bochs(void);

/* The same for QEMU TCG's LAPIC. (Under Lapwing QEMU's KVM is taken for TCG.) */
bool lapic_is_tcg(void);

/* Is it QEMU TCG without a hypervisor? For the differences that a payload's first comment lists. */
bool bare_tcg(void);

/* The same for Bochs. */
bool bare_bochs(void);

/* The same for KVM, which the word `kvm` of the command line tells. */
bool bare_kvm(void);

/*
 * The bits of CR4 that a reset must have cleared. KVM on AMD sets the host's CR4.MCE in a guest's VMCB
 * whatever the guest has, and a guest under nested paging reads it there.
 */
uint32_t reset_cr4_bits(void);

/*
 * Returns the calling CPU's exit counter of that name; 0: there is none. Costs only "cpuid" exits.
 */
uint64_t leaf_counter(const char *name);

/* Prints the calling CPU's longest exit of each kind, in the words of the test guest's probe. */
void leaf_print_longest(void);

/* Returns the sum of all counters but "cpuid". */
uint64_t leaf_other_exits(void);

#endif
