/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A physical INIT, which no ICR write of the guest becomes under Lapwing: the I/O APIC sends it for
 * the timer's interrupt (Intel 82093AA, "I/O Redirection Table Registers"). The timer is as
 * firmware leaves it, at 18 Hz, so several INITs come.
 */
#include "smp/cases.h"

#define IO_APIC_BASE   UINT64_C(0xFEC00000)
#define IO_APIC_SELECT 0x00
#define IO_APIC_WINDOW 0x10

#define REDIRECTION(pin)   (0x10 + 2 * (pin)) /* low half; the high one follows */
#define REDIRECTION_INIT   (UINT32_C(5) << 8)
#define REDIRECTION_MASKED BIT32(16)
#define REDIRECTION_DEST   24 /* in the high half */

/* Where firmware may have the timer: the MADT says, and says one of these. */
static const unsigned timer_pins[] = {0, 2};

#define QEMU_CONFIG_SELECT 0x510
#define QEMU_CONFIG_DATA   0x511
#define QEMU_CONFIG_ID     0 /* reads "QEMU" */

static void io_apic_write(unsigned reg, uint32_t value)
{
    *(volatile uint32_t *)(IO_APIC_BASE + IO_APIC_SELECT) = reg;
    *(volatile uint32_t *)(IO_APIC_BASE + IO_APIC_WINDOW) = value;
}

static void route_timer(uint32_t low, uint32_t apic_id)
{
    for (unsigned i = 0; i < ARRAY_SIZE(timer_pins); i++) {
        io_apic_write(REDIRECTION(timer_pins[i]), REDIRECTION_MASKED);
        io_apic_write(REDIRECTION(timer_pins[i]) + 1, apic_id << REDIRECTION_DEST);
        io_apic_write(REDIRECTION(timer_pins[i]), low);
    }
}

/* By its configuration device: CPUID does not tell under a hypervisor. */
const char *unfit_for_io_apic_init(void)
{
    outw(QEMU_CONFIG_SELECT, QEMU_CONFIG_ID);
    return inb(QEMU_CONFIG_DATA) == 'Q' ? "QEMU TCG intercepts no INIT" : NULL;
}

void case_io_apic_init(void)
{
    if (!have_aps())
        return;
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned boots = atomic_load(&cpu_at(i)->boots);
        bool stopped;

        tap_check(start_beating(i), "CPU %u does not beat", i);
        route_timer(REDIRECTION_INIT, cpu_at(i)->apic_id);
        stopped = has_stopped(i);
        delay_us(200000); /* parked, it takes some more of them */
        route_timer(REDIRECTION_MASKED, 0);
        tap_check(stopped, "CPU %u runs on", i);
        smp_forget(i);
        tap_check(atomic_load(&cpu_at(i)->boots) == boots, "CPU %u did not wait for a SIPI", i);
        smp_startup_ipi(i, TRAMPOLINE_VECTOR);
        tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS) && cpu_alive(i),
                  "CPU %u does not start", i);
    }
    tap_check(smp_start_all(), "not all CPUs answer");
}
