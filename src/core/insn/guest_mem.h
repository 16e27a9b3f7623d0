/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading the guest's code for the instruction decoder. Guest-physical is host-physical, if RAM. */
#ifndef CORE_INSN_GUEST_MEM_H
#define CORE_INSN_GUEST_MEM_H

#include "core/insn/insn.h"
#include "core/vcpu.h"

/*
 * Copies up to `len` bytes at the guest's CS:RIP; returns how many it got, 0 if none. Only RAM is
 * read: a guest cannot make Lapwing touch a device register or Lapwing's own memory.
 */
size_t guest_fetch(struct vcpu *v, uint8_t *buf, size_t len);

/* Does a push write to that guest-physical page? By the page tables as they are now. */
bool guest_stack_is_in(struct vcpu *v, gpa_t page);

/* What CS says about operand and address sizes. */
enum insn_mode guest_insn_mode(struct vcpu *v);

#endif
