/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMX's own instructions (Intel SDM Vol. 3C, "VMX Instruction Reference") and DR6. The result true
 * means that the instruction failed.
 */
#ifndef CORE_VMX_VMX_INSN_H
#define CORE_VMX_VMX_INSN_H

#include "core/vmx/vmx_vcpu.h"

static inline bool vmxon(hpa_t region)
{
    bool failed;
    __asm__ volatile("vmxon %1" : "=@ccna"(failed) : "m"(region) : "memory");
    return failed;
}

static inline bool vmclear(hpa_t vmcs)
{
    bool failed;
    __asm__ volatile("vmclear %1" : "=@ccna"(failed) : "m"(vmcs) : "memory");
    return failed;
}

static inline bool vmptrld(hpa_t vmcs)
{
    bool failed;
    __asm__ volatile("vmptrld %1" : "=@ccna"(failed) : "m"(vmcs) : "memory");
    return failed;
}

enum vmx_invalidation { VMX_INV_SINGLE = 1, VMX_INV_ALL = 2 };

static inline bool invept(enum vmx_invalidation type, uint64_t eptp)
{
    const struct {
        uint64_t eptp, reserved;
    } what = {eptp, 0};
    bool failed;
    __asm__ volatile("invept %1, %2"
                     : "=@ccna"(failed)
                     : "m"(what), "r"((uint64_t)type)
                     : "memory");
    return failed;
}

static inline bool invvpid(enum vmx_invalidation type, uint16_t vpid)
{
    const struct {
        uint64_t vpid, linear;
    } what = {vpid, 0};
    bool failed;
    __asm__ volatile("invvpid %1, %2"
                     : "=@ccna"(failed)
                     : "m"(what), "r"((uint64_t)type)
                     : "memory");
    return failed;
}

static inline uint64_t read_dr6(void)
{
    uint64_t v;
    __asm__ volatile("movq %%dr6, %0" : "=r"(v) : : "memory");
    return v;
}

static inline void write_dr6(uint64_t v)
{
    __asm__ volatile("movq %0, %%dr6" : : "r"(v) : "memory");
}

/*
 * Enters the guest by the stub of vmx_entry.S. True: the guest ran, or its state was refused: see the
 * exit reason. False: there was no entry, because v->attention is set.
 */
static inline __attribute__((always_inline)) bool vmx_enter(struct vcpu *v)
{
    __asm__ goto("call vmx_enter; jc %l[cut_short]"
                 :
                 : "b"(v)
                 : "rax", "rcx", "rdx", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
                   "r14", "r15", "cc", "memory"
                 : cut_short);
    return true;
cut_short:
    return false;
}

/*
 * Runs the host's NMI handler. Its IRET ends the blocking of NMIs that an NMI exit leaves behind.
 */
static inline void take_nmi(void)
{
    __asm__ volatile("int $2" : : : "memory");
}

#endif
