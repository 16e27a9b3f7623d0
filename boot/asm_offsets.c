/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What assembly must know of C: offsets in structures, and values of enums. tools/asm_offsets.py
 * compiles this file and makes boot/asm_offsets.h, which only assembly includes. No code.
 */
#include "core/start/trampoline.h"
#include "core/vmx/vmx_vcpu.h"

/* A line of the compiler's output that tools/asm_offsets.py finds. */
#define VALUE(name, value) __asm__ volatile(".ascii \"->" #name " %c0\"" : : "i"(value))
#define GPR(name, number)  VALUE(OFFSET_##name, (number) * sizeof(uint64_t))
#define TRAMPOLINE(field)                                                                          \
    VALUE(TRAMPOLINE_##field, TRAMPOLINE_DATA + offsetof(struct trampoline_data, field))
#define LONG(field) VALUE(LONG_##field, offsetof(struct virt_long_mode, field))

void asm_offsets(void);

void asm_offsets(void)
{
    GPR(RAX, GPR_RAX);
    GPR(RCX, GPR_RCX);
    GPR(RDX, GPR_RDX);
    GPR(RBX, GPR_RBX);
    GPR(RBP, GPR_RBP);
    GPR(RSI, GPR_RSI);
    GPR(RDI, GPR_RDI);
    GPR(R8, GPR_R8);
    GPR(R9, GPR_R8 + 1);
    GPR(R10, GPR_R8 + 2);
    GPR(R11, GPR_R8 + 3);
    GPR(R12, GPR_R8 + 4);
    GPR(R13, GPR_R8 + 5);
    GPR(R14, GPR_R8 + 6);
    GPR(R15, GPR_R8 + 7);

    TRAMPOLINE(cr3);
    TRAMPOLINE(entry);
    TRAMPOLINE(stack);
    TRAMPOLINE(cpu);
    TRAMPOLINE(cr4);

    LONG(rip);
    LONG(rsp);
    LONG(rflags);
    LONG(cr0);
    LONG(cr3);
    LONG(cr4);
    LONG(gdtr);
    LONG(idtr);
    LONG(cs);
    LONG(ss);
    LONG(ds);
    LONG(es);
    LONG(fs);
    LONG(gs);
    LONG(ldtr);
    LONG(tr);

    VALUE(VCPU_attention, offsetof(struct vcpu, attention));
    VALUE(VMCS_HOST_RSP, VMCS_HOST_RSP);
    VALUE(VMCS_HOST_RIP, VMCS_HOST_RIP);
    VALUE(VMCS_EXIT_REASON, VMCS_EXIT_REASON);
    VALUE(ATTENTION_VENDOR, ATTENTION_VENDOR);

    VALUE(VEC_SX, VEC_SX);
}
