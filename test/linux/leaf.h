/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lapwing's CPUID leaves, as a program in the guest reads them. docs/cpuid.md describes them. The base
 * is found anew on each CPU: one that has escaped from Lapwing has none.
 */
#ifndef LINUX_LEAF_H
#define LINUX_LEAF_H

#define LEAF_STRATEGY 1
#define LEAF_EXITS    2
#define LEAF_METHOD   3
#define LEAF_FIGURES  5
#define LEAF_LONGEST  6

#define MAX_COUNTERS 64
#define FIRST_BASE   0x40000000u
#define LAST_BASE    0x40000100u

struct regs {
    unsigned eax;
    unsigned bcd[3]; /* EBX, ECX, EDX: in this order they hold text */
};

/* CPUIDs that this program has executed. Each was an exit. */
static unsigned cpuids;

static inline struct regs cpuid(unsigned leaf, unsigned subleaf)
{
    struct regs r;

    cpuids++;
    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.bcd[0]), "=c"(r.bcd[1]), "=d"(r.bcd[2])
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static inline int is_lapwing(const struct regs *r)
{
    return r->bcd[0] == 0x7770614cu && r->bcd[1] == 0x48676e69u && r->bcd[2] == 0x72657079u;
}

/* Base of Lapwing's leaves on this CPU, or 0. */
static inline unsigned find_base(void)
{
    for (unsigned base = FIRST_BASE; base <= LAST_BASE; base += 0x100) {
        struct regs r = cpuid(base, 0);

        if (is_lapwing(&r) && r.eax >= base + LEAF_METHOD)
            return base;
    }
    return 0;
}

#endif
