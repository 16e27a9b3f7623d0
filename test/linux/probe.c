/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe-cpus: runs on each online CPU in turn and prints what that CPU finds in Lapwing's CPUID
 * leaves. A CPU that has escaped from Lapwing finds no leaf.
 *
 * docs/cpuid.md describes the leaves: base+0 signature, +1 index and strategy, +2 exit counters, +3
 * vendor and method.
 */

#include "guest.h"

#define NR_GETCPU 318

#define MAX_COUNTERS 64
#define FIRST_BASE   0x40000000u
#define LAST_BASE    0x40000100u

struct regs {
    unsigned eax;
    unsigned bcd[3]; /* EBX, ECX, EDX: in this order they hold text */
};

static struct regs cpuid(unsigned leaf, unsigned subleaf)
{
    struct regs r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.bcd[0]), "=c"(r.bcd[1]), "=d"(r.bcd[2])
                     : "a"(leaf), "c"(subleaf));
    return r;
}

/* Characters of `words` registers in a row; unprintable ones are left out. */
static void put_chars(const unsigned *regs, unsigned words)
{
    for (unsigned i = 0; i < words * 4; i++) {
        char c = (char)(regs[i / 4] >> (i % 4 * 8));

        if (c > ' ' && c <= '~')
            put_char(c);
    }
}

static int is_lapwing(const struct regs *r)
{
    return r->bcd[0] == 0x7770614cu && r->bcd[1] == 0x48676e69u && r->bcd[2] == 0x72657079u;
}

/* Base of Lapwing's leaves on this CPU, or 0. */
static unsigned find_base(void)
{
    for (unsigned base = FIRST_BASE; base <= LAST_BASE; base += 0x100) {
        struct regs r = cpuid(base, 0);

        if (is_lapwing(&r) && r.eax >= base + 3)
            return base;
    }
    return 0;
}

static unsigned apic_id(void)
{
    if (cpuid(0, 0).eax >= 0xb && cpuid(0xb, 0).bcd[0])
        return cpuid(0xb, 0).bcd[2];
    return cpuid(1, 0).bcd[0] >> 24;
}

static void report(unsigned cpu)
{
    unsigned base = find_base();
    struct regs r;

    put("LAPWING-GUEST: cpu ");
    put_number(cpu, 0, 0);
    put(" leaf ");
    if (!base) {
        put("none apicid ");
        put_number(apic_id(), 0, 0);
        flush_line();
        return;
    }
    r = cpuid(base, 0);
    put_chars(r.bcd, 3);
    r = cpuid(base + 1, 0);
    put(" strategy ");
    put_chars(r.bcd, 3);
    put(" index ");
    put_number(r.eax, 0, 0);
    r = cpuid(base + 3, 0);
    put(r.eax == 1 ? " vendor svm" : r.eax == 2 ? " vendor vmx" : " vendor unknown");
    if (r.bcd[0]) {
        put(" method ");
        put_chars(r.bcd, 3);
    }
    put(" apicid ");
    put_number(apic_id(), 0, 0);
    flush_line();

    put("LAPWING-GUEST: exits cpu ");
    put_number(cpu, 0, 0);
    for (unsigned n = 0; n < MAX_COUNTERS; n++) {
        r = cpuid(base + 2, n);
        if (!r.bcd[1] && !r.bcd[2])
            break;
        if (!r.eax && !r.bcd[0])
            continue;
        put(" ");
        put_chars(&r.bcd[1], 2);
        put("=");
        put_number(r.eax, r.bcd[0], 0);
    }
    flush_line();
}

GUEST_ENTRY(probe_main);

void probe_main(const long *stack)
{
    (void)stack;
    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        unsigned now = MAX_CPUS;

        /* Fails for a CPU that is absent or offline. */
        if (pin(cpu)) {
            syscall3(NR_GETCPU, (long)&now, 0, 0);
            if (now == cpu)
                report(cpu);
        }
    }
    leave(0);
}
