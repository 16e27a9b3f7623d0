/* SPDX-License-Identifier: GPL-2.0-only */
/* Lapwing's CPUID leaves; see leaf.h. No state. */
#include "leaf.h"

#include <lapwing/string.h>
#include "acpi.h"
#include "console.h"
#include "cpu_insn.h"
#include "tap.h"

#define LEAF_FIRST   0x40000000
#define LEAF_LAST    0x40000100
#define LEAF_STEP    0x100
#define MAX_COUNTERS 64

#define PROPERTY_VIRTUAL BIT32(0)
#define PROPERTY_X2APIC  BIT32(1)

#define CR4_MCE BIT32(6)

#define DEBUG_CONSOLE 0xE9 /* a port; emulators that have it say so by its number */

static uint32_t find_base(void)
{
    if (!(cpuid(1, 0).ecx & BIT32(31))) /* hypervisor present */
        return 0;
    for (uint32_t base = LEAF_FIRST; base <= LEAF_LAST; base += LEAF_STEP) {
        struct cpuid_regs r = cpuid(base, 0);

        if (memcmp(&r.ebx, "LapwingHyper", 12) == 0)
            return base;
    }
    return 0;
}

void leaf_read(struct leaf_info *info)
{
    memset(info, 0, sizeof(*info));
    info->base = find_base();
    if (!info->base)
        return;

    struct cpuid_regs r = cpuid(info->base + 1, 0);

    info->cpu = r.eax;
    memcpy(info->strategy, &r.ebx, 12);
    r = cpuid(info->base + 3, 0);
    info->vendor = r.eax;
    memcpy(info->method, &r.ebx, 12);
    r = cpuid(info->base + 4, 0);
    info->virtual_lapic = r.eax & PROPERTY_VIRTUAL;
    info->shows_x2apic = r.eax & PROPERTY_X2APIC;
    info->write_exits = r.ebx;
}

bool leaf_lapic_is_virtual(void)
{
    struct leaf_info info;

    leaf_read(&info);
    return info.virtual_lapic;
}

/* Adds up the counters whose name compares (equal == same) to `name`. */
static uint64_t sum_counters(const char *name, bool same)
{
    uint32_t base = find_base();
    uint64_t sum = 0;

    for (uint32_t n = 0; base && n < MAX_COUNTERS; n++) {
        struct cpuid_regs r = cpuid(base + 2, n);
        char text[9] = {0};

        if (r.ecx == 0 && r.edx == 0)
            break;
        memcpy(text, &r.ecx, 8);
        if ((strcmp(text, name) == 0) == same)
            sum += r.eax | (uint64_t)r.ebx << 32;
    }
    return sum;
}

void leaf_print_longest(void)
{
    const uint32_t base = find_base();

    if (!base)
        return;
    print("LAPWING-GUEST: longest cpu %u", cpuid(base + 1, 0).eax);
    for (uint32_t n = 0; n < MAX_COUNTERS; n++) {
        const struct cpuid_regs r = cpuid(base + 6, n);
        char text[9] = {0};

        if (r.ecx == 0 && r.edx == 0)
            break;
        memcpy(text, &r.ecx, 8);
        if (r.eax || r.ebx)
            print(" %s=%lu", text, (unsigned long)(r.eax | (uint64_t)r.ebx << 32));
    }
    print("\n");
}

uint64_t leaf_counter(const char *name)
{
    return sum_counters(name, true);
}

uint64_t leaf_other_exits(void)
{
    return sum_counters("cpuid", false);
}

bool lapic_is_bochs(void)
{
    return !leaf_lapic_is_virtual() && acpi_says_bochs();
}

bool lapic_is_tcg(void)
{
    if (!find_base())
        return bare_tcg();
    return !leaf_lapic_is_virtual() && acpi_says_qemu();
}

bool bare_tcg(void)
{
    struct cpuid_regs r = cpuid(0x40000000, 0);

    return (cpuid(1, 0).ecx & BIT32(31)) && memcmp(&r.ebx, "TCGTCGTCGTCG", 12) == 0;
}

bool bare_bochs(void)
{
    return !find_base() && !bare_tcg() && inb(DEBUG_CONSOLE) == DEBUG_CONSOLE;
}

bool bare_kvm(void)
{
    return !find_base() && payload_has_word("kvm");
}

uint32_t reset_cr4_bits(void)
{
    return payload_has_word("kvm") ? ~CR4_MCE : UINT32_MAX;
}
