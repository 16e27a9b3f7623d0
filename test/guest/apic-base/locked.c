/* SPDX-License-Identifier: GPL-2.0-only */
/* x2apic_msr without the fallback: CPUs are handed over in x2APIC mode and cannot leave it. */
#include "apic-base/cases.h"

#define MSR_ARCH_CAPABILITIES    0x10A
#define MSR_XAPIC_DISABLE_STATUS 0xBD
#define ARCH_CAP_XAPIC_DISABLE   BIT(21)
#define VECTOR_BY_PAGE           (VECTOR_TEST + 0x49)

static void write_status(void *arg)
{
    (void)arg;
    wrmsr(MSR_XAPIC_DISABLE_STATUS, 0);
}

static void try_to_leave(void *arg)
{
    const uint64_t base = rdmsr(MSR_APIC_BASE);
    const uint64_t rest = base & ~(APIC_BASE_EN | APIC_BASE_EXTD);
    const unsigned index = this_cpu()->index;
    struct fault fault;

    (void)arg;
    tap_check(!try_base(rest), "CPU %u: could be disabled", index);
    tap_check(!try_base(rest | APIC_BASE_EN), "CPU %u: could go to xAPIC mode", index);
    tap_check(!try_base(rest | APIC_BASE_EXTD), "CPU %u: EXTD without EN was taken", index);
    tap_check(try_base(base) && rdmsr(MSR_APIC_BASE) == base, "CPU %u: 0x%lx became 0x%lx", index,
              (unsigned long)base, (unsigned long)rdmsr(MSR_APIC_BASE));
    tap_check(cpuid(7, 0).edx & BIT32(29), "CPU %u: CPUID shows no ARCH_CAPABILITIES", index);
    tap_check(rdmsr(MSR_ARCH_CAPABILITIES) & ARCH_CAP_XAPIC_DISABLE,
              "CPU %u: ARCH_CAPABILITIES 0x%lx", index,
              (unsigned long)rdmsr(MSR_ARCH_CAPABILITIES));
    tap_check(rdmsr(MSR_XAPIC_DISABLE_STATUS) == 1, "CPU %u: XAPIC_DISABLE_STATUS 0x%lx", index,
              (unsigned long)rdmsr(MSR_XAPIC_DISABLE_STATUS));
    tap_check(trap_call(write_status, NULL, &fault) && fault.vector == VECTOR_GP,
              "CPU %u: XAPIC_DISABLE_STATUS can be written", index);
}

void case_locked(void)
{
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(on_cpu(i, try_to_leave, NULL), "CPU %u does not answer, or an exception", i);
    check_all_pairs("afterwards");
}

/* Reads of the xAPIC page give ones, writes nothing. */
static void touch_page(void *arg)
{
    const unsigned index = this_cpu()->index;

    (void)arg;
    for (unsigned offset = 0; offset < PAGE_SIZE; offset += 16) {
        volatile uint32_t *word = (volatile uint32_t *)(uintptr_t)(LAPIC_BASE + offset);

        tap_check(*word == UINT32_MAX, "CPU %u: 0x%x at 0x%x", index, *word, offset);
    }
    *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + LAPIC_TPR) = 0xF0;
    *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + LAPIC_ICR) =
        ICR_FIXED | ICR_ASSERT | ICR_ALL | VECTOR_BY_PAGE;
    *(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + LAPIC_ICR) =
        ICR_INIT | ICR_ASSERT | ICR_ALL_BUT_ME;
    tap_check(*(volatile uint32_t *)(uintptr_t)(LAPIC_BASE + LAPIC_TPR) == UINT32_MAX,
              "CPU %u: the page kept a write", index);
    tap_check(lapic_read(LAPIC_TPR) == 0, "CPU %u: TPR 0x%x by the page", index,
              lapic_read(LAPIC_TPR));
}

void case_locked_page(void)
{
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(on_cpu(i, touch_page, NULL), "CPU %u does not answer, or an exception", i);
    delay_us(2000);
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_check(cpu_alive(i), "CPU %u was hit", i);
        tap_check(irq_count_all(i) == 0, "CPU %u: an IPI by the page", i);
    }
}
