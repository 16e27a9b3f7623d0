/* SPDX-License-Identifier: GPL-2.0-only */
/* Switching the machine off; see power.h. */
#include "power.h"

#include "cpu_insn.h"

#define BOCHS_SHUTDOWN  0x8900
#define QEMU_PM1A       0x604 /* PIIX4's and ICH9's PM1a control with QEMU's firmware */
#define PM1A_SLP_EN_S5  0x2000
#define QEMU_DEBUG_EXIT 0xF4

void power_off(void)
{
    for (const char *c = "Shutdown"; *c; c++)
        outb(BOCHS_SHUTDOWN, (uint8_t)*c);
    outw(QEMU_PM1A, PM1A_SLP_EN_S5);
    outl(QEMU_DEBUG_EXIT, 0);
    for (;;) {
        irq_disable();
        cpu_halt();
    }
}
