/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Multiboot 1 header, the way from the loader's 32-bit protected mode to 64-bit C, and the same
 * way for APs from the trampoline's jump to ap_entry32. The first 4 GiB are mapped one to one by 2
 * MiB pages; the last 16 MiB (IOAPIC, LAPIC, ROM) are uncached. PML4 entry 1 is the test window of
 * window.c.
 */
#include "segments.h"

#define MULTIBOOT_MAGIC 0x1BADB002
#define MULTIBOOT_FLAGS 0x00000003 /* modules on page boundaries, memory map wanted */

#define PTE_P   0x001
#define PTE_RW  0x002
#define PTE_US  0x004
#define PTE_UC  0x018 /* PCD and PWT */
#define PTE_PS  0x080

    .section .multiboot, "ax"
    .balign 4
    .long MULTIBOOT_MAGIC
    .long MULTIBOOT_FLAGS
    .long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

    .text
    .code32
    .globl payload_entry
payload_entry:
    cli
    cld
    mov     $boot_stack_top, %esp
    mov     %eax, boot_magic
    mov     %ebx, boot_info

    /* Four page directories map 4 GiB. */
    mov     $boot_pd, %edi
    mov     $(PTE_PS | PTE_US | PTE_RW | PTE_P), %eax
    mov     $2048, %ecx
1:  cmp     $0xFF000000, %eax
    jb      2f
    or      $PTE_UC, %eax
2:  mov     %eax, (%edi)
    movl    $0, 4(%edi)
    add     $0x200000, %eax
    add     $8, %edi
    loop    1b

    mov     $(boot_pd + PTE_US + PTE_RW + PTE_P), %eax
    mov     $boot_pdpt, %edi
    mov     $4, %ecx
3:  mov     %eax, (%edi)
    add     $4096, %eax
    add     $8, %edi
    loop    3b
    movl    $(boot_pdpt + PTE_US + PTE_RW + PTE_P), boot_pml4
    movl    $(window_pdpt + PTE_US + PTE_RW + PTE_P), boot_pml4 + 8

    call    enter_long_mode
    ljmp    $SEG_CODE64, $payload_entry64

/* To compatibility mode with paging on; the caller then makes the far jump. Clobbers EAX, ECX, EDX. */
    .globl enter_long_mode
enter_long_mode:
    lgdt    boot_gdt_pointer
    mov     $0x20, %eax             /* CR4.PAE */
    mov     %eax, %cr4
    mov     $boot_pml4, %eax
    mov     %eax, %cr3
    mov     $0xC0000080, %ecx       /* EFER.LME; NXE stays off */
    rdmsr
    or      $0x100, %eax
    wrmsr
    mov     $0x80010011, %eax       /* CR0: PG, WP, ET, PE; caches on */
    mov     %eax, %cr0
    ret

/* An AP: EBX is its trampoline page, which is locked, so the temporary stack is this CPU's alone. */
    .globl ap_entry32
ap_entry32:
    mov     $SEG_DATA, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %ss
    mov     $ap_temporary_stack_top, %esp
    call    enter_long_mode
    ljmp    $SEG_CODE64, $ap_entry64

    .code64
payload_entry64:
    call    load_data_segments
    mov     $boot_stack_top, %esp
    mov     boot_magic, %edi
    mov     boot_info, %esi
    call    payload_main
4:  cli
    hlt
    jmp     4b

ap_entry64:
    call    load_data_segments
    mov     $ap_temporary_stack_top, %esp
    mov     %ebx, %ebx
    mov     %rbx, %rdi
    call    smp_ap_identify         /* -> this CPU's stack, or NULL */
    test    %rax, %rax
    jz      5f
    mov     %rax, %rsp
    movl    $0, TRAMPOLINE_LOCK(%rbx)
    call    smp_ap_main
    jmp     4b
5:  movl    $0, TRAMPOLINE_LOCK(%rbx)
    jmp     4b

    .globl load_data_segments
load_data_segments:
    mov     $SEG_DATA, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %ss
    xor     %eax, %eax
    mov     %eax, %fs
    mov     %eax, %gs
    lldt    %ax
    ret

    .data
    .balign 8
    .globl boot_gdt, boot_gdt_pointer
boot_gdt_pointer:
    .word   SEG_GDT_BYTES - 1
    .long   boot_gdt
    .balign 16
boot_gdt:
    .quad   0
    .quad   0x00AF9B000000FFFF      /* SEG_CODE64 */
    .quad   0x00CF93000000FFFF      /* SEG_DATA */
    .quad   0x00CF9B000000FFFF      /* SEG_CODE32 */
    .quad   0x008F9B000000FFFF      /* SEG_CODE16: 4 GiB limit, base 0 */
    .quad   0x00CFF3000000FFFF      /* SEG_USER_DATA */
    .quad   0x00AFFB000000FFFF      /* SEG_USER_CODE64 */
    .quad   0
    .fill   SEG_GDT_BYTES - 64, 1, 0 /* one TSS descriptor a CPU, from SEG_TSS */

    .bss
    .balign 4096
    .globl boot_pml4, window_pdpt
boot_pml4:      .skip 4096
boot_pdpt:      .skip 4096
boot_pd:        .skip 4096 * 4
window_pdpt:    .skip 4096
    .globl boot_magic, boot_info
boot_magic:     .skip 4
boot_info:      .skip 4
    .balign 16
    .skip   16384
boot_stack_top:
    .skip   4096
ap_temporary_stack_top:

    .section .note.GNU-stack, "", @progbits
