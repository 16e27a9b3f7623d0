/* SPDX-License-Identifier: GPL-2.0-only */
/* Skipping an instruction on SVM. State: the VMCB, its own CPU only. */
#include "core/svm/svm_vcpu.h"

#include <lapwing/errno.h>
#include "core/guest_mem.h"
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "core/insn/insn.h"
#include "core/log_guest.h"

/* BTF makes TF trap branches only, and no skipped instruction is a branch. */
static bool traps_each_insn(void)
{
    uint64_t debugctl;

    return rdmsr_safe(MSR_DEBUGCTL, &debugctl) || !(debugctl & DEBUGCTL_BTF);
}

/* RF or TF is set. */
static __attribute__((noinline)) void skip_with_flags(struct vcpu *v)
{
    struct vmcb *b = svm_vmcb(v);

    b->rflags &= ~RFLAGS_RF;
    if ((b->rflags & RFLAGS_TF) && traps_each_insn()) {
        b->dr6 |= DR6_BS;
        virt_inject(v, &(struct vm_event){.vector = VEC_DB});
    }
}

static inline __attribute__((always_inline)) void skip_to(struct vcpu *v, uint64_t rip)
{
    struct vmcb *b = svm_vmcb(v);

    /* Only there code of 64 bits and other code differ. */
    if ((rip ^ b->rip) >> 32 && virt_code_bits(v) != 64)
        rip = (uint32_t)rip;
    b->rip = rip;
    b->interrupt_shadow = 0;
    if (b->rflags & (RFLAGS_RF | RFLAGS_TF))
        skip_with_flags(v);
}

void virt_skip_bytes(struct vcpu *v, unsigned length)
{
    skip_to(v, svm_vmcb(v)->rip + length);
}

/* Without next-RIP save the bytes tell the length. The exit code says which instruction it is. */
static int exited_insn(const struct vmcb *b)
{
    switch (b->exitcode) {
    case SVM_EXIT_CPUID:
        return INSN_CPUID;
    case SVM_EXIT_MSR:
        return b->exitinfo1 ? INSN_WRMSR : INSN_RDMSR;
    case SVM_EXIT_INVD:
        return INSN_INVD;
    case SVM_EXIT_HLT:
        return INSN_HLT;
    case SVM_EXIT_MWAIT:
    case SVM_EXIT_MWAIT_ARMED:
        return INSN_MWAIT;
    default:
        return -1;
    }
}

/* Returns the length without the prefixes that no compiler puts in front of these instructions. */
static int usual_length(int insn)
{
    return insn == INSN_HLT ? 1 : insn == INSN_MWAIT ? 3 : 2;
}

/* Without next-RIP save I/O alone says where it ends. */
static __attribute__((noinline)) void skip_fetched(struct vcpu *v)
{
    struct vmcb *b = svm_vmcb(v);
    uint8_t bytes[INSN_MAX_LENGTH];
    int insn, length;
    size_t got;

    if (b->exitcode == SVM_EXIT_IOIO) {
        skip_to(v, b->exitinfo2);
        return;
    }
    insn = exited_insn(b);
    if (insn < 0)
        panic("no instruction to skip after exit %lx", b->exitcode);
    got = guest_fetch(v, bytes, sizeof(bytes));
    length = insn_length_simple(bytes, got, guest_insn_mode(v), (enum insn_simple)insn);
    if (got == 0 || length == -EAGAIN) {
        length = usual_length(insn); /* firmware code, which is not in what the map calls RAM */
    } else if (length < 0) {
        /* The code or its mapping has changed since the exit: this CPU must fetch it again. */
        log_guest(v, "cpu %u: the instruction at %lx changed while it was intercepted", v->index,
                  b->rip);
        virt_flush(v);
        return;
    }
    virt_skip_bytes(v, (unsigned)length);
}

/* Without next-RIP save the field stays 0. Inline, for the exit loop. */
inline void virt_skip_insn(struct vcpu *v)
{
    struct vmcb *b = svm_vmcb(v);

    if (b->nrip > b->rip) {
        skip_to(v, b->nrip);
        return;
    }
    skip_fetched(v);
}
