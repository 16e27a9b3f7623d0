/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From GRUB's 32-bit protected mode to 64-bit C. The Multiboot headers are in lapwing.lds. Boot CPU
 * only.
 *
 * The code runs where it is linked (1 MiB), because the headers' address fields make GRUB load the
 * file as one flat range. A position-independent link allows no absolute 32-bit relocation, so this
 * code addresses everything relative to EBP.
 */
#include "boot/asm_const.h"

#define CR0_PE           0x1
#define CR0_PG           0x80000000
#define CR4_PAE          0x20
#define EFER_MSR         0xC0000080
#define EFER_LME         0x100
#define PTE_P_RW         0x3
#define PTE_P_RW_PS      0x83
#define CPUID_EXT        0x80000000
#define CPUID_EXT_FEAT   0x80000001
#define CPUID_LM_BIT     29

    /* The distance from boot_entry32, which a position-independent link resolves. */
#define REL(sym) (sym - boot_entry32)

    .section .boot, "awx"
    .code32
    .globl boot_entry32
boot_entry32:
    cli
    cld
    movl %eax, %esi             /* Multiboot magic */
    movl %ebx, %edi             /* Multiboot information */
    movl $LINK_ENTRY, %ebp      /* all addresses below are relative to EBP */
    leal REL(boot_stack_top)(%ebp), %esp

    movl $CPUID_EXT, %eax
    cpuid
    cmpl $CPUID_EXT_FEAT, %eax
    jb no_long_mode
    movl $CPUID_EXT_FEAT, %eax
    cpuid
    btl $CPUID_LM_BIT, %edx
    jnc no_long_mode

    /* Maps 4 GiB one to one by 2 MiB pages: enough to parse, relocate and build the real tables. */
    leal REL(early_pt)(%ebp), %ebx
    leal PTE_P_RW + 0x1000(%ebx), %eax
    movl %eax, (%ebx)
    xorl %ecx, %ecx
1:  movl %ecx, %eax
    shll $12, %eax
    leal PTE_P_RW + 0x2000(%ebx,%eax), %eax
    movl %eax, 0x1000(%ebx,%ecx,8)
    incl %ecx
    cmpl $4, %ecx
    jb 1b
    xorl %ecx, %ecx
2:  movl %ecx, %eax
    shll $21, %eax
    orl $PTE_P_RW_PS, %eax
    movl %eax, 0x2000(%ebx,%ecx,8)
    incl %ecx
    cmpl $2048, %ecx
    jb 2b

    movl %ebx, %cr3
    movl $CR4_PAE, %eax
    movl %eax, %cr4
    movl $EFER_MSR, %ecx
    rdmsr
    orl $EFER_LME, %eax
    wrmsr
    movl %cr0, %eax
    orl $(CR0_PG | CR0_PE), %eax
    movl %eax, %cr0

    /* A far return to the 64-bit code segment of early_gdt, whose base is filled in here. */
    leal REL(early_gdt)(%ebp), %eax
    movl %eax, REL(early_gdtr + 2)(%ebp)
    lgdtl REL(early_gdtr)(%ebp)
    pushl $SEL_CODE64
    leal REL(boot_entry64)(%ebp), %eax
    pushl %eax
    lretl

/* The CPU is too old: says so on COM1 and port E9, without a stack, and stops. */
no_long_mode:
    leal REL(no_long_mode_text)(%ebp), %esi
1:  movw $0x3FD, %dx
    movl $100000, %ecx
2:  inb %dx, %al
    testb $0x20, %al
    loopz 2b
    lodsb
    testb %al, %al
    jz 3f
    movw $0x3F8, %dx
    outb %al, %dx
    outb %al, $0xE9
    jmp 1b
3:  cli
    hlt
    jmp 3b

no_long_mode_text:
    .asciz "[lapwing] refused: this CPU has no 64-bit mode: Lapwing needs an x86-64 CPU\r\n"

    .balign 8
    .globl early_gdt
early_gdt:
    .quad 0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
early_gdtr:
    .short EARLY_GDT_SIZE - 1
    .long 0

    .code64
boot_entry64:
    movl $SEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    leaq boot_stack_top(%rip), %rsp
    movl %esi, %r12d
    movl %edi, %r13d
    leaq image_start(%rip), %rdi
    call relocate_apply /* fixes pointers in .data for the place where GRUB loaded the image */
    movl %r12d, %edi
    movl %r13d, %esi
    call boot_main
    ud2

/* void relocate_jump(void (*entry)(void), uint64_t stack_top) */
    .globl relocate_jump
relocate_jump:
    movq %rsi, %rsp
    xorl %ebp, %ebp
    call *%rdi
    ud2

    .section .bss.page_aligned, "aw", @nobits
    .balign 4096
early_pt:
    .skip 6 * 4096
    .globl boot_stack
boot_stack:
    .skip BOOT_STACK_SIZE
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
