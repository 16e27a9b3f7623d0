/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Second-level translation: guest-physical is host-physical, with the largest pages, except for
 * Lapwing's own memory, where the guest finds what a bare machine has where nothing is: all ones.
 */
#ifndef CORE_MEMORY_SLAT_H
#define CORE_MEMORY_SLAT_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

/* Table pages that slat_init() takes at most; slat_cpu_init() takes SLAT_PAGES_PER_CPU. */
#define SLAT_PAGES_PER_CPU 4
unsigned slat_pages_shared(uint64_t top, bool has_1g);

/* And what a hole of about `bytes`, Lapwing's own memory, takes in addition. */
unsigned slat_pages_hole(uint64_t bytes);

/*
 * And what memory types cost that change within a GiB, with something to spare for later changes.
 */
unsigned slat_pages_memtypes(uint64_t top);

/* Builds machine.slat for memory up to `top`. Once, after relocation. */
void slat_init(uint64_t top, bool has_1g);

/* Gives the vCPU its own path to the LAPIC page. */
void slat_cpu_init(struct vcpu *v);

/*
 * What virt_memtype() answers has changed on this CPU: carries it over to its tables. `reread` is
 * called first, under the lock that guards the answers; if it returns false nothing is done.
 */
void slat_refresh_memtypes(struct vcpu *v, bool (*reread)(void));

/* A page of ones, which is what unmapped memory reads as. */
hpa_t slat_void_pa(void);

/* Lets the instruction that writes to `page`, where the void page is mapped, write to nowhere. */
enum exit_result slat_sink_write(struct vcpu *v, gpa_t page);

/*
 * A fault in the delivery of an event, whose stack or tables are not in memory. It cannot be
 * stepped over, and hardware's answer is undefined: #DF, then a triple fault.
 */
enum exit_result slat_fault_in_event(struct vcpu *v, const struct vm_exit *x);

/* A fault that no strategy took. */
enum exit_result slat_handle_fault(struct vcpu *v, const struct vm_exit *x);

#endif
