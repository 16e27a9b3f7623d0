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

#endif
