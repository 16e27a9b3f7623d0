/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the LAPIC from 32-bit and 16-bit code, with paging off and in the legacy modes. 64-bit C
 * calls each function with interrupts off. The function runs its piece in the other mode and
 * returns. All code and the stack lie below 4 GiB, mapped one to one.
 */
#include "lib/segments.h"

#define COUNT_REG 0xFEE00380

#define CR0_PG    0x80000000
#define CR4_PSE   0x10
#define CR4_PAE   0x20
#define EFER_LME  0x100

    .text

/* Far return to `target` in code segment `selector`. */
    .macro  go_to selector, target
    pushq   $\selector
    pushq   $\target
    lretq
    .endm

    .macro  save_registers
    push    %rbx
    push    %rbp
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    .endm

/* Where every piece ends: 64-bit code again. */
    .code64
back64:
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbp
    pop     %rbx
    mov     %r8d, %eax
    ret

/* uint32_t step_compat(unsigned form, uint32_t value): how many of the forms read back what was written. */
    .globl  step_compat
step_compat:
    save_registers
    go_to   SEG_CODE32, 1f
    .code32
1:  xor     %ebp, %ebp
    movl    $0x12345678, COUNT_REG
    cmpl    $0x12345678, COUNT_REG
    jne     2f
    inc     %ebp
2:  mov     $0x87654321, %eax
    mov     %eax, COUNT_REG             /* A3: MOV moffs */
    cmpl    %eax, COUNT_REG
    jne     2f
    inc     %ebp
2:  mov     $0xFEE00000, %edi
    mov     $0x1111, %ecx
    mov     %ecx, 0x380(%edi)
    cmpl    %ecx, COUNT_REG
    jne     2f
    inc     %ebp
2:  mov     $0xE0, %ebx
    movl    $-1, %es:(%edi,%ebx,4)
    cmpl    $-1, COUNT_REG
    jne     2f
    inc     %ebp
2:  mov     $COUNT_REG, %edi
    mov     $0x2222, %eax
    stosl
    cmpl    %eax, COUNT_REG
    jne     2f
    inc     %ebp
2:  movw    $0x3333, COUNT_REG          /* undefined, harmless */
    movb    %ah, COUNT_REG
    orl     $0x10, COUNT_REG
    movl    $0x4444, COUNT_REG
    mov     %esp, %esi
    mov     $(COUNT_REG + 4), %esp
    pushl   $0x5555                     /* 32 bits wide and aligned: defined */
    mov     %esp, %edx
    mov     %esi, %esp
    cmpl    $0x5555, COUNT_REG
    jne     2f
    cmp     $COUNT_REG, %edx
    jne     2f
    inc     %ebp
2:  ljmp    $SEG_CODE64, $3f
    .code64
3:  mov     %ebp, %r8d
    jmp     back64

/* uint32_t step_code16(void *low_page): the same from a 16-bit segment; the piece is copied below 64 KiB. */
    .globl  step_code16
step_code16:
    save_registers
    mov     %rdi, %rbx
    lea     code16_start(%rip), %rsi
    mov     $(code16_end - code16_start), %ecx
    rep movsb
    pushq   $SEG_CODE16
    push    %rbx
    lretq
    .code16
code16_start:
    xorl    %ebp, %ebp
    xorl    %edx, %edx
    movl    $0x12345678, COUNT_REG(%edx)
    cmpl    $0x12345678, COUNT_REG(%edx)
    jne     2f
    incl    %ebp
2:  movl    $0x87654321, %eax
    .byte   0x66, 0x67, 0xA3            /* movl %eax, moffs32 */
    .long   COUNT_REG
    cmpl    %eax, COUNT_REG(%edx)
    jne     2f
    incl    %ebp
2:  movl    $0xFEE00000, %edi
    movl    $0x1111, %ecx
    movl    %ecx, 0x380(%edi)
    cmpl    %ecx, COUNT_REG(%edx)
    jne     2f
    incl    %ebp
2:  movw    $0x3333, 0x380(%edi)    /* undefined, harmless */
    movw    %cx, 0x380(%edi)
    movb    %ch, 0x380(%edi)
    ljmpl   $SEG_CODE64, $3f
code16_end:
    .code64
3:  mov     %ebp, %r8d
    jmp     back64

/*
 * uint32_t step_legacy_paging(uint32_t cr3, uint32_t cr4): leaves long mode, writes with paging off, then
 * with these tables, unless cr3 is 0. Counts as above: 2 for no paging, 2 more with tables.
 */
    .globl  step_legacy_paging
step_legacy_paging:
    save_registers
    mov     %cr3, %r14
    mov     %edi, %ebx
    mov     %esi, %ecx
    mov     %r14d, %ebp
    go_to   SEG_CODE32, 1f
    .code32
1:  push    %ecx
    mov     %cr0, %eax
    and     $~CR0_PG, %eax
    mov     %eax, %cr0
    mov     $0xC0000080, %ecx
    rdmsr
    and     $~EFER_LME, %eax
    wrmsr
    xor     %esi, %esi
    movl    $0x12345678, COUNT_REG
    cmpl    $0x12345678, COUNT_REG
    jne     2f
    inc     %esi
2:  mov     $0x87654321, %eax
    mov     %eax, COUNT_REG
    cmpl    %eax, COUNT_REG
    jne     2f
    inc     %esi
2:  pop     %ecx
    test    %ebx, %ebx
    jz      4f
    mov     %ecx, %cr4
    mov     %ebx, %cr3
    mov     %cr0, %eax
    or      $CR0_PG, %eax
    mov     %eax, %cr0
    jmp     2f
2:  movl    $0x23456789, COUNT_REG
    cmpl    $0x23456789, COUNT_REG
    jne     2f
    inc     %esi
2:  mov     $0xFEE00380, %edi
    mov     %esi, (%edi)
    cmpl    %esi, COUNT_REG
    jne     2f
    inc     %esi
2:  mov     %cr0, %eax
    and     $~CR0_PG, %eax
    mov     %eax, %cr0
4:  mov     $CR4_PAE, %eax
    mov     %eax, %cr4
    mov     %ebp, %cr3
    mov     $0xC0000080, %ecx
    rdmsr
    or      $EFER_LME, %eax
    wrmsr
    mov     %cr0, %eax
    or      $CR0_PG, %eax
    mov     %eax, %cr0
    ljmp    $SEG_CODE64, $3f
    .code64
3:  mov     %esi, %r8d
    jmp     back64

    .section .note.GNU-stack, "", @progbits
