/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The payload's CPUs: starting them by INIT and SIPI, their registers after the start, running
 * functions on them. Only the BSP (CPU 0) starts other CPUs and gives them work. An idle AP waits
 * in HLT.
 */
#ifndef GUEST_LIB_SMP_H
#define GUEST_LIB_SMP_H

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
    struct percpu *self; /* the first field: GS:0 */
    unsigned index;
    uint32_t apic_id;
    bool x2apic;
    struct trap_context *catcher; /* trap.c */
    struct fault caught;

    atomic_uint boots;  /* how often the trampoline ran on this CPU */
    atomic_bool online; /* the CPU idles and takes jobs */
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

/* Makes the calling CPU number 0. Comes first of all. */
void smp_init_bsp(void);

/*
 * Finds the other CPUs. Returns how many CPUs there are; at most MAX_CPUS are used. If an APIC ID
 * needs x2APIC mode, the BSP enters it here, and each other CPU when it starts.
 */
unsigned smp_find(void);

/* Starts each CPU once, plainly. Returns how many CPUs are online. */
unsigned smp_init(void);

unsigned cpu_count(void); /* all that were found, online or not */
struct percpu *cpu_at(unsigned index);

#define TRAMPOLINE_VECTOR 0x08 /* page 0x8000 */

/* Puts a trampoline at page `vector`, which is below 0x9F000 and not used by the firmware. */
void trampoline_install(uint8_t vector);

/* Sends INIT to one CPU. smp_forget() forgets the work that this CPU had. */
void smp_init_ipi(unsigned index);
void smp_forget(unsigned index);
/* Sends SIPI to one CPU. */
void smp_startup_ipi(unsigned index, uint8_t vector);
/* Sends INIT, SIPI, SIPI and waits until the CPU is online. */
bool smp_start(unsigned index);
/* Starts every CPU that is not online. Returns true if all CPUs are online afterwards. */
bool smp_start_all(void);
/* Waits until the CPU has run the trampoline `boots` times in all, and is online. */
bool smp_wait_boots(unsigned index, unsigned boots, unsigned timeout_ms);

/* Gives work to a CPU that is online and idle. */
void cpu_post(unsigned index, job_fn fn, void *arg);
/* Returns true if the work has ended in time, without an exception. */
bool cpu_join(unsigned index, unsigned timeout_ms);
/* Does both. On the calling CPU it is a call. */
bool on_cpu(unsigned index, job_fn fn, void *arg);
/* Does the CPU still answer? */
bool cpu_alive(unsigned index);

#define CPU_TIMEOUT_MS 5000

/* A payload with more CPUs than this only says so. A payload may redefine the weak default. */
extern const unsigned payload_max_cpus;

/*
 * Where the boot CPU goes if it comes out of a trampoline, as after a suspend; `page` is the
 * trampoline's. On a temporary stack, with nothing of the CPU set up. Does not return. May be NULL.
 */
extern void (*smp_boot_cpu_woken)(uint64_t page);

void *smp_ap_identify(uint64_t page);
void smp_ap_main(void) __attribute__((noreturn));

#endif
