/* SPDX-License-Identifier: GPL-2.0-only */
/* SVM's own instructions (AMD APM Vol. 3, "System Instruction Reference"). */
#ifndef CORE_SVM_SVM_INSN_H
#define CORE_SVM_SVM_INSN_H

#include <lapwing/types.h>

static inline void stgi(void)
{
    __asm__ volatile("stgi" : : : "memory");
}

static inline void clgi(void)
{
    __asm__ volatile("clgi" : : : "memory");
}

static inline void vmload(hpa_t vmcb_pa)
{
    __asm__ volatile("vmload %%rax" : : "a"(vmcb_pa) : "memory");
}

static inline void vmsave(hpa_t vmcb_pa)
{
    __asm__ volatile("vmsave %%rax" : : "a"(vmcb_pa) : "memory");
}

/* Enters with the general registers from `gpr`, and stores all but RAX and RSP back (svm_entry.S). */
static inline __attribute__((always_inline)) void svm_enter(uint64_t *gpr, hpa_t vmcb_pa)
{
    __asm__ volatile("call svm_enter"
                     : "+a"(vmcb_pa)
                     : "b"(gpr)
                     : "rcx", "rdx", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
                       "r14", "r15", "cc", "memory");
}

#endif
