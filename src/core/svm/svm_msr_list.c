/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD's MSRs that the guest has for itself, each with why that is safe; see core/msr_list.c. Left
 * out, besides all that is unknown: instruction-based sampling and branch records, SVM's and SEV's
 * own MSRs, SMIs that an access to a port raises, CET and UINTR, whose state Lapwing does not
 * handle. (AMD APM Vol. 2, "MSR Cross-Reference"; the families' Processor Programming Reference)
 */
#include "core/virt.h"

const struct msr_open_range virt_msr_open_ranges[] = {
    MSR_OPEN(0x200, 0x20F, BOTH), /* variable MTRRs: the hardware applies them, to Lapwing too */
    MSR_OPEN(0x250, 0x250, BOTH), /* fixed MTRRs: the same */
    MSR_OPEN(0x258, 0x259, BOTH),           MSR_OPEN(0x268, 0x26F, BOTH),
    MSR_OPEN(0x2FF, 0x2FF, BOTH),           /* MTRRdefType: the same */
    MSR_OPEN(0xC00000E7, 0xC00000E9, READ), /* counters of cycles and instructions */
    MSR_OPEN(0xC0000108, 0xC0000108, BOTH), /* prefetchers: speed */
    MSR_OPEN(0xC0000200, 0xC000020F, BOTH), /* shares of the memory's bandwidth: speed */
    MSR_OPEN(0xC0000280, 0xC000028F, BOTH), /* the same for slow memory */
    MSR_OPEN(0xC0000300, 0xC0000303, BOTH), /* control and status of the counters */
    MSR_OPEN(0xC0000400, 0xC0000407, BOTH), /* which bandwidth is counted */
    MSR_OPEN(0xC0010000, 0xC0010007, BOTH), /* counters; their interrupt is an LVT entry's */
    MSR_OPEN(0xC001001F, 0xC001001F, BOTH), /* NB_CFG: the guest has the PCI registers of it too */
    MSR_OPEN(0xC0010030, 0xC0010035, READ), /* the processor's name */
    MSR_OPEN(0xC0010044, 0xC001004A, BOTH), /* which errors are machine checks */
    MSR_OPEN(0xC0010055, 0xC0010055, READ), /* C1E: whether the CPU does it */
    MSR_OPEN(0xC0010061, 0xC0010061, READ), /* P-state limit: a number */
    MSR_OPEN(0xC0010062, 0xC0010062, BOTH), /* P-state: speed, by the firmware's definitions */
    MSR_OPEN(0xC0010063, 0xC001006B, READ), /* P-states: numbers */
    MSR_OPEN(0xC0010071, 0xC0010074, READ), /* the present one; ports that put the CPU to sleep */
    MSR_OPEN(0xC0010140, 0xC0010141, READ), /* known errata */
    MSR_OPEN(0xC0010200, 0xC001020B, BOTH), /* counters of the core */
    MSR_OPEN(0xC0010230, 0xC001023B, BOTH), /* counters of the L3 cache */
    MSR_OPEN(0xC0010240, 0xC0010247, BOTH), /* counters of the north bridge */
    MSR_OPEN(0xC0010280, 0xC0010280, READ), /* a counter of time */
    MSR_OPEN(0xC0010299, 0xC001029B, READ), /* energy: numbers */
    MSR_OPEN(0xC00102B0, 0xC00102B4, BOTH), /* CPPC: speed */
    MSR_OPEN(0xC00102F0, 0xC00102F1, BOTH), /* the processor's serial number */
    MSR_OPEN(0xC0010400, 0xC001043F, BOTH), /* which errors are machine checks */
    MSR_OPEN(0xC0011002, 0xC0011005, READ), /* what CPUID shows: a write would change it */
    MSR_OPEN(0xC001100C, 0xC001100C, READ), /* NODE_ID: a number */
    MSR_OPEN(0xC0011019, 0xC001101B, BOTH), /* masks of breakpoints: no exit leaves any enabled */
    MSR_OPEN(0xC0011027, 0xC0011027, BOTH), /* the same */
};
const unsigned virt_msr_open_range_count = ARRAY_SIZE(virt_msr_open_ranges);
