/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INS and OUTS at trapped ports; see port_string.h. What the exit reports is the instruction that
 * the CPU has met; prefixes are read from memory. A guest that changes the instruction or a mapping
 * meanwhile on another CPU gets one of the two. No state. (Intel SDM Vol. 2, "INS/INSB/INSW/INSD",
 * "OUTS/OUTSB/OUTSW/OUTSD")
 */
#include "core/port_string.h"

#include <lapwing/errno.h>
#include "core/guest_mem.h"
#include "core/insn/insn.h"
#include "core/ports.h"
#include "core/virt.h"

#define WIDTH_MAX 4

static struct insn_string_io decode(struct vcpu *v)
{
    struct guest_code code;

    guest_code(v, &code);
    return insn_decode_string_io(code.bytes.byte, code.size, (enum insn_mode)code.at.bits);
}

static uint64_t truncate(uint64_t value, unsigned size)
{
    return size == sizeof(value) ? value : value & (BIT(8 * size) - 1);
}

static void fault(struct vcpu *v, uint8_t vector)
{
    virt_inject_fault(v, &(struct vm_event){.vector = vector, .has_error = true});
}

/* A translation that failed with `err` becomes the fault that the CPU would raise. */
static void page_fault(struct vcpu *v, uint64_t linear, bool write, int err)
{
    uint32_t error = write ? PF_ERROR_WRITE : 0;

    if (virt_read_reg(v, VREG_CPL) == 3)
        error |= PF_ERROR_USER;
    if (err != -EFAULT)
        error |= PF_ERROR_PRESENT | (err == -EINVAL ? PF_ERROR_RESERVED : 0);
    virt_write_reg(v, VREG_CR2, linear);
    virt_inject_fault(v, &(struct vm_event){.vector = VEC_PF, .has_error = true, .error = error});
}

/* Does the CPU check that operands are aligned? */
static bool checks_alignment(struct vcpu *v)
{
    return virt_read_reg(v, VREG_CPL) == 3 && (virt_read_reg(v, VREG_CR0) & CR0_AM) &&
           (virt_read_reg(v, VREG_RFLAGS) & RFLAGS_AC);
}

/* Finds the bytes of the operand. Returns false if there is none now: the guest has its fault. */
static bool find_operand(struct vcpu *v, const struct vm_exit *x, enum insn_segment segment,
                         uint64_t offset, gpa_t at[WIDTH_MAX])
{
    const bool write = x->io.in;

    if (!guest_segment_allows(v, segment, offset, x->io.width, write)) {
        fault(v, segment == INSN_SS ? VEC_SS : VEC_GP);
        return false;
    }
    for (unsigned i = 0; i < x->io.width; i++) {
        const uint64_t linear = guest_linear(v, segment, offset + i);
        const int err = guest_translate(v, linear, write, &at[i]);

        if (err == -ERANGE)
            fault(v, VEC_GP);
        else if (err && err != -EAGAIN) /* an entry has changed: the guest tries again */
            page_fault(v, linear, write, err);
        if (err)
            return false;
    }
    if ((guest_linear(v, segment, offset) & (x->io.width - 1U)) && checks_alignment(v)) {
        fault(v, VEC_AC);
        return false;
    }
    return true;
}

static void in(struct vcpu *v, const struct vm_exit *x, const gpa_t at[WIDTH_MAX])
{
    const uint32_t value = port_in(v, x->port, x->io.width);

    for (unsigned i = 0; i < x->io.width; i++) {
        uint8_t *byte = guest_ram(at[i]);

        if (byte)
            *byte = (uint8_t)(value >> 8 * i);
    }
}

static void out(struct vcpu *v, const struct vm_exit *x, const gpa_t at[WIDTH_MAX])
{
    uint32_t value = 0;

    for (unsigned i = 0; i < x->io.width; i++) {
        const uint8_t *byte = guest_ram(at[i]);

        if (!byte)
            return;
        value |= (uint32_t)*byte << 8 * i;
    }
    port_out(v, x->port, x->io.width, value);
}

/* Moves the index past the operand, forwards or backwards. */
static void move_index(struct vcpu *v, uint64_t *index, unsigned width, unsigned addr_size)
{
    const bool down = virt_read_reg(v, VREG_RFLAGS) & RFLAGS_DF;

    insn_write_reg(index, addr_size, 0, down ? *index - width : *index + width);
}

/* Counts one iteration. Returns whether it was the last. */
static bool count_down(struct vcpu *v, unsigned addr_size)
{
    uint64_t *count = &v->gpr[GPR_RCX];

    insn_write_reg(count, addr_size, 0, *count - 1);
    return truncate(*count, addr_size) == 0;
}

enum exit_result port_string_handle(struct vcpu *v, const struct vm_exit *x)
{
    const struct insn_string_io insn = decode(v);
    uint64_t *index = &v->gpr[x->io.in ? GPR_RDI : GPR_RSI];
    gpa_t at[WIDTH_MAX];

    if (x->io.rep && truncate(v->gpr[GPR_RCX], insn.addr_size) == 0)
        return EXIT_SKIP_INSN;
    if (!find_operand(v, x, x->io.in ? INSN_ES : insn.seg, truncate(*index, insn.addr_size), at))
        return EXIT_RESUME;
    if (x->io.in)
        in(v, x, at);
    else
        out(v, x, at);
    move_index(v, index, x->io.width, insn.addr_size);
    if (!x->io.rep || count_down(v, insn.addr_size))
        return EXIT_SKIP_INSN;
    virt_skip_bytes(v, 0); /* the guest's own TF traps after each iteration */
    virt_set_rf(v);
    return EXIT_RESUME;
}
