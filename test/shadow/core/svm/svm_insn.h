/* SPDX-License-Identifier: GPL-2.0-only */
/* SVM's instructions as the host tests see them: nothing of the guest's is in the CPU. */
#ifndef CORE_SVM_SVM_INSN_H
#define CORE_SVM_SVM_INSN_H

#include <lapwing/types.h>

static inline void vmload(hpa_t vmcb)
{
    (void)vmcb;
}

static inline void vmsave(hpa_t vmcb)
{
    (void)vmcb;
}

#endif
