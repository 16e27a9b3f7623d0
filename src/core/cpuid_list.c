/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of cpuid_list.h. Constant; no lock.
 *
 * What is hidden writes to memory by physical address (Processor Trace, hardware feedback), or to
 * where it is told whoever runs (DS, IBS), changes what addresses mean (TME, SME, LAM, UAI), records
 * branches (LBR), has state that Lapwing does not handle (CET, FRED, UINTR, PKS, Key Locker, MPX,
 * SGX, PASID, AMX's successors, APX), has work for a hypervisor (SVM, VMX, SMX, PCONFIG, INVLPGB,
 * MSR lists, bus-lock traps), or is not known. (Intel SDM Vol. 2A, "CPUID"; AMD APM Vol. 3,
 * Appendix E)
 */
#include "core/cpuid_list.h"

#define ALL UINT32_MAX

/* Bits from a to b. */
#define BITS(a, b) ((uint32_t)GENMASK((b), (a)))

#define LEAF_BASIC 0
#define LEAF_XSAVE 0xD
#define LEAF_EXT   0x80000000

/* The last leaves of which something is shown. */
#define LAST_BASIC UINT32_C(0x1F)
#define LAST_EXT   UINT32_C(0x80000026)
#define LAST_LEAF7 UINT32_C(2)

/* x87, SSE, AVX, AVX-512, user protection keys, AMX: user state, which Lapwing does not use. */
#define XCR0_SHOWN (BITS(0, 2) | BITS(5, 7) | BIT32(9) | BITS(17, 18))

#define ANY_SUBLEAF UINT32_MAX

static const struct shown {
    uint32_t leaf, subleaf;
    uint32_t eax, ebx, ecx, edx; /* bits that are shown */
} features[] = {
    /* ECX: no DTES64, DS-CPL, VMX, SMX, SDBG. EDX: no serial number, DS, IA-64 */
    {1, ANY_SUBLEAF, ALL, ALL, (uint32_t)~(BIT32(2) | BITS(4, 6) | BIT32(11) | BIT32(16)),
     (uint32_t)~(BIT32(10) | BIT32(18) | BITS(20, 21) | BIT32(30))},
    /* Temperature, turbo, P-states; no feedback table. ECX: APERF, energy preference */
    {6, ANY_SUBLEAF, BITS(0, 2) | BITS(4, 11) | BITS(14, 15) | BIT32(17) | BIT32(20), BITS(0, 3),
     BIT32(0) | BIT32(3), 0},
    /*
     * EBX: no SGX, MPX, PT. ECX: no CET, TME, MPX, Key Locker, bus locks, ENQCMD, SGX, PKS. EDX: no
     * UINTR, PCONFIG, LBR, IBT, core capabilities
     */
    {7, 0, ALL, (uint32_t)~(BIT32(2) | BIT32(14) | BIT32(22) | BIT32(25)),
     BITS(0, 6) | BITS(8, 12) | BIT32(14) | BIT32(16) | BIT32(22) | BIT32(25) | BITS(27, 28),
     BITS(2, 4) | BITS(8, 11) | BITS(13, 16) | BITS(22, 29) | BIT32(31)},
    /* Vector, string and AMX instructions, PPIN, PREFETCHI */
    {7, 1, BITS(0, 2) | BITS(4, 5) | BIT32(7) | BITS(10, 12) | BIT32(21) | BIT32(23), BIT32(0), 0,
     BITS(4, 5) | BIT32(8) | BIT32(10) | BIT32(14)},
    {7, 2, 0, 0, 0, BITS(0, 5) | BIT32(7)}, /* SPEC_CTRL's bits */
    {LEAF_XSAVE, 0, XCR0_SHOWN, ALL, ALL, 0},
    {LEAF_XSAVE, 1, BITS(0, 4), ALL, 0, 0}, /* no supervisor state */
    /* ECX: no SVM, IBS, SKINIT, LWP */
    {0x80000001, ANY_SUBLEAF, ALL, ALL,
     BITS(0, 1) | BITS(3, 9) | BIT32(11) | BIT32(13) | BITS(16, 17) | BIT32(19) | BITS(21, 24) |
         BITS(26, 30),
     (uint32_t)~(BIT32(10) | BIT32(18) | BIT32(21) | BIT32(28))},
    /* EBX: machine checks. EDX: temperature, P-states, invariant TSC; no FID and VID control */
    {0x80000007, ANY_SUBLEAF, ALL, BITS(0, 3), ALL, BIT32(0) | BITS(3, 4) | BITS(6, 10)},
    /* EBX: no INVLPGB, MCOMMIT, virtual SSBD */
    {0x80000008, ANY_SUBLEAF, ALL,
     BITS(0, 2) | BIT32(4) | BIT32(9) | BITS(12, 20) | BITS(23, 24) | BITS(26, 30), ALL,
     BITS(16, 31)},
    /* No UAI; VERW clears buffers, and ECX says what is not vulnerable. EBX: the size of microcode */
    {0x80000021, ANY_SUBLEAF,
     BITS(0, 2) | BITS(5, 6) | BITS(8, 11) | BIT32(13) | BITS(17, 18) | BIT32(20) | BITS(27, 30),
     BITS(0, 15), BITS(1, 2), 0},
    {0x80000022, ANY_SUBLEAF, BIT32(0), BITS(0, 3) | BITS(10, 21), ALL, 0}, /* no LBR */
};

/* Leaves that hold no feature bits: sizes, names, topology, counters, shares of caches. */
static const struct {
    uint32_t first, last;
} data[] = {
    {2, 2},                   /* caches and TLBs by descriptor */
    {4, 5},                   /* caches; MONITOR */
    {9, 0xB},                 /* direct cache access, counters, topology */
    {0xF, 0x10},              /* monitoring and shares of caches */
    {0x15, 0x18},             /* frequencies, vendor, TLBs */
    {0x1A, 0x1A},             /* kind of core */
    {0x1D, 0x1F},             /* tiles, topology */
    {0x80000002, 0x80000006}, /* name, caches */
    {0x80000019, 0x8000001A}, /* TLBs, how wide the vectors are */
    {0x8000001D, 0x8000001E}, /* caches, topology */
    {0x80000020, 0x80000020}, /* shares of bandwidth */
    {0x80000026, 0x80000026}, /* topology */
};

static void clamp(uint32_t *value, uint32_t most)
{
    if (*value > most)
        *value = most;
}

static bool is_data(uint32_t leaf, uint32_t subleaf)
{
    if (leaf == LEAF_XSAVE)
        return subleaf > 1 && subleaf < 32 && (XCR0_SHOWN >> subleaf & 1);
    for (unsigned i = 0; i < ARRAY_SIZE(data); i++) {
        if (leaf >= data[i].first && leaf <= data[i].last)
            return true;
    }
    return false;
}

static const struct shown *find(uint32_t leaf, uint32_t subleaf)
{
    for (unsigned i = 0; i < ARRAY_SIZE(features); i++) {
        if (features[i].leaf == leaf &&
            (features[i].subleaf == ANY_SUBLEAF || features[i].subleaf == subleaf))
            return &features[i];
    }
    return NULL;
}

void cpuid_list_apply(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    const struct shown *s = find(leaf, subleaf);

    if (leaf == LEAF_BASIC)
        clamp(&r->eax, LAST_BASIC);
    else if (leaf == LEAF_EXT)
        clamp(&r->eax, LAST_EXT);
    else if (s)
        *r =
            (struct cpuid_regs){r->eax & s->eax, r->ebx & s->ebx, r->ecx & s->ecx, r->edx & s->edx};
    else if (!is_data(leaf, subleaf))
        *r = (struct cpuid_regs){0};
    if (leaf == 7 && subleaf == 0)
        clamp(&r->eax, LAST_LEAF7);
}
