/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine reset: port CF9, then the 8042, then a triple fault. No state. */
#include "core/reset.h"

#include "core/host/x86_insn.h"

#define PORT_CF9       0xCF9
#define PORT_8042      0x64
#define KBC_PULSE_INIT 0xFE
#define WAIT_SPINS     10000000

static void wait_for_it(void)
{
    for (unsigned i = 0; i < WAIT_SPINS; i++)
        pause();
}

void machine_reset(void)
{
    static const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) no_idt = {0, 0};

    outb(PORT_CF9, CF9_HARD);
    outb(PORT_CF9, CF9_HARD | CF9_RESET);
    wait_for_it();
    outb(PORT_8042, KBC_PULSE_INIT);
    wait_for_it();
    __asm__ volatile("lidt %0; int3" : : "m"(no_idt));
    halt_forever();
}
