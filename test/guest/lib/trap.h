/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions, NMIs and interrupts of a payload: handlers, and catching an exception of a function.
 */
#ifndef GUEST_LIB_TRAP_H
#define GUEST_LIB_TRAP_H

#include <lapwing/types.h>

enum {
    VECTOR_DB = 1,
    VECTOR_NMI = 2,
    VECTOR_BP = 3,
    VECTOR_UD = 6,
    VECTOR_GP = 13,
    VECTOR_PF = 14,
    VECTOR_AC = 17,
    VECTOR_WAKE = 0x40, /* smp.c: there is a job */
    VECTOR_TEST = 0x50, /* 0x50..0x9F are free for cases */
    VECTOR_SPURIOUS = 0xFF,
};

/* As vectors.S pushes it. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

struct fault {
    unsigned vector;
    uint64_t error, rip, cr2, rsp, rflags;
    uint64_t rcx, rsi, rdi;
};

struct trap_context {
    uint64_t rip, rsp, rbx, rbp, r12, r13, r14, r15, rflags;
};

typedef void (*trap_handler)(struct trap_frame *frame);

/* Make the IDT, once; load GDT, IDT and TSS. Exceptions have stacks of their own (IST). */
void trap_init(void);
void trap_init_cpu(unsigned cpu);

/* All CPUs share the handlers. Handlers of vectors above 31 send their own EOI. */
void trap_set_handler(unsigned vector, trap_handler handler);
/* Restores what trap_init() installed and what was made permanent. */
void trap_reset_handlers(void);
void trap_set_permanent_handler(unsigned vector, trap_handler handler);

/*
 * Calls fn(arg). If fn raises an exception without a handler, fills *fault and returns true;
 * registers, stack and RFLAGS are as before the call. Calls may nest.
 */
bool trap_call(void (*fn)(void *), void *arg, struct fault *fault);

void trap_dispatch(struct trap_frame *frame);
int trap_save(struct trap_context *context) __attribute__((returns_twice));
void trap_restore(struct trap_context *context) __attribute__((noreturn));

#endif
