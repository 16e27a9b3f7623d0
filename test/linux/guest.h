/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of the test initramfs use instead of a library. They are 32-bit code that makes
 * system calls with INT 80H, so one file runs on i386 and amd64 kernels.
 */

#ifndef LINUX_GUEST_H
#define LINUX_GUEST_H

#define NR_EXIT              1
#define NR_FORK              2
#define NR_READ              3
#define NR_WRITE             4
#define NR_OPEN              5
#define NR_CLOSE             6
#define NR_WAITPID           7
#define NR_IOPL              110
#define NR_SCHED_SETAFFINITY 241
#define NR_GETCPU            318

/* Bochs logs a line that is written here, with the ticks since power-on; see mark.c. */
#define BIOS_MESSAGE_PORT 0x402
#define MARK              "lapwing-mark "

#define MAX_CPUS 1024

/* The entry, which calls `name`(stack): argc, then the pointers argv[0], argv[1] ... and NULL. */
#define GUEST_ENTRY(name)                                                                          \
    __attribute__((noreturn, used)) void name(const long *stack);                                  \
    __asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tmovl %esp, %eax\n\tsubl $8, %esp\n"      \
            "\tpushl %eax\n\tcall " #name "\n")

static inline long syscall5(long nr, long a, long b, long c, long d, long e)
{
    long result;

    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

static inline long syscall4(long nr, long a, long b, long c, long d)
{
    return syscall5(nr, a, b, c, d, 0);
}

static inline long syscall3(long nr, long a, long b, long c)
{
    return syscall5(nr, a, b, c, 0, 0);
}

__attribute__((noreturn)) static inline void leave(int status)
{
    for (;;)
        syscall3(NR_EXIT, status, 0, 0);
}

/* Stays on `cpu` from now on; 0 if that is not online. */
static inline int pin(unsigned cpu)
{
    unsigned mask[MAX_CPUS / 32] = {0};

    mask[cpu / 32] = 1u << (cpu % 32);
    return syscall3(NR_SCHED_SETAFFINITY, 0, sizeof(mask), (long)mask) >= 0;
}

/* Stays on `cpu` from now on, and is there; 0 for a CPU that is absent or offline. */
static inline int enter_cpu(unsigned cpu)
{
    unsigned now = MAX_CPUS;

    if (!pin(cpu))
        return 0;
    syscall3(NR_GETCPU, (long)&now, 0, 0);
    return now == cpu;
}

static inline void outb(unsigned port, unsigned value)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port));
}

static inline unsigned inb(unsigned port)
{
    unsigned char value;

    __asm__ volatile("inb %w1, %0" : "=a"(value) : "d"(port));
    return value;
}

static inline void put_to_machine(const char *text)
{
    while (*text)
        outb(BIOS_MESSAGE_PORT, (unsigned)*text++);
}

/* The decimal number at the beginning of `text`. */
static inline unsigned number(const char *text)
{
    unsigned n = 0;

    for (; *text >= '0' && *text <= '9'; text++)
        n = n * 10 + (unsigned)(*text - '0');
    return n;
}

/* A line of output in the making; what does not fit is left out. */
static char line[1024];
static unsigned line_used;

static inline void put_char(char c)
{
    if (line_used < sizeof(line) - 1) /* a newline still fits */
        line[line_used++] = c;
}

static inline void put(const char *text)
{
    while (*text)
        put_char(*text++);
}

/*
 * Decimal, with zeros in front if it has fewer than `width` digits; without the 64-bit division
 * that would need a library.
 */
static inline void put_number(unsigned low, unsigned high, unsigned width)
{
    char digits[24];
    unsigned n = 0;

    do {
        unsigned remainder = high % 10;
        unsigned quotient;

        high /= 10;
        __asm__("divl %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(remainder), "r"(10u));
        low = quotient;
        digits[n++] = (char)('0' + remainder);
    } while (low || high || n < width);
    while (n)
        put_char(digits[--n]);
}

/* Ends the line with a newline, and writes it to a file descriptor. */
static inline void flush_line_to(int fd)
{
    line[line_used++] = '\n';
    syscall3(NR_WRITE, fd, (long)line, (long)line_used);
    line_used = 0;
}

static inline void flush_line(void)
{
    flush_line_to(1);
}

#endif
