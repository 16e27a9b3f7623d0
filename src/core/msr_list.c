/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSRs of both vendors that the guest has for itself, each with why that is safe. "State" is the
 * CPU's own as the guest sees it: Lapwing's code does not use it, or the exit and the entry switch
 * it. "Speed" makes a CPU slower or faster, no more. Constant; no lock.
 */
#include "core/msr.h"

const struct msr_open_range msr_open_ranges[] = {
    MSR_OPEN(0x010, 0x010, BOTH),  /* TSC: Lapwing measures its delays in differences */
    MSR_OPEN(0x03B, 0x03B, BOTH),  /* TSC_ADJUST: the same */
    MSR_OPEN(0x048, 0x049, BOTH),  /* SPEC_CTRL, PRED_CMD: speed; the guest's own protection */
    MSR_OPEN(0x08B, 0x08B, BOTH),  /* BIOS_SIGN_ID: the microcode's revision */
    MSR_OPEN(0x0E1, 0x0E1, BOTH),  /* UMWAIT_CONTROL: how long user code may sleep */
    MSR_OPEN(0x0E7, 0x0E8, BOTH),  /* MPERF, APERF: counters of cycles */
    MSR_OPEN(0x0FE, 0x0FE, READ),  /* MTRRCAP: says how many MTRRs there are */
    MSR_OPEN(0x10B, 0x10B, WRITE), /* FLUSH_CMD: speed; flushes a cache */
    MSR_OPEN(0x174, 0x176, BOTH),  /* SYSENTER: state */
    MSR_OPEN(0x179, 0x17B, BOTH),  /* MCG: how machine checks are reported */
    MSR_OPEN(0x1C4, 0x1C5, BOTH),  /* XFD: state; Lapwing uses no extended registers */
    MSR_OPEN(0x277, 0x277, BOTH),  /* PAT: state; memory types in the guest's own tables */
    MSR_OPEN(0x400, 0x47F, BOTH),  /* banks of machine checks: they say where, and write nothing */
    MSR_OPEN(0x6E0, 0x6E0, BOTH),  /* TSC_DEADLINE: the guest's timer; apicv has a row */
    MSR_OPEN(0xC81, 0xC82, BOTH),  /* L3 and L2 allocation with code apart from data: speed */
    MSR_OPEN(0xC8D, 0xC8F, BOTH),  /* monitoring of cache use, and the CPU's class: speed */
    MSR_OPEN(0xC90, 0xD8F, BOTH),  /* shares of caches and of bandwidth: speed */
    MSR_OPEN(0xC0000081, 0xC0000084, BOTH), /* SYSCALL: state */
    MSR_OPEN(0xC0000100, 0xC0000103, BOTH), /* FS and GS base, TSC_AUX: state */
};
const unsigned msr_open_range_count = ARRAY_SIZE(msr_open_ranges);
