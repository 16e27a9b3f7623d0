/* SPDX-License-Identifier: GPL-2.0-only */
/* Lapwing's CPUID leaves as the calling CPU sees them: who is there, and the exit counters. */
#ifndef GUEST_LEAF_H
#define GUEST_LEAF_H

#include <lapwing/types.h>

struct leaf_info {
    uint32_t base;     /* 0: no Lapwing seen */
    uint32_t cpu;      /* Lapwing's CPU index */
    uint32_t vendor;   /* 1 SVM, 2 VMX */
    char strategy[13]; /* "xapic_ept" */
    char method[13];   /* "db", "decode", "mtf", "" */
    bool virtual_lapic, shows_x2apic;
    uint32_t write_exits; /* of a write to the trapped xAPIC page; 0: none is trapped */
};

void leaf_read(struct leaf_info *info);

/* Lapwing, with a virtual LAPIC for the guest. */
bool leaf_lapic_is_virtual(void);

/* Bochs' own LAPIC is what the guest uses: bare, or under a strategy that passes it through. */
bool lapic_is_bochs(void);

/* The same for QEMU TCG's. (KVM's in QEMU is taken for it when Lapwing is between.) */
bool lapic_is_tcg(void);

/* QEMU TCG without a hypervisor between: for differences that a payload's first comment lists. */
bool bare_tcg(void);

/* The same for Bochs. */
bool bare_bochs(void);

/* The calling CPU's exit counter of that name; 0 if there is none. Costs only "cpuid" exits. */
uint64_t leaf_counter(const char *name);

/* All counters but "cpuid", added up. */
uint64_t leaf_other_exits(void);

#endif
