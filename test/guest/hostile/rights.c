/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of memory types must not change what is mapped where nothing is. */
#include "hostile/cases.h"
#include "lib/memory_map.h"
#include "lib/trap.h"

#define MSR_MTRR_CAP      0xFE
#define MSR_MTRR_BASE0    0x200
#define MSR_MTRR_DEF_TYPE 0x2FF
#define TYPE_UC           0
#define MTRR_VALID        UINT64_C(0x800)
#define CPUID_MTRR        BIT32(12)

/* Pages of RAM that the map does not offer and that read as ones keep no write. */
static unsigned check_hidden(void)
{
    unsigned hidden = 0;

    for (uint64_t page = 0x100000; page < memory_cmos_end(); page += 4096) {
        volatile uint64_t *word = (volatile uint64_t *)page;

        if (memory_find(page) || word[0] != UINT64_MAX || word[511] != UINT64_MAX)
            continue;
        hidden++;
        word[0] = 0;
        word[511] = 0;
        tap_check(word[0] == UINT64_MAX && word[511] == UINT64_MAX, "0x%lx keeps a write",
                  (unsigned long)page);
    }
    return hidden;
}

void case_mtrr(void)
{
    if (!(cpuid(1, 0).edx & CPUID_MTRR) || (rdmsr(MSR_MTRR_CAP) & 0xFF) == 0) {
        tap_skip("no variable MTRRs");
        return;
    }
    uint32_t last = MSR_MTRR_BASE0 + 2 * ((uint32_t)(rdmsr(MSR_MTRR_CAP) & 0xFF) - 1);
    uint64_t base = rdmsr(last), mask = rdmsr(last + 1);
    uint64_t width = cpuid(0x80000008, 0).eax & 0xFF;

    /* All of RAM uncached for a moment, and back. */
    wrmsr(last, TYPE_UC);
    wrmsr(last + 1, (BIT(width) - BIT(30)) | MTRR_VALID);
    check_hidden();
    wrmsr(last + 1, mask);
    wrmsr(last, base);
    unsigned hidden = check_hidden();

    tap_check(!under_lapwing() || hidden > 0, "no hidden pages");
    check_control();
}

#define SLOW_TICKS UINT64_C(200000000)

/* A mask with holes cuts all of memory into pages of one type and of another, or of the same. */
void case_mtrr_mask(void)
{
    if (!(cpuid(1, 0).edx & CPUID_MTRR) || (rdmsr(MSR_MTRR_CAP) & 0xFF) == 0) {
        tap_skip("no variable MTRRs");
        return;
    }
    const uint32_t last = MSR_MTRR_BASE0 + 2 * ((uint32_t)(rdmsr(MSR_MTRR_CAP) & 0xFF) - 1);
    const uint64_t base = rdmsr(last), mask = rdmsr(last + 1);
    const uint8_t types[] = {TYPE_UC, (uint8_t)rdmsr(MSR_MTRR_DEF_TYPE)};

    for (unsigned i = 0; i < sizeof(types); i++) {
        uint64_t begin;

        wrmsr(last, types[i]);
        begin = rdtsc();
        wrmsr(last + 1, UINT64_C(0x1000) | MTRR_VALID);
        begin = rdtsc() - begin;
        tap_check(begin < SLOW_TICKS, "type %u: %lu ticks", types[i], (unsigned long)begin);
        wrmsr(last + 1, mask);
    }
    wrmsr(last, base);
    check_control();
}
