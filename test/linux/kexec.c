/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec-file KERNEL INITRD CMDLINE: leaves the running kernel for another one, without the
 * firmware. Returns only if that fails, with status 1.
 *
 * Freestanding 64-bit code, as the probe is, because kexec_file_load(2) exists only for 64-bit
 * programs. The kernel then does all that kexec-tools would do.
 */

#define SYS_WRITE           1
#define SYS_OPEN            2
#define SYS_EXIT            60
#define SYS_REBOOT          169
#define SYS_KEXEC_FILE_LOAD 320

#define REBOOT_MAGIC1 0xfee1deadL
#define REBOOT_MAGIC2 0x28121969L
#define REBOOT_KEXEC  0x45584543L

static long syscall5(long nr, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    return result;
}

static long length(const char *text)
{
    long n = 0;

    while (text[n])
        n++;
    return n;
}

__attribute__((noreturn)) static void fail(const char *what)
{
    syscall5(SYS_WRITE, 2, (long)what, length(what), 0, 0);
    for (;;)
        syscall5(SYS_EXIT, 1, 0, 0, 0, 0);
}

__attribute__((noreturn, used)) void kexec_main(long argc, char **argv);

void kexec_main(long argc, char **argv)
{
    if (argc != 4)
        fail("kexec-file: KERNEL INITRD CMDLINE\n");

    long kernel = syscall5(SYS_OPEN, (long)argv[1], 0, 0, 0, 0);
    long initrd = syscall5(SYS_OPEN, (long)argv[2], 0, 0, 0, 0);

    if (kernel < 0 || initrd < 0)
        fail("kexec-file: kernel or initrd cannot be opened\n");
    /* The size of the command line counts its NUL. */
    if (syscall5(SYS_KEXEC_FILE_LOAD, kernel, initrd, length(argv[3]) + 1, (long)argv[3], 0))
        fail("kexec-file: the kernel refuses to load it\n");
    syscall5(SYS_REBOOT, REBOOT_MAGIC1, REBOOT_MAGIC2, REBOOT_KEXEC, 0, 0);
    fail("kexec-file: the kernel was loaded but not started\n");
}

/* The kernel enters with argc on the stack and the arguments behind it. */
__asm__(".globl _start\n"
        "_start:\n"
        "\txorl %ebp, %ebp\n"
        "\tmovq (%rsp), %rdi\n"
        "\tleaq 8(%rsp), %rsi\n"
        "\tcall kexec_main\n");
