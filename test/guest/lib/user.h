/* SPDX-License-Identifier: GPL-2.0-only */
/* Running code in ring 3. */
#ifndef GUEST_LIB_USER_H
#define GUEST_LIB_USER_H

#include <lapwing/types.h>

/*
 * Goes to `code` in ring 3 with interrupts off, RAX = `rax`, and a stack. The code must end in an
 * exception, so call this function under trap_call(). Ring 3 may access all memory of a payload.
 */
void user_run(const void *code, uint64_t rax) __attribute__((noreturn));

#endif
