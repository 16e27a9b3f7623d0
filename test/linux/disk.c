/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk-pass DEVICE MIB FROM [TO]: reads MIB MiB of a disk from the MiB FROM on, past the page
 * cache, and prints their CRC-32 (zlib's) in hexadecimal. With TO, also writes each MiB that it has
 * read, from the MiB TO on. Each MiB is moved and summed on the next CPU that is online.
 *
 * A pipe of dd and md5sum would cost several times as many instructions, and instructions are what
 * an emulator's time is made of.
 */

#include "guest.h"

#define NR_LLSEEK 140

#define O_RDWR      02
#define O_DIRECT    040000
#define O_LARGEFILE 0100000

#define MIB  (1u << 20)
#define PAGE 4096
#define POLY 0xEDB88320u
#define LAST 256 /* CPUs from this number on are left out */

static unsigned char buffer[MIB] __attribute__((aligned(PAGE)));
static unsigned table[4][256];

/* table[n][b]: what byte b does to the CRC when n more bytes follow it. */
static void make_table(void)
{
    for (unsigned i = 0; i < 256; i++) {
        unsigned crc = i;

        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? POLY : 0);
        table[0][i] = crc;
    }
    for (unsigned n = 1; n < 4; n++) {
        for (unsigned i = 0; i < 256; i++)
            table[n][i] = table[n - 1][i] >> 8 ^ table[0][table[n - 1][i] & 255];
    }
}

static unsigned add_buffer(unsigned crc)
{
    const unsigned *word = (const unsigned *)(const void *)buffer;

    for (unsigned i = 0; i < MIB / sizeof(*word); i++) {
        crc ^= word[i];
        crc = table[3][crc & 255] ^ table[2][crc >> 8 & 255] ^ table[1][crc >> 16 & 255] ^
              table[0][crc >> 24];
    }
    return crc;
}

/* Moves the buffer to or from the MiB `at` of the disk; whether all of it went. */
static int transfer(long nr, long fd, unsigned at)
{
    unsigned long long where;
    unsigned done = 0;

    if (syscall5(NR_LLSEEK, fd, (long)(at >> 12), (long)(at << 20), (long)&where, 0) < 0)
        return 0;
    while (done < MIB) {
        long n = syscall3(nr, fd, (long)(buffer + done), (long)(MIB - done));

        if (n <= 0)
            return 0;
        done += (unsigned)n;
    }
    return 1;
}

/* Goes to the first CPU from `cpu` on that is online; its number. */
static unsigned move_to(unsigned cpu)
{
    for (unsigned tried = 0; tried < LAST; tried++, cpu++) {
        cpu %= LAST;
        if (pin(cpu))
            break;
    }
    return cpu;
}

static void print(unsigned crc)
{
    for (unsigned i = 0; i < 8; i++)
        put_char("0123456789abcdef"[crc >> (28 - 4 * i) & 15]);
    flush_line();
}

static int pass(const char *device, unsigned mib, unsigned from, const char *to)
{
    long fd = syscall3(NR_OPEN, (long)device, O_RDWR | O_DIRECT | O_LARGEFILE, 0);
    unsigned crc = ~0u, cpu = 0;

    if (fd < 0)
        return 2;
    make_table();
    for (unsigned i = 0; i < mib; i++) {
        cpu = move_to(cpu) + 1;
        if (!transfer(NR_READ, fd, from + i))
            return 3;
        crc = add_buffer(crc);
        if (to && !transfer(NR_WRITE, fd, number(to) + i))
            return 4;
    }
    print(~crc);
    return 0;
}

GUEST_ENTRY(disk_main);

void disk_main(const long *stack)
{
    const char *const *argv = (const char *const *)(stack + 1);
    int status = 1;

    if (stack[0] == 4 || stack[0] == 5)
        status = pass(argv[1], number(argv[2]), number(argv[3]), argv[4]);
    leave(status);
}
