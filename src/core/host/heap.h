/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages behind the image. The boot CPU allocates them during boot, and nothing gives them back. */
#ifndef CORE_HOST_HEAP_H
#define CORE_HOST_HEAP_H

#include <lapwing/types.h>

/* Clears [base, end) and makes it the heap. The addresses are host-physical. */
void heap_init(hpa_t base, hpa_t end);

/* Returns `pages` zeroed pages at a multiple of `align` bytes. Panics if there are too few left. */
void *heap_alloc(unsigned pages, uint64_t align);

#endif
