/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages behind the image, handed out during boot by the boot CPU and never given back. */
#ifndef CORE_HOST_HEAP_H
#define CORE_HOST_HEAP_H

#include <lapwing/types.h>

/* [base, end) is cleared. */
void heap_init(hpa_t base, hpa_t end);

/* `pages` zeroed pages at a multiple of `align` bytes; panics when there are none left. */
void *heap_alloc(unsigned pages, uint64_t align);

#endif
