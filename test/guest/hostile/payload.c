/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hostile: attempts of a guest to escape from Lapwing. Each case ends with every CPU still under
 * control. A bare run shows that the machine itself survives these attempts.
 */
#include "hostile/cases.h"

const char payload_name[] = "hostile";

const struct payload_case payload_cases[] = {
    {"stale-cpuid", case_stale_cpuid, NULL},
    {"stale-apic-base", case_stale_apic_base, NULL},
    {"stale-flags", case_stale_flags, NULL},
    {"stale-int3", case_stale_int3, unfit_bare_kvm},
    {"messages", case_messages, NULL},
    {"smi", case_smi, NULL},
    {"mtrr", case_mtrr, NULL},
    {"mtrr-mask", case_mtrr_mask, NULL},
    {"mtrr-cut", case_mtrr_cut, NULL},
    {"fetch", case_fetch, NULL},
    {"fetch-void", case_fetch_void, NULL},
    {"fetch-hidden", case_fetch_hidden, NULL},
    {"resume-flag", case_resume_flag, NULL},
    {"int1", case_int1, NULL},
    {"cr0", case_cr0, NULL},
    {"hidden", case_hidden, NULL},
    {"cpuid", case_cpuid, NULL},
    {"cpuid-syscall", case_cpuid_syscall, NULL},
    {NULL, NULL, NULL},
};
