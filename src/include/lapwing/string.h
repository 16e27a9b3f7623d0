/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of <string.h> that freestanding code uses. GCC and Clang emit calls of the mem*
 * functions.
 */
#ifndef LAPWING_STRING_H
#define LAPWING_STRING_H

#include <stddef.h>

/* A call is smaller than the copy of a function that link-time optimisation would put there. */
#define CALLED __attribute__((noinline))

CALLED void *memcpy(void *restrict dst, const void *restrict src, size_t n);
CALLED void *memmove(void *dst, const void *src, size_t n);
CALLED void *memset(void *dst, int byte, size_t n);
CALLED int memcmp(const void *a, const void *b, size_t n);
CALLED size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

/* The compiler itself does what is of a fixed size. */
#define memcpy(dst, src, n)                                                                        \
    (__builtin_constant_p(n) ? __builtin_memcpy(dst, src, n) : (memcpy)(dst, src, n))
#define memcmp(a, b, n) (__builtin_constant_p(n) ? __builtin_memcmp(a, b, n) : (memcmp)(a, b, n))

#endif
