/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel's MSRs that the guest has for itself, each with why that is safe; see core/msr_list.c. Left
 * out, besides all that is unknown: whatever writes to memory (Processor Trace, debug store, PEBS,
 * hardware feedback), encrypts it (TME) or records branches of whoever runs (LBR), and CET, FRED,
 * protection keys of the supervisor, UINTR, Key Locker, SGX, whose state Lapwing does not handle.
 * (Intel SDM Vol. 4, "Model-Specific Registers (MSRs)")
 */
#include "core/virt.h"

const struct msr_open_range virt_msr_open_ranges[] = {
    MSR_OPEN(0x017, 0x017, READ), /* PLATFORM_ID: a number */
    MSR_OPEN(0x034, 0x035, READ), /* SMI_COUNT, CORE_THREAD_COUNT: numbers */
    MSR_OPEN(0x04E, 0x04F, BOTH), /* PPIN: the processor's serial number */
    MSR_OPEN(0x0C1, 0x0C8, BOTH), /* counters of events */
    MSR_OPEN(0x0CD, 0x0CE, READ), /* bus frequency, PLATFORM_INFO: numbers */
    MSR_OPEN(0x0E2, 0x0E2, BOTH), /* PKG_CST_CONFIG_CONTROL: how deeply the CPU sleeps */
    MSR_OPEN(0x0E4, 0x0E4, READ), /* PMG_IO_CAPTURE_BASE: ports that put the CPU to sleep */
    MSR_OPEN(0x10F, 0x10F, BOTH), /* TSX_FORCE_ABORT: speed */
    MSR_OPEN(0x122, 0x123, BOTH), /* TSX_CTRL, MCU_OPT_CTRL: speed; the guest's own protection */
    MSR_OPEN(0x140, 0x140, BOTH), /* MISC_FEATURES_ENABLES: faults of CPUID in ring 3 */
    MSR_OPEN(0x186, 0x18D, BOTH), /* what the counters count; their interrupt is an LVT entry's */
    MSR_OPEN(0x198, 0x19D, BOTH), /* frequency, temperature, and their LVT entry's interrupt */
    MSR_OPEN(0x1A2, 0x1A2, READ), /* TEMPERATURE_TARGET: a number */
    MSR_OPEN(0x1A4, 0x1A4, BOTH), /* prefetchers: speed */
    MSR_OPEN(0x1A6, 0x1A7, BOTH), /* OFFCORE_RSP: what the counters count */
    MSR_OPEN(0x1AA, 0x1AA, READ), /* MISC_PWR_MGMT: numbers */
    MSR_OPEN(0x1AD, 0x1AE, READ), /* turbo ratios: numbers */
    MSR_OPEN(0x1B0, 0x1B2, BOTH), /* ENERGY_PERF_BIAS, the package's temperature: speed */
    MSR_OPEN(0x1F8, 0x1FA, READ), /* direct cache access: numbers */
    MSR_OPEN(0x1FC, 0x1FC, BOTH), /* POWER_CTL: speed */
    MSR_OPEN(0x280, 0x29F, BOTH), /* CMCI: thresholds of machine checks; an LVT entry's interrupt */
    MSR_OPEN(0x309, 0x30F, BOTH), /* fixed counters */
    MSR_OPEN(0x329, 0x329, BOTH), /* PERF_METRICS: a counter */
    MSR_OPEN(0x38D, 0x391, BOTH), /* control and status of the counters */
    MSR_OPEN(0x392, 0x392, READ), /* which counters are in use */
    MSR_OPEN(0x3F8, 0x3FE, READ), /* how long the CPU slept */
    MSR_OPEN(0x4C1, 0x4C8, BOTH), /* counters of events, in full width */
    MSR_OPEN(0x4D0, 0x4D0, BOTH), /* MCG_EXT_CTL: machine checks of this CPU only */
    MSR_OPEN(0x606, 0x60F, READ), /* energy: units and times asleep */
    MSR_OPEN(0x610, 0x610, BOTH), /* the package's power limit: speed */
    MSR_OPEN(0x611, 0x617, READ), /* energy: numbers */
    MSR_OPEN(0x618, 0x618, BOTH), /* the memory's power limit: speed */
    MSR_OPEN(0x619, 0x637, READ), /* energy: numbers */
    MSR_OPEN(0x638, 0x638, BOTH), /* the cores' power limit: speed */
    MSR_OPEN(0x639, 0x63F, READ), /* energy: numbers */
    MSR_OPEN(0x640, 0x640, BOTH), /* the graphics' power limit: speed */
    MSR_OPEN(0x641, 0x64F, READ), /* energy: numbers */
    MSR_OPEN(0x690, 0x690, READ), /* why a core is slower than asked */
    MSR_OPEN(0x6B0, 0x6B1, READ), /* the same of graphics and ring */
    MSR_OPEN(0x770, 0x774, BOTH), /* hardware P-states: speed */
    MSR_OPEN(0x776, 0x777, BOTH), /* their control and status */
    MSR_OPEN(0xC0000080, 0xC0000080, BOTH), /* EFER: state */
};
const unsigned virt_msr_open_range_count = ARRAY_SIZE(virt_msr_open_ranges);
