/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe-cpus: runs on each online CPU in turn and prints what that CPU finds in Lapwing's CPUID
 * leaves. A CPU that has escaped from Lapwing finds no leaf. With an argument it leaves out the
 * counters.
 */

#include "guest.h"
#include "leaf.h"

/* Characters of `words` registers in a row; unprintable ones are left out. */
static void put_chars(const unsigned *regs, unsigned words)
{
    for (unsigned i = 0; i < words * 4; i++) {
        char c = (char)(regs[i / 4] >> (i % 4 * 8));

        if (c > ' ' && c <= '~')
            put_char(c);
    }
}

static unsigned apic_id(void)
{
    if (cpuid(0, 0).eax >= 0xb && cpuid(0xb, 0).bcd[0])
        return cpuid(0xb, 0).bcd[2];
    return cpuid(1, 0).bcd[0] >> 24;
}

/* Prints the values of a leaf that are not 0. */
static void report_values(const char *title, unsigned cpu, unsigned leaf)
{
    put("LAPWING-GUEST: ");
    put(title);
    put(" cpu ");
    put_number(cpu, 0, 0);
    for (unsigned n = 0; n < MAX_COUNTERS; n++) {
        const struct regs r = cpuid(leaf, n);

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

static void report(unsigned cpu, int with_counters)
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
    r = cpuid(base + LEAF_STRATEGY, 0);
    put(" strategy ");
    put_chars(r.bcd, 3);
    put(" index ");
    put_number(r.eax, 0, 0);
    r = cpuid(base + LEAF_METHOD, 0);
    put(r.eax == 1 ? " vendor svm" : r.eax == 2 ? " vendor vmx" : " vendor unknown");
    if (r.bcd[0]) {
        put(" method ");
        put_chars(r.bcd, 3);
    }
    put(" apicid ");
    put_number(apic_id(), 0, 0);
    flush_line();
    if (!with_counters)
        return;

    report_values("exits", cpu, base + LEAF_EXITS);
    report_values("figures", cpu, base + LEAF_FIGURES);
    report_values("longest", cpu, base + LEAF_LONGEST);
}

GUEST_ENTRY(probe_main);

void probe_main(const long *stack)
{
    const int with_counters = stack[0] == 1; /* argc */

    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        if (enter_cpu(cpu))
            report(cpu, with_counters);
    }
    leave(0);
}
