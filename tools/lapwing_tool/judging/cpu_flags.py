# SPDX-License-Identifier: GPL-2.0-only
"""What Linux finds in CPUID, by the names in /proc/cpuinfo: bare, and under Lapwing.

docs/cpuid.md says why the names of HIDDEN are hidden.
"""

# Linux 5.10 on the emulators' usual CPUs, bare; TCG with more than one.
TCG = frozenset(
    """
    cmp_legacy ht
    3dnowprefetch abm adx aes apic arat avx avx2 bmi1 bmi2 clflush clflushopt cmov cpuid
    cr8_legacy cx16 cx8 de extd_apicid f16c fma fpu fsgsbase fxsr hypervisor lahf_lm lm mca
    mce mmx mmxext monitor movbe msr mtrr nopl npt nx pae pat pclmulqdq pdpe1gb pge pni popcnt
    pse pse36 rdrand rdseed rdtscp rep_good sep sha_ni smap smep ssbd sse sse2 sse4_1 sse4_2
    sse4a ssse3 svm syscall tsc vmmcall x2apic xgetbv1 xsave xsaveopt
""".split()
)
BOCHS = frozenset(
    """
    3dnowprefetch abm acpi adx aes aperfmperf apic arat arch_perfmon avx avx2 avx512bw
    avx512cd avx512dq avx512f avx512vl bmi1 bmi2 bts clflush clflushopt clwb cmov constant_tsc
    cpuid cx16 cx8 de ds_cpl dtes64 dtherm dts epb ept ept_ad est f16c flexpriority fma fpu
    fsgsbase fxsr ht invpcid invpcid_single lahf_lm lm mca mce mmx monitor movbe msr mtrr
    nonstop_tsc nopl nx pae pat pbe pcid pclmulqdq pdcm pdpe1gb pebs pge pln pni popcnt pse
    pse36 pti pts rdrand rdseed rdtscp sep smap smep ss sse sse2 sse4_1 sse4_2 ssse3 syscall
    tm tm2 tpr_shadow tsc tsc_adjust vme vmx vnmi vpid wbnoinvd x2apic xgetbv1 xsave xsavec
    xsaveopt xsaves xtopology xtpr
""".split()
)

HIDDEN = frozenset(
    """
    vmx ept ept_ad vpid flexpriority tpr_shadow vnmi svm npt
    bts ds_cpl dtes64 dts pebs x2apic
    """.split()
)

# Linux asks a hypervisor's CPU about no erratum of its timer.
ADDED = frozenset({"hypervisor"})
ADDED_BOCHS = ADDED | {"tsc_deadline_timer"}


def under_lapwing(bare, added=ADDED):
    """The flags under xapic_ept, which hides x2APIC mode."""
    return bare - HIDDEN | added


# By the names that rows of the matrix call them.
NAMED = {
    "tcg": TCG,
    "tcg-lapwing": under_lapwing(TCG),
    "bochs": BOCHS,
    "bochs-lapwing": under_lapwing(BOCHS, ADDED_BOCHS),
}


def problems(found, wanted):
    """Sentences saying what a guest finds too little and too much."""
    if found is None:
        yield "the guest did not say what it found in CPUID"
        return
    if found - wanted:
        yield f"the guest finds in CPUID what it should not: {' '.join(sorted(found - wanted))}"
    if wanted - found:
        yield f"the guest misses in CPUID: {' '.join(sorted(wanted - found))}"
