/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the guest's code for the decoder, and operands that the hardware has just accessed. A
 * guest-physical address of RAM is the host-physical one. Only RAM is touched, so no guest makes
 * Lapwing touch a device register or Lapwing's own memory. Each function runs on the vCPU's own
 * CPU.
 */
#ifndef CORE_GUEST_MEM_H
#define CORE_GUEST_MEM_H

#include "core/insn/insn.h"
#include "core/vcpu.h"

/* Copies up to `len` bytes at the guest's CS:RIP. Returns the number of bytes copied. */
size_t guest_fetch(struct vcpu *v, uint8_t *buf, size_t len);

/* Returns the linear address of `offset` in a segment. */
uint64_t guest_linear(struct vcpu *v, enum insn_segment segment, uint64_t offset);

/* Copies up to `len` bytes from a linear address on. Returns the number of bytes copied. */
size_t guest_read(struct vcpu *v, uint64_t linear, void *buf, size_t len);

/*
 * Stores `len` bytes, as the guest's code that runs could. Stops at the first byte that this code
 * may not write, which another CPU can bring about at any time.
 */
void guest_write(struct vcpu *v, uint64_t linear, const void *buf, size_t len);

/* Would a push write to that guest-physical page, by the page tables as they are now? */
bool guest_stack_is_in(struct vcpu *v, gpa_t page);

/* Returns the default operand and address size, from CS and EFER. */
enum insn_mode guest_insn_mode(struct vcpu *v);

#endif
