/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message-signalled interrupts, from a timer of the HPET that can send them (HPET specification,
 * "Timer N FSB Interrupt Route Register"). QEMU's can with `-global hpet.msi=true`, Bochs' cannot.
 */
#include "device-irq/cases.h"

#define HPET_BASE      UINT64_C(0xFED00000)
#define HPET_ID        0x000
#define HPET_PERIOD    0x004 /* femtoseconds of a tick */
#define HPET_CONFIG    0x010
#define HPET_COUNTER   0x0F0
#define HPET_TIMER     0x100 /* timer 0: configuration; comparator, message */
#define HPET_COMPARE   0x108
#define HPET_MSG_DATA  0x110
#define HPET_MSG_ADDR  0x114
#define HPET_RUN       BIT32(0)
#define TIMER_ENABLED  BIT32(2)
#define TIMER_32_BITS  BIT32(8)
#define TIMER_SENDS    BIT32(14)
#define TIMER_CAN_SEND BIT32(15)
#define MSI_ADDRESS    UINT32_C(0xFEE00000)
#define MSI_DEST_SHIFT 12
#define SOON           (UINT64_C(5) * 1000000000000) /* femtoseconds; a busy host is slow */

#define VECTOR_MSI 0x7C
#define TIMES      50

static struct {
    atomic_uint ended, by_cpu[MAX_CPUS], wrong;
} msi;

static volatile uint32_t *hpet(unsigned offset)
{
    return (volatile uint32_t *)(HPET_BASE + offset);
}

const char *unfit_for_msi(void)
{
    uint32_t id = *hpet(HPET_ID);

    if (id == 0 || id == UINT32_MAX)
        return "no HPET";
    return *hpet(HPET_TIMER) & TIMER_CAN_SEND ? NULL : "no device here sends MSIs";
}

static void on_msi(struct trap_frame *frame)
{
    (void)frame;
    if (!lapic_bit(LAPIC_ISR, VECTOR_MSI) || lapic_bit(LAPIC_TMR, VECTOR_MSI))
        atomic_fetch_add(&msi.wrong, 1);
    atomic_fetch_add(&msi.by_cpu[this_cpu()->index], 1);
    lapic_eoi();
    atomic_fetch_add(&msi.ended, 1);
}

static void send_to(unsigned cpu)
{
    *hpet(HPET_TIMER) = TIMER_32_BITS;
    *hpet(HPET_MSG_DATA) = VECTOR_MSI;
    *hpet(HPET_MSG_ADDR) = MSI_ADDRESS | cpu_at(cpu)->apic_id << MSI_DEST_SHIFT;
    *hpet(HPET_COMPARE) = *hpet(HPET_COUNTER) - 1; /* not for a long time */
    *hpet(HPET_TIMER) = TIMER_32_BITS | TIMER_ENABLED | TIMER_SENDS;
    *hpet(HPET_COMPARE) = *hpet(HPET_COUNTER) + (uint32_t)(SOON / *hpet(HPET_PERIOD));
}

void case_msi(void)
{
    const uint32_t config = *hpet(HPET_CONFIG), before = *hpet(HPET_TIMER);

    trap_set_handler(VECTOR_MSI, on_msi);
    *hpet(HPET_CONFIG) = config | HPET_RUN;
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_next("%u to CPU %u", TIMES, i);
        atomic_store(&msi.ended, 0);
        atomic_store(&msi.wrong, 0);
        atomic_store(&msi.by_cpu[i], 0);
        for (unsigned n = 1; n <= TIMES; n++) {
            send_to(i);
            if (!tap_check(wait_for(&msi.ended, n), "number %u is lost", n))
                break;
        }
        delay_us(QUIET_US);
        CHECK_EQ(atomic_load(&msi.ended), TIMES);
        CHECK_EQ(atomic_load(&msi.by_cpu[i]), TIMES);
        CHECK_EQ(atomic_load(&msi.wrong), 0);
    }
    *hpet(HPET_TIMER) = before;
    *hpet(HPET_CONFIG) = config;
}
