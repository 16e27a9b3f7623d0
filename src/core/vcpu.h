/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU of the machine and the guest CPU that runs on it: one to one, for good. Everything here is
 * read and written by its own CPU only, except what is atomic: docs/ownership.md says by whom that
 * is written and read.
 */
#ifndef CORE_VCPU_H
#define CORE_VCPU_H

#include <stdatomic.h>

#include "apic/dest.h"
#include "apic/physical/lapic.h"
#include "core/counters.h"
#include "core/memory/pt.h"
#include "core/memory/slat_window.h"
#include "core/step.h"
#include "core/trace.h"
#include "core/host/x86.h"
#include "smp/smp.h"

#define CPU_STACK_SIZE UINT64_C(8192) /* also its alignment: this_cpu() masks RSP with it */

struct virt_vcpu; /* the vendor's: control block, permission maps */
struct apic_vcpu; /* the strategy's */

struct vcpu {
    uint64_t gpr[GPR_COUNT]; /* first: the entry stub indexes it; RSP and RAX are kept here too */
    cpu_id_t index;
    uint32_t apic_id; /* physical, as the firmware gave it */
    struct virt_vcpu *virt;
    struct apic_vcpu *apic;
    struct pt slat; /* second-level tables: shared but for the path to the LAPIC page */
    struct slat_window slat_window;

    struct lapic physical;     /* this CPU's physical LAPIC */
    _Atomic uint64_t identity; /* of the guest's LAPIC; see vcpu_identity() */
    uint64_t apic_base;        /* the guest's view of IA32_APIC_BASE */
    struct step step;
    struct smp_cpu smp;

    atomic_bool kicked;     /* an NMI is on its way that is not the guest's */
    atomic_uint guest_nmis; /* taken by nmi_taken(), not yet given to the guest */

    uint64_t counters[COUNTER_COUNT];
    struct trace trace;
    struct vm_exit exit;      /* the last one, for panic() */
    unsigned guest_log_lines; /* spent of its budget: core/log_guest.h */
    uint64_t stack;           /* lowest address; a pointer to this struct is kept at its very top */
};

/*
 * What destinations are matched against: any CPU reads it, the vCPU's own CPU sets it as the
 * strategy says. The reader gets one that was true at one moment, since it is one word.
 */
static inline struct lapic_id vcpu_identity(const struct vcpu *v)
{
    return lapic_id_unpack(atomic_load(&v->identity));
}

static inline void vcpu_set_identity(struct vcpu *v, const struct lapic_id *id)
{
    atomic_store(&v->identity, lapic_id_pack(id));
}

/* Where the stack begins: below the pointer for this_cpu(), aligned for a call. */
static inline uint64_t vcpu_stack_top(const struct vcpu *v)
{
    return v->stack + CPU_STACK_SIZE - 16;
}

#endif
