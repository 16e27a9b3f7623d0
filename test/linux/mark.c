/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tick-mark WORD: tells the machine that the guest has come to WORD. Bochs logs a line that is
 * written to its BIOS' message port, with the ticks since power-on;
 * tools/lapwing_tool/emulators/bochs_log.py reads it. QEMU and most real machines have nothing at
 * that port. Lapwing does not intercept the port, so the figure means the same bare and under
 * Lapwing.
 */

#include "guest.h"

GUEST_ENTRY(mark_main);

void mark_main(const long *stack)
{
    int failed = stack[0] != 2 || syscall3(NR_IOPL, 3, 0, 0) < 0;

    if (!failed) {
        put_to_machine(MARK);
        put_to_machine((const char *)stack[2]);
        put_to_machine("\n");
    }
    leave(failed);
}
