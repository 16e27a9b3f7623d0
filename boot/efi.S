/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lapwing as a UEFI application: the firmware's call, in long mode, and where the guest goes on. Boot
 * CPU only.
 */
#include "boot/asm_const.h"
#include "boot/asm_offsets.h"

#define CR4_PAE 0x20

#define EFI_UNSUPPORTED 0x8000000000000003

    .section .boot.efi, "awx"
    .code64
/* EFI_STATUS efi_entry(EFI_HANDLE image, EFI_SYSTEM_TABLE *table), in Microsoft's convention */
    .globl efi_entry
efi_entry:
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    subq $8, %rsp
    movq %rcx, %r12
    movq %rdx, %r13
    leaq image_start(%rip), %rdi
    call relocate_apply
    leaq efi_cpu(%rip), %rbx
    leaq go_on(%rip), %rax
    movq %rax, LONG_rip(%rbx)
    movq %rsp, LONG_rsp(%rbx)
    movq %r12, %rdi
    movq %r13, %rsi
    call efi_app_called
    movl $EFI_APP_MAGIC, %edi
    xorl %esi, %esi
    call boot_main
    ud2

/* The guest's first instruction, on the stack of the firmware's call. */
go_on:
    call efi_chain
return:
    addq $8, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rdi
    popq %rsi
    popq %rbp
    popq %rbx
    ret

/* Before efi_app_leave: back to the caller. */
    .globl efi_app_fail
efi_app_fail:
    leaq efi_cpu(%rip), %rax
    movq LONG_rsp(%rax), %rsp
    movabsq $EFI_UNSUPPORTED, %rax
    jmp return

    .globl efi_app_leave
efi_app_leave:
    leaq efi_cpu(%rip), %rdi
    pushfq
    popq LONG_rflags(%rdi)
    cli
    cld
    movq %cr0, %rax
    movq %rax, LONG_cr0(%rdi)
    movq %cr3, %rax
    movq %rax, LONG_cr3(%rdi)
    movq %cr4, %rax
    movq %rax, LONG_cr4(%rdi)
    sgdt LONG_gdtr(%rdi)
    sidt LONG_idtr(%rdi)
    movw %cs, LONG_cs(%rdi)
    movw %ss, LONG_ss(%rdi)
    movw %ds, LONG_ds(%rdi)
    movw %es, LONG_es(%rdi)
    movw %fs, LONG_fs(%rdi)
    movw %gs, LONG_gs(%rdi)
    sldt LONG_ldtr(%rdi)
    str LONG_tr(%rdi)

    movl $CR4_PAE, %eax
    movq %rax, %cr4
    leaq early_gdt(%rip), %rax
    pushq %rax
    pushw $(EARLY_GDT_SIZE - 1)
    lgdt (%rsp)
    addq $10, %rsp
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    popq %rax
    pushq $SEL_CODE64
    pushq %rax
    lretq

    .section .note.GNU-stack, "", @progbits
