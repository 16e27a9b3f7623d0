/* SPDX-License-Identifier: GPL-2.0-only */
/* SVM's own instructions (AMD APM Vol. 3, "System Instruction Reference"). */
#ifndef CORE_SVM_SVM_INSN_H
#define CORE_SVM_SVM_INSN_H

#include "core/vcpu.h"

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

/*
 * Enters the guest by the stub of svm_entry.S. False: there was no entry, because v->attention is set.
 */
static inline __attribute__((always_inline)) bool svm_enter(struct vcpu *v, hpa_t vmcb_pa)
{
    __asm__ goto("call svm_enter; jc %l[cut_short]"
                 :
                 : "b"(v), "a"(vmcb_pa)
                 : "rcx", "rdx", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                   "r15", "cc", "memory"
                 : cut_short);
    return true;
cut_short:
    return false;
}

#endif
