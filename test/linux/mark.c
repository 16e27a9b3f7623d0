/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tick-mark WORD: tells the machine that the guest has come to WORD. Bochs logs a line that is
 * written to its BIOS' message port with the ticks since power-on; tools/lapwing_tool/bochs_log.py
 * reads it. QEMU and most real machines have nothing at that port. Lapwing does not intercept it,
 * so the figure is of the same kind bare and under Lapwing.
 *
 * Freestanding 32-bit code like probe.c.
 */

#define NR_EXIT 1
#define NR_IOPL 110

#define BIOS_MESSAGE_PORT 0x402

static long syscall1(long nr, long a)
{
    long result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a) : "memory");
    return result;
}

static void put(const char *text)
{
    for (; *text; text++)
        __asm__ volatile("outb %b0, %w1" : : "a"(*text), "d"(BIOS_MESSAGE_PORT));
}

__attribute__((noreturn, used)) void mark_main(const long *stack);

/* `stack` is as the kernel leaves it: argc, then the pointers argv[0], argv[1] ... */
void mark_main(const long *stack)
{
    int failed = stack[0] != 2 || syscall1(NR_IOPL, 3) < 0;

    if (!failed) {
        put("lapwing-mark ");
        put((const char *)stack[2]);
        put("\n");
    }
    for (;;)
        syscall1(NR_EXIT, failed);
}

__asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tmovl %esp, %eax\n\tsubl $8, %esp\n"
        "\tpushl %eax\n\tcall mark_main\n");
