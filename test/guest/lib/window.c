/* SPDX-License-Identifier: GPL-2.0-only */
/* The test window; see window.h. State: its page tables, shared by all CPUs. */
#include "window.h"

#include "cpu_insn.h"

#define WINDOW_VA BIT(39)
#define PRESENT   BIT(0)

extern uint64_t window_pdpt[512];

static uint64_t window_pd[512] __attribute__((aligned(4096)));
static uint64_t window_pt[WINDOW_PAGES] __attribute__((aligned(4096)));

uint64_t window_va(unsigned index)
{
    return WINDOW_VA + index * PAGE_SIZE;
}

uint64_t window_map(unsigned index, gpa_t gpa, uint64_t flags)
{
    window_pdpt[0] = (uintptr_t)window_pd | WINDOW_USER | WINDOW_WRITE | PRESENT;
    window_pd[0] = (uintptr_t)window_pt | WINDOW_USER | WINDOW_WRITE | PRESENT;
    window_pt[index] = gpa | flags | PRESENT;
    invlpg(window_va(index));
    return window_va(index);
}

uint64_t *window_entry(unsigned index)
{
    return &window_pt[index];
}

void window_unmap(unsigned index)
{
    window_pt[index] = 0;
    invlpg(window_va(index));
}
