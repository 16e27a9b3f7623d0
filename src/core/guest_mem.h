/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the guest's code for the decoder. A guest-physical address of RAM is the host-physical
 * one. Each function runs on the vCPU's own CPU.
 */
#ifndef CORE_GUEST_MEM_H
#define CORE_GUEST_MEM_H

#include "core/insn/insn.h"
#include "core/vcpu.h"

/*
 * Copies up to `len` bytes at the guest's CS:RIP. Returns the number of bytes copied. Only RAM is
 * read, so no guest makes Lapwing touch a device register or Lapwing's own memory.
 */
size_t guest_fetch(struct vcpu *v, uint8_t *buf, size_t len);

/* Would a push write to that guest-physical page, by the page tables as they are now? */
bool guest_stack_is_in(struct vcpu *v, gpa_t page);

/* Returns the default operand and address size, from CS and EFER. */
enum insn_mode guest_insn_mode(struct vcpu *v);

#endif
