/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walks of the guest's page tables that one CPU has done last for its code. What a walk finds
 * depends on control registers, the linear address and the entries that it reads. All of these are
 * compared each time, the entries by reading them again. So a walk that is remembered is as exact as
 * a new one, whoever has changed the tables. Each CPU has its own, which only this CPU touches.
 */
#ifndef CORE_GUEST_WALKS_H
#define CORE_GUEST_WALKS_H

#include <lapwing/types.h>

#define GUEST_WALKS        4 /* by CR3: an address space has one. A power of two */
#define GUEST_WALK_ENTRIES 5 /* levels of paging */

struct guest_walk {
    uint64_t page; /* linear address of the page's first byte */
    uint64_t cr3, cr4;
    uint32_t paging; /* see struct virt_code */
    unsigned count;  /* of entries, the rest are equal to themselves; 0: nothing is remembered */
    gpa_t gpa;       /* the page's first byte; the page is RAM throughout */
    struct {
        const volatile uint64_t *at; /* eight bytes of RAM, in which the entry is */
        uint64_t value;
    } entry[GUEST_WALK_ENTRIES];
};

#endif
