/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Second-level translation: guest-physical is host-physical, by the largest pages. Two ranges are
 * void, Lapwing's own memory and the addresses of interrupt messages behind the LAPIC page: there
 * the guest finds all ones, as where nothing is. The strategy maps the LAPIC page. Each function
 * that takes a vCPU runs on the vCPU's own CPU, but for slat_cpu_init().
 */
#ifndef CORE_SLAT_H
#define CORE_SLAT_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

/*
 * Returns how many table pages slat_init() needs at most, for memory up to `top` (bytes).
 * slat_cpu_init() needs SLAT_PAGES_PER_CPU.
 */
#define SLAT_PAGES_PER_CPU 4
#define SLAT_SINK_PAGES    1 /* a CPU's, of the heap */
unsigned slat_pages_shared(uint64_t top, bool has_1g);

/* Returns how many more pages a hole of about `bytes` needs: Lapwing's own memory. */
unsigned slat_pages_hole(uint64_t bytes);

/*
 * Returns how many more pages it takes that memory types change within a GiB, with some to spare
 * for later changes.
 */
unsigned slat_pages_memtypes(uint64_t top);

/* Builds machine.slat for memory up to `top`. The boot CPU calls it once, after relocation. */
void slat_init(uint64_t top, bool has_1g);

/* Gives the vCPU its own path to the LAPIC page, and its window. On the boot CPU. */
void slat_cpu_init(struct vcpu *v);

/*
 * Follows a change of virt_memtype()'s answers on this CPU in its tables. First `reread` is called,
 * under the lock of slat.c. If `reread` returns false the tables stay as they are.
 */
void slat_refresh_memtypes(struct vcpu *v, bool (*reread)(void));

/* Returns the address of the page of ones, which unmapped memory reads as. */
hpa_t slat_void_pa(void);

/*
 * Carries out a write to `page`, where the page of ones is mapped: the write vanishes, and what the
 * same instruction reads there is ones. It may come from there, too.
 */
enum exit_result slat_sink_write(struct vcpu *v, gpa_t page);

/*
 * Answers an instruction fetch from the LAPIC's registers, which machines leave undefined: #GP.
 */
enum exit_result slat_refuse_fetch(struct vcpu *v);

/*
 * Answers a fault in the delivery of an event whose stack or tables are not in memory. Such a fault
 * cannot be stepped, and hardware leaves it undefined: the answer is #DF, then a triple fault.
 */
enum exit_result slat_fault_in_event(struct vcpu *v, const struct vm_exit *x);

/* Handles a second-level fault that no strategy took. */
enum exit_result slat_handle_fault(struct vcpu *v, const struct vm_exit *x);

#endif
