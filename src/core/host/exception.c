/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a host exception or interrupt means. The handlers are set once by the boot CPU, before any
 * exception can come; afterwards all CPUs only read them.
 */
#include "core/host/exception.h"

#include "boot/asm_const.h"
#include "core/host/log.h"
#include "core/host/x86_insn.h"

#define SX_INIT 1 /* error code of #SX: a redirected INIT */

struct ex_entry {
    int32_t from, to; /* relative to the field itself */
};

extern const struct ex_entry ex_table_start[], ex_table_end[];
extern const char image_start[];

static struct host_handlers handlers;

void exception_set_handlers(const struct host_handlers *to)
{
    handlers = *to;
}

static bool fixup(struct isr_frame *f)
{
    for (const struct ex_entry *e = ex_table_start; e < ex_table_end; e++) {
        if ((uint64_t)&e->from + (uint64_t)(int64_t)e->from == f->rip) {
            f->rip = (uint64_t)&e->to + (uint64_t)(int64_t)e->to;
            return true;
        }
    }
    return false;
}

void isr_handle(struct isr_frame *f)
{
    switch (f->vector) {
    case VEC_NMI:
        f->rip = handlers.nmi(f->rip);
        return;
    case ISR_VECTOR_IRQ:
        /* One interrupt only: a line that stays raised comes again with each EOI. */
        f->rflags = (f->rflags & ~RFLAGS_IF) | RFLAGS_CF;
        return;
    case VEC_SX:
        if (f->error == SX_INIT) {
            f->rip = handlers.init(f->rip);
            return;
        }
        break;
    case VEC_GP:
        if (fixup(f))
            return;
        break;
    default:
        break;
    }
    panic("host exception %lu error %lx at %lx (image + %lx) rsp %lx cr2 %lx", f->vector, f->error,
          f->rip, f->rip - (uint64_t)image_start, f->rsp, read_cr2());
}
