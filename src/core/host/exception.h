/* SPDX-License-Identifier: GPL-2.0-only */
/* Host exceptions and interrupts, as the stubs of isr.S hand them over. */
#ifndef CORE_HOST_EXCEPTION_H
#define CORE_HOST_EXCEPTION_H

#include <lapwing/types.h>

/*
 * Handlers of events that are not the host's own. Each takes the RIP at which the event came, and
 * returns the RIP at which to go on.
 */
struct host_handlers {
    uint64_t (*nmi)(uint64_t rip);
    uint64_t (*init)(uint64_t rip); /* a physical INIT, as #SX */
};

/* Called once by the boot CPU, before the tables of idt.h are loaded. */
void exception_set_handlers(const struct host_handlers *to);

/* What a stub leaves on the stack. */
struct isr_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* Called by isr.S. A fault that nobody expects is a panic. */
void isr_handle(struct isr_frame *f);

#endif
