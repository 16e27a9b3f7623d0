/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * e9: copies its standard input to port E9H, where Bochs takes bytes for its own standard output,
 * with one exit to the emulator's device for each and no wait for a UART.
 */

#include "../linux/guest.h"

#define PORT_E9 0xe9

GUEST_ENTRY(e9_main);

void e9_main(const long *stack)
{
    static char data[4096];
    long got = -1;

    if (stack[0] == 1 && syscall3(NR_IOPL, 3, 0, 0) == 0)
        while ((got = syscall3(NR_READ, 0, (long)data, sizeof(data))) > 0)
            for (long n = 0; n < got; n++)
                outb(PORT_E9, (unsigned char)data[n]);
    leave(got != 0);
}
