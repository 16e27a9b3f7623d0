/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The heap of boot: a bump allocator. State: `heap`, used by the boot CPU only. What boot needs is
 * counted beforehand, so an empty heap is a bug.
 */
#include "core/host/heap.h"

#include <lapwing/string.h>
#include "core/host/log.h"

static struct {
    hpa_t next, end;
} heap;

void heap_init(hpa_t base, hpa_t end)
{
    heap.next = base;
    heap.end = end;
    memset((void *)base, 0, end - base);
}

void *heap_alloc(unsigned pages, uint64_t align)
{
    hpa_t at = ALIGN_UP(heap.next, align);

    if (at + pages * PAGE_SIZE > heap.end)
        panic("heap: %u pages wanted, %lu bytes left", pages, heap.end - heap.next);
    heap.next = at + pages * PAGE_SIZE;
    return (void *)at;
}
