/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that survive a #GP; see safe_insn.h. exception.c reads the table. No state. */
#include "core/host/safe_insn.h"

#include <lapwing/errno.h>

/* A #GP goes on at the address that the exception table names, and that returns -EFAULT. */
#define EX_TABLE(from, to)                                                                         \
    ".pushsection .ex_table, \"a\"\n\t.balign 4\n\t.long " from " - .\n\t.long " to                \
    " - .\n\t.popsection\n\t"

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
    uint32_t lo = 0, hi = 0;
    int err;

    __asm__ volatile("1: rdmsr\n\t"
                     "xorl %[err], %[err]\n\t"
                     "jmp 3f\n\t"
                     "2: movl %[fault], %[err]\n\t"
                     "3:\n\t" EX_TABLE("1b", "2b")
                     : "+a"(lo), "+d"(hi), [err] "=&r"(err)
                     : "c"(msr), [fault] "i"(-EFAULT)
                     : "memory");
    *value = (uint64_t)hi << 32 | lo;
    return err;
}

/* WRMSR and XSETBV both take ECX and EDX:EAX. */
#define DEFINE_SAFE_WRITE(name, insn)                                                              \
    int name(uint32_t index, uint64_t value)                                                       \
    {                                                                                              \
        __asm__ goto("1: " insn "\n\t" EX_TABLE("1b", "%l[fault]")                                 \
                     :                                                                             \
                     : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))              \
                     : "memory"                                                                    \
                     : fault);                                                                     \
        return 0;                                                                                  \
    fault:                                                                                         \
        return -EFAULT;                                                                            \
    }

DEFINE_SAFE_WRITE(wrmsr_safe, "wrmsr")
DEFINE_SAFE_WRITE(xsetbv_safe, "xsetbv")
