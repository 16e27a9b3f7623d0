/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs of the payload: starting them by INIT and SIPI, what each woke up with, running functions on
 * them. Only the BSP (CPU 0) starts others and gives them work. An idle AP waits in HLT.
 */
#ifndef GUEST_SMP_H
#define GUEST_SMP_H

#include <stdatomic.h>
#include <lapwing/types.h>
#include "lapic.h"
#include "segments.h"
#include "trap.h"

/* Registers right after a SIPI, saved by trampoline.S. */
struct reset_state {
    uint32_t eax, ebx, ecx, edx, esi, edi, ebp, esp;
    uint32_t cr0, cr2, cr3, cr4;
    uint32_t dr0, dr6, dr7, efer, eflags;
    uint16_t cs, ds, es, ss, fs, gs;
    uint8_t gdtr[8], idtr[8]; /* limit, base */
};

typedef void (*job_fn)(void *arg);

struct percpu {
    struct percpu *self; /* must be first: GS:0 */
    unsigned index;
    uint32_t apic_id;
    bool x2apic;
    struct trap_context *catcher; /* trap.c */
    struct fault caught;

    atomic_uint boots;  /* times that the trampoline ran on it */
    atomic_bool online; /* idles and takes jobs */
    _Atomic(job_fn) job;
    void *job_arg;
    atomic_bool job_faulted;
    struct fault job_fault;

    atomic_ulong nmis, interrupts, beats; /* counters for cases; see cases_reset_counters() */
    struct reset_state reset;
    struct lapic_state lapic;
    uint64_t fs_base, gs_base; /* after the SIPI */
};

static inline struct percpu *this_cpu(void)
{
    struct percpu *cpu;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(cpu));
    return cpu;
}

/* Makes the calling CPU number 0. Before anything else. */
void smp_init_bsp(void);

/*
 * Finds the other CPUs. Returns how many CPUs there are; MAX_CPUS of them at most are used. If an
 * ID needs it, the BSP goes to x2APIC mode, and each other CPU when it starts.
 */
unsigned smp_find(void);

/* Starts each once, plainly. Returns how many CPUs are online. */
unsigned smp_init(void);

unsigned cpu_count(void); /* all that were found, online or not */
struct percpu *cpu_at(unsigned index);

#define TRAMPOLINE_VECTOR 0x08 /* page 0x8000 */

/* Puts a trampoline at page `vector`; any page below 0x9F000 that firmware does not use. */
void trampoline_install(uint8_t vector);

/* INIT to one CPU, which is expected to stop; and forget about the work that it had. */
void smp_init_ipi(unsigned index);
void smp_forget(unsigned index);
/* SIPI to one CPU. */
void smp_startup_ipi(unsigned index, uint8_t vector);
/* INIT, SIPI, SIPI and wait until it is online. */
bool smp_start(unsigned index);
/* Starts every CPU that is not online; true if all are in the end. */
bool smp_start_all(void);
/* Waits until the CPU has been through the trampoline `boots` times in all, and is online. */
bool smp_wait_boots(unsigned index, unsigned boots, unsigned timeout_ms);

/* Gives the CPU work; it must be online and idle. */
void cpu_post(unsigned index, job_fn fn, void *arg);
/* True if the work has ended within the time, without an exception. */
bool cpu_join(unsigned index, unsigned timeout_ms);
/* Both; on the calling CPU, a call. */
bool on_cpu(unsigned index, job_fn fn, void *arg);
/* Does it still answer? */
bool cpu_alive(unsigned index);

#define CPU_TIMEOUT_MS 5000

/*
 * More CPUs than this payload is for (a weak default unless it defines its own): it only says so.
 */
extern const unsigned payload_max_cpus;

void *smp_ap_identify(uint64_t page);
void smp_ap_main(void) __attribute__((noreturn));

#endif
