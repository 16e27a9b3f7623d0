/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where an application processor starts, and where the boot CPU wakes after a suspend. The page is
 * copied below 1 MiB for that time. The code goes from real mode straight to 64-bit mode, and calls
 * the entry that trampoline_aim() was given, on the CPU's own stack.
 */
#include "boot/asm_const.h"
#include "boot/asm_offsets.h"

#define CR0_PE   0x1
#define CR0_PG   0x80000000
#define EFER_MSR 0xC0000080
#define EFER_LME 0x100
#define EFER_NXE 0x800

#define OFF(sym) (sym - trampoline_start)

    .section .rodata, "a"
    .balign 16
    .globl trampoline_start, trampoline_end
    .code16
trampoline_start:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds
    movzwl %ax, %ebx
    shll $4, %ebx               /* linear address of this page */

    leal OFF(tramp_gdt)(%ebx), %eax
    movl %eax, OFF(tramp_gdtr) + 2
    leal OFF(tramp_long)(%ebx), %eax
    movl %eax, OFF(tramp_far)

    movl TRAMPOLINE_cr4, %eax
    movl %eax, %cr4
    movl TRAMPOLINE_cr3, %eax
    movl %eax, %cr3
    movl $EFER_MSR, %ecx
    rdmsr
    orl $(EFER_LME | EFER_NXE), %eax
    wrmsr
    lgdtl OFF(tramp_gdtr)
    movl %cr0, %eax
    andl $~0x60000000, %eax     /* enables caches, because INIT keeps CD and NW */
    orl $(CR0_PG | CR0_PE), %eax
    movl %eax, %cr0
    ljmpl *OFF(tramp_far)

    .code64
tramp_long:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    movl %ebx, %ebx
    movq TRAMPOLINE_stack(%rbx), %rsp
    movq TRAMPOLINE_cpu(%rbx), %rdi
    movq TRAMPOLINE_entry(%rbx), %rax
    xorl %ebp, %ebp
    call *%rax
    ud2

    .balign 8
tramp_gdt:
    .quad 0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
tramp_gdtr:
    .short tramp_gdtr - tramp_gdt - 1
    .long 0
tramp_far:
    .long 0
    .short SEL_CODE64
trampoline_end:

    .section .note.GNU-stack, "", @progbits
