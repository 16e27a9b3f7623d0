/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O APIC's pair of registers and their lock, because an access takes both registers. The lock
 * is taken with interrupts off, because handlers read the table too.
 */
#include "io_apic.h"

#include <stdatomic.h>
#include "cpu_insn.h"

#define IO_APIC_BASE   UINT64_C(0xFEC00000)
#define IO_APIC_SELECT 0x00
#define IO_APIC_WINDOW 0x10

#define REDIRECTION(pin) (0x10 + 2 * (pin)) /* low half; the high one follows */
#define REDIRECTION_DEST 24                 /* in the high half */

static atomic_flag lock = ATOMIC_FLAG_INIT;

static bool acquire(void)
{
    bool enabled = read_flags() & EFLAGS_IF;

    irq_disable();
    while (atomic_flag_test_and_set(&lock))
        cpu_pause();
    return enabled;
}

static void release(bool enabled)
{
    atomic_flag_clear(&lock);
    if (enabled)
        irq_enable();
}

static volatile uint32_t *window(unsigned reg)
{
    *(volatile uint32_t *)(IO_APIC_BASE + IO_APIC_SELECT) = reg;
    return (volatile uint32_t *)(IO_APIC_BASE + IO_APIC_WINDOW);
}

uint32_t io_apic_entry(unsigned pin)
{
    bool enabled = acquire();
    uint32_t low = *window(REDIRECTION(pin));

    release(enabled);
    return low;
}

void io_apic_route(unsigned pin, uint32_t low, uint32_t dest)
{
    bool enabled = acquire();

    *window(REDIRECTION(pin)) = IO_APIC_MASKED | low;
    *window(REDIRECTION(pin) + 1) = dest << REDIRECTION_DEST;
    *window(REDIRECTION(pin)) = low;
    release(enabled);
}

void io_apic_mask(unsigned pin)
{
    io_apic_route(pin, IO_APIC_MASKED, 0);
}
