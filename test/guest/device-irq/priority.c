/* SPDX-License-Identifier: GPL-2.0-only */
/* TPR and logical destinations. */
#include "device-irq/cases.h"

#define TIMES      10
#define DELIVERIES 100
#define TPR_ABOVE  0x6F /* the UART's class, below the keyboard's */
#define TPR_BELOW  0x5F
#define LOGICALS   8 /* bits of the I/O APIC's destination */

static void hold(void *arg)
{
    (void)arg;
    for (unsigned n = 0; n < TIMES; n++) {
        lapic_write(LAPIC_TPR, TPR_ABOVE);
        uart.raise();
        tap_check(line_wait_requested(&uart), "not requested");
        keyboard.raise();
        tap_check(line_wait(&keyboard, n + 1), "what is above TPR is held");
        tap_check(atomic_load(&record_of(&uart)->begun) == n, "delivered under TPR");
        lapic_write(LAPIC_TPR, TPR_BELOW);
        if (!tap_check(line_wait(&uart, n + 1), "number %u is lost", n + 1))
            break;
    }
    lapic_write(LAPIC_TPR, 0);
}

void case_priority(void)
{
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_next("CPU %u", i);
        line_arm(&uart, ARM_LEVEL, i);
        line_arm(&keyboard, ARM_LEVEL, i);
        tap_check(on_cpu(i, hold, NULL), "CPU %u does not answer", i);
        line_check(&uart, TIMES);
        line_check(&keyboard, TIMES);
        line_disarm(&keyboard);
        line_disarm(&uart);
    }
}

static void set_flat_id(void *arg)
{
    (void)arg;
    if (this_cpu()->x2apic)
        return; /* derived from the ID */
    lapic_write(LAPIC_DFR, 0xFFFFFFFF);
    lapic_write(LAPIC_LDR, BIT32(24 + this_cpu()->index));
}

/* Bit of the destination that addresses the CPU; 0 if there is none. */
static uint32_t logical_bit(unsigned cpu)
{
    unsigned bit = cpu_at(cpu)->x2apic ? cpu_at(cpu)->apic_id : cpu;

    return bit < LOGICALS ? BIT32(bit) : 0;
}

void case_lowest(void)
{
    uint32_t all = 0;
    unsigned sum = 0;

    tap_next("IDs");
    for (unsigned i = 0; i < cpu_count() && logical_bit(i); i++) {
        tap_check(on_cpu(i, set_flat_id, NULL), "CPU %u does not answer", i);
        all |= logical_bit(i);
    }
    for (unsigned i = 0; i < cpu_count() && logical_bit(i); i++) {
        tap_next("CPU %u", i);
        line_arm_at(&uart, ARM_LEVEL | ARM_LOGICAL, logical_bit(i));
        line_repeat(&uart, TIMES);
        line_check(&uart, TIMES);
        tap_check(atomic_load(&record_of(&uart)->by_cpu[i]) == TIMES, "not all on CPU %u", i);
        line_disarm(&uart);
    }
    tap_next("lowest priority, all CPUs");
    line_arm_at(&uart, ARM_LEVEL | ARM_LOGICAL | ARM_LOWEST, all);
    line_repeat(&uart, DELIVERIES);
    line_check(&uart, DELIVERIES);
    for (unsigned i = 0; i < cpu_count(); i++)
        sum += atomic_load(&record_of(&uart)->by_cpu[i]);
    CHECK_EQ(sum, DELIVERIES);
    line_disarm(&uart);
}
