/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the guest's code for the decoder, and access to operands in its memory. A guest-physical
 * address of RAM is the host-physical one. Only RAM is touched, so no guest makes Lapwing touch a
 * device register or Lapwing's own memory. Each function runs on the vCPU's own CPU.
 */
#ifndef CORE_GUEST_MEM_H
#define CORE_GUEST_MEM_H

#include "core/insn/insn.h"
#include "core/vcpu.h"
#include "core/virt.h"

/* The code at the guest's CS:RIP, as it is now. */
struct guest_code {
    struct virt_code at;
    struct insn_bytes bytes; /* up to INSN_MAX_LENGTH, then zeroes */
    size_t size;             /* of the code; less if the rest cannot be read */
};
void guest_code(struct vcpu *v, struct guest_code *code);

/*
 * Returns the plain store or load (core/insn/insn.h) that is there, if its page and its bytes are
 * remembered. NULL: they are not, or anything else is there. Holds until the next decoding.
 */
const struct insn *guest_plain(struct vcpu *v, enum insn_plain wanted);

/* Copies up to `len` bytes of it. Returns the number of bytes copied. */
size_t guest_fetch(struct vcpu *v, uint8_t *buf, size_t len);

/* Returns the linear address of `offset` in a segment. */
uint64_t guest_linear(struct vcpu *v, enum insn_segment segment, uint64_t offset);

/* Does the segment allow the access, by its limit and, in protected mode, by its rights? */
bool guest_segment_allows(struct vcpu *v, enum insn_segment segment, uint64_t offset, unsigned size,
                          bool write);

/*
 * Translates a linear address for an access by the guest's code that runs, as the CPU does: access
 * rights are checked, accessed and dirty bits set. Protection keys are not looked at. Returns what
 * gwalk_translate() does.
 */
int guest_translate(struct vcpu *v, uint64_t linear, bool write, gpa_t *gpa);

/* Returns where Lapwing has the guest's byte at `gpa`, or NULL if no RAM is there. */
uint8_t *guest_ram(gpa_t gpa);

/* Would a push by the code `c` write to that guest-physical page, by the page tables as they are now? */
bool guest_stack_is_in(struct vcpu *v, const struct virt_code *c, gpa_t page);

/* Returns the default operand and address size, from CS and EFER. */
enum insn_mode guest_insn_mode(struct vcpu *v);

#endif
