/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU of the machine and the guest CPU that runs on it, one to one and for good. Once it runs
 * only the CPU itself writes its struct vcpu. Other CPUs read what boot has fixed (index, apic_id,
 * pointers). Atomic fields are the exception: docs/ownership.md says which CPUs write and read
 * them.
 */
#ifndef CORE_VCPU_H
#define CORE_VCPU_H

#include <stdatomic.h>

#include "apic/dest.h"
#include "apic/physical/lapic.h"
#include "core/counters.h"
#include "core/guest_walks.h"
#include "core/insn/insn_cache.h"
#include "core/memory/pt.h"
#include "core/slat_window.h"
#include "core/step.h"
#include "core/trace.h"
#include "core/host/x86.h"
#include "smp/smp.h"

#define CPU_STACK_SIZE UINT64_C(8192) /* also its alignment, because this_cpu() masks RSP */

struct virt_vcpu; /* the vendor's: control block, permission maps */
struct apic_vcpu; /* the strategy's */

/* What must be seen to before the next entry. The entry stub looks whether all are 0. */
enum attention {
    ATTENTION_EVENTS = 1, /* something has come: vcpu_attend() */
    ATTENTION_VENDOR = 2, /* the vendor's own */
};

struct vcpu {
    uint64_t gpr[GPR_COUNT];    /* the first field, which the entry stub indexes; RSP and RAX too */
    _Atomic uint32_t attention; /* bits of enum attention */
    cpu_id_t index;
    uint32_t apic_id; /* the physical APIC ID, from the firmware's tables */
    struct virt_vcpu *virt;
    struct apic_vcpu *apic;
    struct pt slat; /* second-level tables; only the path to the LAPIC page is its own */
    struct slat_window slat_window;
    struct guest_walk walks[GUEST_WALKS];
    struct insn_cache stores; /* decoded instructions that access the LAPIC page */
    uint8_t *sink;            /* a page for writes to void pages; ones before each of them */

    struct lapic physical;     /* this CPU's physical LAPIC */
    _Atomic uint64_t identity; /* of the guest's LAPIC; see vcpu_set_identity() */
    uint64_t apic_base;        /* the guest's view of IA32_APIC_BASE */
    struct cpuid_regs leaf1;   /* what core/cpuid.c remembers, if */
    atomic_bool leaf1_known;   /* is set */
    struct step step;
    struct smp_cpu smp;

    atomic_bool kicked;     /* an NMI that is a kick is on its way */
    atomic_uint guest_nmis; /* counted by smp/kick.c, not yet given to the guest */

    uint64_t exits[EXIT_KIND_COUNT];   /* what came of each kind, and */
    uint64_t longest[EXIT_KIND_COUNT]; /* the longest one's cycles of the TSC */
    uint64_t events[COUNTER_COUNT];    /* what the counters count besides exits */
    uint64_t figures[FIGURE_COUNT];
    struct trace trace;
    struct vm_exit exit;      /* the last exit, for panic() */
    unsigned guest_log_lines; /* used of the budget: core/log_guest.h */
    uint64_t stack;           /* lowest address; the highest word points to this struct */
};

/*
 * Sets the identity of the guest's LAPIC, which destinations are compared with. Any CPU reads it;
 * the vCPU's own CPU sets it when the strategy says so. A reader gets ID, mode and enable of one
 * moment, because they are one word.
 */
static inline void vcpu_set_identity(struct vcpu *v, const struct lapic_id *id)
{
    atomic_store(&v->identity, lapic_id_pack(id));
}

/*
 * Makes the vCPU's CPU look at its mailbox and its NMIs before it enters the guest again. Any CPU may
 * call it, after it has put there what is to be found. It does not end the guest's turn: kick() does.
 */
static inline void vcpu_attend(struct vcpu *v)
{
    atomic_fetch_or(&v->attention, ATTENTION_EVENTS);
}

/* Returns where the stack begins: below the pointer for this_cpu(), aligned for a call. */
static inline uint64_t vcpu_stack_top(const struct vcpu *v)
{
    return v->stack + CPU_STACK_SIZE - 16;
}

#endif
