/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe-cpus: pins itself to each online CPU in turn and prints what that CPU finds in Lapwing's
 * CPUID leaves. An escaped CPU shows up as one that finds no leaf.
 *
 * Freestanding 32-bit code that makes its system calls with INT 80H, so the same file runs on i386
 * and amd64 kernels and needs no library. The leaves are described in src/apic's and core's CPUID
 * policy: base+0 signature, +1 index and strategy, +2 exit counters, +3 vendor and method.
 */

#define NR_EXIT              1
#define NR_WRITE             4
#define NR_SCHED_SETAFFINITY 241
#define NR_GETCPU            318

#define MAX_CPUS     1024
#define MAX_COUNTERS 64
#define FIRST_BASE   0x40000000u
#define LAST_BASE    0x40000100u

struct regs {
    unsigned eax;
    unsigned bcd[3]; /* EBX, ECX, EDX: in this order they hold text */
};

static char line[1024];
static unsigned used;

static int syscall3(int nr, long a, long b, long c)
{
    int result;

    __asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

static struct regs cpuid(unsigned leaf, unsigned subleaf)
{
    struct regs r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.bcd[0]), "=c"(r.bcd[1]), "=d"(r.bcd[2])
                     : "a"(leaf), "c"(subleaf));
    return r;
}

static void put(const char *text)
{
    while (*text && used < sizeof(line))
        line[used++] = *text++;
}

/* Characters of `words` registers in a row; unprintable ones are left out. */
static void put_chars(const unsigned *regs, unsigned words)
{
    for (unsigned i = 0; i < words * 4 && used < sizeof(line); i++) {
        char c = (char)(regs[i / 4] >> (i % 4 * 8));

        if (c > ' ' && c <= '~')
            line[used++] = c;
    }
}

/* Decimal, without the 64-bit division that would need a library. */
static void put_number(unsigned low, unsigned high)
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
    } while (low || high);
    while (n && used < sizeof(line))
        line[used++] = digits[--n];
}

static void flush_line(void)
{
    if (used < sizeof(line))
        line[used++] = '\n';
    syscall3(NR_WRITE, 1, (long)line, (long)used);
    used = 0;
}

static int is_lapwing(const struct regs *r)
{
    return r->bcd[0] == 0x7770614cu && r->bcd[1] == 0x48676e69u && r->bcd[2] == 0x72657079u;
}

/* Base of Lapwing's leaves on this CPU, or 0. */
static unsigned find_base(void)
{
    for (unsigned base = FIRST_BASE; base <= LAST_BASE; base += 0x100) {
        struct regs r = cpuid(base, 0);

        if (is_lapwing(&r) && r.eax >= base + 3)
            return base;
    }
    return 0;
}

static unsigned apic_id(void)
{
    if (cpuid(0, 0).eax >= 0xb && cpuid(0xb, 0).bcd[0])
        return cpuid(0xb, 0).bcd[2];
    return cpuid(1, 0).bcd[0] >> 24;
}

static void report(unsigned cpu)
{
    unsigned base = find_base();
    struct regs r;

    put("LAPWING-GUEST: cpu ");
    put_number(cpu, 0);
    put(" leaf ");
    if (!base) {
        put("none apicid ");
        put_number(apic_id(), 0);
        flush_line();
        return;
    }
    r = cpuid(base, 0);
    put_chars(r.bcd, 3);
    r = cpuid(base + 1, 0);
    put(" strategy ");
    put_chars(r.bcd, 3);
    put(" index ");
    put_number(r.eax, 0);
    r = cpuid(base + 3, 0);
    put(r.eax == 1 ? " vendor svm" : r.eax == 2 ? " vendor vmx" : " vendor unknown");
    if (r.bcd[0]) {
        put(" method ");
        put_chars(r.bcd, 3);
    }
    put(" apicid ");
    put_number(apic_id(), 0);
    flush_line();

    put("LAPWING-GUEST: exits cpu ");
    put_number(cpu, 0);
    for (unsigned n = 0; n < MAX_COUNTERS; n++) {
        r = cpuid(base + 2, n);
        if (!r.bcd[1] && !r.bcd[2])
            break;
        if (!r.eax && !r.bcd[0])
            continue;
        put(" ");
        put_chars(&r.bcd[1], 2);
        put("=");
        put_number(r.eax, r.bcd[0]);
    }
    flush_line();
}

__attribute__((noreturn, used)) void probe_main(void);

void probe_main(void)
{
    static unsigned mask[MAX_CPUS / 32];

    for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++) {
        unsigned now = MAX_CPUS;

        mask[cpu / 32] = 1u << (cpu % 32);
        /* Fails for a CPU that is absent or offline. */
        if (syscall3(NR_SCHED_SETAFFINITY, 0, sizeof(mask), (long)mask) >= 0) {
            syscall3(NR_GETCPU, (long)&now, 0, 0);
            if (now == cpu)
                report(cpu);
        }
        mask[cpu / 32] = 0;
    }
    for (;;)
        syscall3(NR_EXIT, 0, 0, 0);
}

/* The kernel enters with the stack aligned to 16; a called function expects a return address. */
__asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tcall probe_main\n");
