/* SPDX-License-Identifier: GPL-2.0-only */
/* Running a piece of code in ring 3. */
#ifndef GUEST_USER_H
#define GUEST_USER_H

#include <lapwing/types.h>

/*
 * Goes to `code` in ring 3 with interrupts off, RAX = `rax`, and a stack. The code must end in an
 * exception: call this under trap_call(). All memory is accessible to ring 3 in a payload.
 */
void user_run(const void *code, uint64_t rax) __attribute__((noreturn));

#endif
