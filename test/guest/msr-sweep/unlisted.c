/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSRs that no guest has, whatever the CPU: an access to each raises #GP. There are those that are
 * known to be dangerous, and the gaps of the list, where the features of later CPUs will be.
 */
#include "msr-sweep/cases.h"

static const struct {
    uint32_t first, last;
    uint32_t vendor; /* 0: both */
} unlisted[] = {
    {0x00000011, 0x00000016, 0}, /* KVM's clocks: addresses */
    {0x00000018, 0x0000001A, 0},
    {0x0000001C, 0x00000033, 0}, /* TEST_CTL at the end */
    {0x00000036, 0x00000039, 0},
    {0x0000003C, 0x00000047, 0}, /* last branches */
    {0x0000004A, 0x0000004D, 0},
    {0x00000050, 0x00000078, 0},
    {0x0000007A, 0x0000008A, 0},
    {0x0000008C, 0x000000BC, 0}, /* SGX, SMM */
    {0x000000CF, 0x000000E0, 0}, /* core capabilities */
    {0x000000E5, 0x000000E6, 0},
    {0x00000150, 0x00000173, 0}, /* voltages */
    {0x0000018E, 0x00000197, 0},
    {0x000001B3, 0x000001C3, 0},
    {0x000001C6, 0x000001D8, 0}, /* LBR, FRED, hardware feedback of a thread */
    {0x000001DA, 0x000001F7, 0}, /* branch records, SMRR */
    {0x000003F0, 0x000003F7, 0}, /* PEBS */
    {0x00000480, 0x000004C0, 0}, /* VMX */
    {0x000004D1, 0x00000605, 0}, /* Processor Trace, DS area */
    {0x00000691, 0x000006AF, 0}, /* branch records, CET */
    {0x000006E1, 0x000006E1, 0}, /* supervisor protection keys */
    {0x00000778, 0x000007FF, 0},
    {0x00000900, 0x00000C80, 0}, /* UINTR, memory encryption, Key Locker */
    {0x00000D90, 0x00000D9F, 0}, /* MPX, Key Locker, PASID */
    {0x00000DA1, 0x00001FFF, 0}, /* branch records, hardware feedback */
    {0x40000000, 0x400001FF, 0}, /* Hyper-V */
    {0x4B564D00, 0x4B564DFF, 0}, /* KVM */
    {0x80000000, 0x8000000F, 0},
    {0xC0000104, 0xC0000107, 0}, /* TSC ratio */
    {0xC000010E, 0xC00001FF, 0}, /* branch records */
    {0xC0000411, 0xC0001FFF, 0},
    {0xC0010016, 0xC0011FFF, 2}, /* AMD's */
    {0xC0010050, 0xC0010054, 1}, /* SMIs by ports */
    {0xC0010075, 0xC0010110, 1},
    {0xC0010118, 0xC001013F, 1}, /* SVM, AVIC, SEV */
    {0xC0010300, 0xC00103FF, 1}, /* branch records */
    {0xC0011030, 0xC00110E2, 1}, /* instruction-based sampling */
    {0xC00110E4, 0xC0011FFF, 1},
};

static const char *refused(uint32_t msr)
{
    struct msr_access access = {.msr = msr};

    if (msr_try_read(&access))
        return "read";
    access.value = 0;
    return msr_try_write(&access) ? "written" : NULL;
}

void case_unlisted(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    for (size_t i = 0; i < ARRAY_SIZE(unlisted); i++) {
        if (unlisted[i].vendor && unlisted[i].vendor != leaf.vendor)
            continue;
        for (uint32_t msr = unlisted[i].first; msr <= unlisted[i].last; msr++) {
            const char *done = refused(msr);

            tap_check(!done, "MSR 0x%x can be %s", msr, done ? done : "");
        }
    }
}
