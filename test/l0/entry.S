/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Multiboot kernel that starts a Linux that is in memory already, for machines whose emulator can
 * put it there (Bochs' optramimage). stub.c fills in what Linux wants to know; here is the way into
 * it: long mode with the lowest 4 GiB mapped one to one (Linux' boot protocol, "64-bit boot protocol").
 */

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x2 /* a map of the memory, please */

#define CR0_PG   (1 << 31)
#define CR4_PAE  (1 << 5)
#define MSR_EFER 0xc0000080
#define EFER_LME (1 << 8)
#define BOOT_CS  0x10
#define BOOT_DS  0x18
#define PTE_PW   0x3  /* present, writable */
#define PTE_2M   0x83 /* the same, a page of 2 MiB */
#define TABLES   6    /* PML4, PDPT, four page directories */

	.text
	.long	MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.globl	_start
_start:
	movl	$stack_end, %esp
	pushl	%ebx			/* Multiboot information */
	call	fill_in			/* returns boot_params */
	movl	%eax, %esi
	movl	kernel_entry, %edi

	/* PML4 and PDPT. */
	movl	$tables + 0x1000 + PTE_PW, tables
	movl	$4, %ecx
1:	movl	%ecx, %eax
	incl	%eax
	shll	$12, %eax
	addl	$tables + PTE_PW, %eax
	movl	%eax, tables + 0x1000 - 8(, %ecx, 8)
	loop	1b
	/* Page directories, one after the other: 2,048 pages of 2 MiB. */
	movl	$2048, %ecx
2:	leal	-1(%ecx), %eax
	shll	$21, %eax
	orl	$PTE_2M, %eax
	movl	%eax, tables + 0x2000 - 8(, %ecx, 8)
	loop	2b

	movl	$tables, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	lgdt	gdt_pointer
	movl	%cr0, %eax
	orl	$CR0_PG, %eax
	movl	%eax, %cr0
	ljmp	$BOOT_CS, $3f
	.code64
3:	movl	$BOOT_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%esi, %esi		/* the upper halves are undefined */
	movl	%edi, %edi
	jmp	*%rdi

	.balign 8
gdt:
	.quad	0, 0
	.quad	0x00af9b000000ffff	/* BOOT_CS */
	.quad	0x00cf93000000ffff	/* BOOT_DS */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign 0x1000
tables:
	.skip	TABLES * 0x1000
	.skip	0x1000
stack_end:

	.section .note.GNU-stack, "", @progbits
