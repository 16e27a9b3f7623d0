/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSRs that Lapwing answers itself: there is no virtualisation, and EFER and APIC_BASE obey the
 * manual.
 */
#include <lapwing/string.h>
#include "msr-sweep/cases.h"

#define MSR_FEATURE_CONTROL 0x3A
#define MSR_VMX_FIRST       0x480
#define MSR_VMX_LAST        0x493
#define MSR_VM_CR           0xC0010114
#define MSR_VM_HSAVE_PA     0xC0010117

#define FEATURE_CONTROL_LOCKED BIT(0)
#define FEATURE_CONTROL_VMX    (BIT(1) | BIT(2))
#define VM_CR_SVMDIS           BIT(4)
#define EFER_LME               BIT(8)
#define EFER_SVME              BIT(12)

static void check_virt_msrs(void *arg)
{
    struct msr_access access = {.msr = MSR_FEATURE_CONTROL};
    const char **wrong = arg;

    if (msr_try_read(&access) &&
        (access.value & (FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX)) != FEATURE_CONTROL_LOCKED)
        *wrong = "FEATURE_CONTROL is not locked with VMX off";
    for (access.msr = MSR_VMX_FIRST; access.msr <= MSR_VMX_LAST; access.msr++)
        if (msr_try_read(&access))
            *wrong = "a VMX capability MSR can be read";
    access.msr = MSR_VM_HSAVE_PA;
    access.value = 0x1000;
    if (msr_try_read(&access) || msr_try_write(&access))
        *wrong = "VM_HSAVE_PA can be accessed";
    access.msr = MSR_VM_CR;
    if (msr_try_read(&access) && !(access.value & VM_CR_SVMDIS))
        *wrong = "VM_CR.SVMDIS reads 0";
}

void case_virt_msrs(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        const char *wrong = NULL;

        tap_check(on_cpu(i, check_virt_msrs, &wrong), "CPU %u does not answer", i);
        tap_check(!wrong, "CPU %u: %s", i, wrong);
    }
}

/* Reserved bits and LME while paging is on are #GP; the rest can be written and reads back. */
void case_efer(void)
{
    uint64_t efer = rdmsr(MSR_EFER);
    struct msr_access access = {.msr = MSR_EFER, .value = efer | BIT(0)};

    CHECK(msr_try_write(&access));
    CHECK_EQ(rdmsr(MSR_EFER), efer | BIT(0));
    access.value = efer;
    CHECK(msr_try_write(&access));
    CHECK_EQ(rdmsr(MSR_EFER), efer);
    if (unfit_when_bare())
        return; /* QEMU TCG checks nothing */
    access.value = efer & ~EFER_LME;
    CHECK(!msr_try_write(&access));
    for (unsigned bit = 16; bit < 64; bit++) {
        if (bit == 18 || bit == 20 || bit == 21) /* defined on some processors */
            continue;
        access.value = efer | BIT(bit);
        tap_check(!msr_try_write(&access), "EFER bit %u could be set", bit);
    }
    access.value = efer | EFER_SVME;
    CHECK(!msr_try_write(&access));
    CHECK_EQ(rdmsr(MSR_EFER), efer);
}

/* "Local x2APIC State Transitions": reserved bits and x2APIC without enable are #GP; writing it
 * back works. */
void case_apic_base(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);
    struct msr_access access = {.msr = MSR_APIC_BASE, .value = base};

    CHECK(msr_try_write(&access));
    CHECK_EQ(rdmsr(MSR_APIC_BASE), base);
    if (unfit_when_bare())
        return; /* QEMU TCG lets the base move and checks little */
    access.value = base | BIT(0);
    CHECK(!msr_try_write(&access));
    access.value = base | BIT(63);
    CHECK(!msr_try_write(&access));
    access.value = (base & ~APIC_BASE_EN) | APIC_BASE_EXTD;
    CHECK(!msr_try_write(&access));
    access.value = base + PAGE_SIZE;
    CHECK(!msr_try_write(&access));
    if (!lapic_has_x2apic()) {
        access.value = base | APIC_BASE_EXTD;
        CHECK(!msr_try_write(&access));
    }
    CHECK_EQ(rdmsr(MSR_APIC_BASE), base);
}
