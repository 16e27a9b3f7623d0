/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of <string.h> that freestanding code uses. GCC and Clang emit calls of the mem*
 * functions.
 */
#ifndef LAPWING_STRING_H
#define LAPWING_STRING_H

#include <stddef.h>

void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);

#endif
