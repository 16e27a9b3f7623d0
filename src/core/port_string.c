/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INS and OUTS at trapped ports; see port_string.h. The operand is read or written after the
 * hardware has accessed it with success. A guest that changes it or its mapping meanwhile on
 * another CPU gets one of the two. State: v->port_string, its own CPU only.
 */
#include "core/port_string.h"

#include <lapwing/string.h>
#include "core/guest_mem.h"
#include "core/insn/insn.h"
#include "core/ports.h"
#include "core/virt.h"

/* The diagnostic port, where all systems write to when they want to lose time. */
#define PORT_NO_MEANING 0x80

static uint64_t *index_register(struct vcpu *v)
{
    return &v->gpr[v->port_string.in ? GPR_RDI : GPR_RSI];
}

static uint64_t operand(struct vcpu *v)
{
    uint8_t bytes[INSN_MAX_LENGTH];
    const enum insn_mode mode = guest_insn_mode(v);
    const struct insn_string_io insn =
        insn_decode_string_io(bytes, guest_fetch(v, bytes, sizeof(bytes)), mode);
    const uint64_t mask = insn.addr_size == 8 ? ~UINT64_C(0) : BIT(8 * insn.addr_size) - 1;

    return guest_linear(v, v->port_string.in ? INSN_ES : insn.seg, *index_register(v) & mask);
}

/* An operand that is not in RAM is not sent, and takes what the other port gave. */
static void access(struct vcpu *v)
{
    const struct port_string *s = &v->port_string;
    uint32_t value;

    if (s->in) {
        value = port_in(v, s->port, s->width);
        guest_write(v, s->linear, &value, s->width);
    } else if (guest_read(v, s->linear, &value, s->width) == s->width) {
        port_out(v, s->port, s->width, value);
    }
}

/* With REP and a count of 0 the instruction completes without an access, and no index moves. */
static void stepped(struct vcpu *v, bool completed)
{
    v->gpr[GPR_RDX] = v->port_string.rdx;
    if (completed && *index_register(v) != v->port_string.index)
        access(v);
}

enum exit_result port_string_handle(struct vcpu *v, const struct vm_exit *x)
{
    struct port_string *s = &v->port_string;
    uint64_t *rdx = &v->gpr[GPR_RDX];

    *s =
        (struct port_string){.port = x->io.port, .width = x->io.width, .in = x->io.in, .rdx = *rdx};
    s->index = *index_register(v);
    s->linear = operand(v);
    *rdx = (*rdx & ~UINT64_C(0xFFFF)) | PORT_NO_MEANING;
    return step_insn(v, stepped);
}
