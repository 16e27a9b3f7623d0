/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID: what the list shows of the hardware's answer, and Lapwing's own leaves. State: v->leaf1, its
 * own CPU only, and v->leaf1_known (docs/ownership.md).
 */
#include "core/cpuid.h"

#include <lapwing/string.h>
#include "apic/apic.h"
#include "apic/apic_regs.h"
#include "core/cpuid_list.h"
#include "core/machine.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"
#include "config.h"

/* IS_ENABLED() is 1 if a Kconfig symbol is set, and 0 if it is not defined at all. */
#define CONFIG_PROBE_1     0,
#define SECOND(a, b, ...)  b
#define IS_SET(probe)      SECOND(probe 1, 0, 0)
#define IS_SET_(value)     IS_SET(CONFIG_PROBE_##value)
#define IS_ENABLED(symbol) IS_SET_(symbol)

#define LEAF1_ECX_OSXSAVE    BIT32(27)
#define LEAF1_ECX_HYPERVISOR BIT32(31)
#define LEAF1_EDX_APIC       BIT32(9)
_Static_assert(APIC_BASE_EN >> 2 == LEAF1_EDX_APIC, "one becomes the other by a shift");
_Static_assert(CR4_OSXSAVE << 9 == LEAF1_ECX_OSXSAVE, "one becomes the other by a shift");
#define LEAF7_ECX_OSPKE BIT32(4)

#define LEAF_EXT1        0x80000001
#define HYPERVISOR_FIRST 0x40000000
#define HYPERVISOR_LAST  0x4FFFFFFF
#define KVM_LEAVES       0x100

enum own_leaf {
    OWN_SIGNATURE,
    OWN_STRATEGY,
    OWN_COUNTERS,
    OWN_METHOD,
    OWN_PROPERTIES,
    OWN_FIGURES,
    OWN_LONGEST,
    OWN_COUNT
};

static uint32_t with_bit(uint32_t reg, uint32_t bit, bool on)
{
    return on ? reg | bit : reg & ~bit;
}

/* Puts up to 12 characters into EBX:ECX:EDX. */
static void put_text(struct cpuid_regs *r, const char *text)
{
    char bytes[12] = {0};

    memcpy(bytes, text, strlen(text) < sizeof(bytes) ? strlen(text) : sizeof(bytes));
    memcpy(&r->ebx, bytes, 4);
    memcpy(&r->ecx, bytes + 4, 4);
    memcpy(&r->edx, bytes + 8, 4);
}

/* Puts a value and its name. */
static void put_value(uint64_t value, const char *name, struct cpuid_regs *r)
{
    char bytes[8] = {0};

    memcpy(bytes, name, strlen(name));
    memcpy(&r->ecx, bytes, 4);
    memcpy(&r->edx, bytes + 4, 4);
    r->eax = (uint32_t)value;
    r->ebx = (uint32_t)(value >> 32);
}

/* EAX of the leaf of properties */
#define PROPERTY_VIRTUAL      BIT32(0)
#define PROPERTY_X2APIC       BIT32(1)
#define PROPERTY_LOCKS_X2APIC BIT32(2)

static void put_properties(struct cpuid_regs *r)
{
    r->eax = with_bit(r->eax, PROPERTY_VIRTUAL, apic_is_virtual);
    r->eax = with_bit(r->eax, PROPERTY_X2APIC, apic_shows_x2apic);
    r->eax = with_bit(r->eax, PROPERTY_LOCKS_X2APIC, apic_locks_x2apic);
    if (IS_ENABLED(CONFIG_XAPIC_METHOD_STEP))
        r->ebx = 2;
    else if (IS_ENABLED(CONFIG_XAPIC_METHOD_DECODE))
        r->ebx = 1;
}

static void own_leaf(const struct vcpu *v, uint32_t base, uint32_t leaf, uint32_t subleaf,
                     struct cpuid_regs *r)
{
    switch (leaf) {
    case OWN_SIGNATURE:
        r->eax = base + OWN_COUNT - 1;
        put_text(r, "LapwingHyper");
        break;
    case OWN_STRATEGY:
        r->eax = v->index;
        put_text(r, apic_strategy_name);
        break;
    case OWN_COUNTERS:
        put_value(counter_value(v, subleaf), counter_name(subleaf), r);
        break;
    case OWN_METHOD:
        r->eax = virt_vendor_id;
        put_text(r, CONFIG_XAPIC_METHOD_NAME);
        break;
    case OWN_PROPERTIES:
        put_properties(r);
        break;
    case OWN_FIGURES:
        put_value(figure_value(v, subleaf), figure_name(subleaf), r);
        break;
    case OWN_LONGEST:
        put_value(counter_longest(v, subleaf), counter_name(subleaf), r);
        break;
    default:
        break;
    }
}

static void answer(struct vcpu *v, const struct cpuid_regs *r)
{
    v->gpr[GPR_RAX] = r->eax;
    v->gpr[GPR_RBX] = r->ebx;
    v->gpr[GPR_RCX] = r->ecx;
    v->gpr[GPR_RDX] = r->edx;
}

/* Lapwing answers the whole range. A hypervisor below Lapwing does not show. */
static void hypervisor_leaf(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
                            struct cpuid_regs *r)
{
    uint32_t base = HYPERVISOR_FIRST;

    *r = (struct cpuid_regs){0};
    if (IS_ENABLED(CONFIG_SIGNATURE_NONE))
        return;
    if (IS_ENABLED(CONFIG_SIGNATURE_KVM)) {
        if (leaf == HYPERVISOR_FIRST) {
            r->eax = HYPERVISOR_FIRST + 1; /* KVM's features leaf, which reads 0 */
            put_text(r, "KVMKVMKVM");
            return;
        }
        base += KVM_LEAVES;
    }
    if (leaf >= base && leaf - base < OWN_COUNT)
        own_leaf(v, base, leaf - base, subleaf, r);
}

static void filter(struct vcpu *v, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    bool apic_on = v->apic_base & APIC_BASE_EN;

    cpuid_list_apply(leaf, subleaf, r);
    if (leaf == 7 && subleaf == 0) {
        r->ecx = with_bit(r->ecx, LEAF7_ECX_OSPKE, virt_cr4(v) & CR4_PKE);
    } else if (leaf == LEAF_EXT1 && (r->edx & LEAF1_EDX_APIC)) {
        r->edx = with_bit(r->edx, LEAF1_EDX_APIC, apic_on); /* AMD repeats the bit here */
    }
    virt_filter_cpuid(v, leaf, subleaf, r);
    apic_filter_cpuid(leaf, subleaf, r);
}

static __attribute__((noinline)) void answer_other_leaf(struct vcpu *v)
{
    uint32_t leaf = (uint32_t)v->gpr[GPR_RAX], subleaf = (uint32_t)v->gpr[GPR_RCX];
    struct cpuid_regs r;

    if (leaf >= HYPERVISOR_FIRST && leaf <= HYPERVISOR_LAST) {
        hypervisor_leaf(v, leaf, subleaf, &r);
    } else {
        r = cpuid(leaf, subleaf);
        filter(v, leaf, subleaf, &r);
    }
    answer(v, &r);
}

/* The hardware's answer is the same each time, but for what cpuid_handle() adds, and is remembered. */
static __attribute__((noinline)) void ask_leaf1(struct vcpu *v)
{
    struct cpuid_regs *r = &v->leaf1;

    atomic_store(&v->leaf1_known, true); /* first: a cpuid_forget() from now on counts */
    *r = cpuid(1, 0);
    cpuid_list_apply(1, 0, r);
    r->ecx &= ~LEAF1_ECX_OSXSAVE;
    r->ecx = with_bit(r->ecx, LEAF1_ECX_HYPERVISOR, !IS_ENABLED(CONFIG_SIGNATURE_NONE));
    r->edx &= ~LEAF1_EDX_APIC;
    apic_filter_cpuid(1, 0, r);
}

void cpuid_forget(void)
{
    for (cpu_id_t i = 0; i < machine.cpu_count; i++)
        atomic_store(&machine.cpus[i]->leaf1_known, false);
}

/* Leaf 1 is what guests ask for most. */
void cpuid_handle(struct vcpu *v)
{
    if ((uint32_t)v->gpr[GPR_RAX] != 1) {
        answer_other_leaf(v);
        return;
    }
    if (!atomic_load_explicit(&v->leaf1_known, memory_order_relaxed))
        ask_leaf1(v);
    v->gpr[GPR_RAX] = v->leaf1.eax;
    v->gpr[GPR_RBX] = v->leaf1.ebx;
    v->gpr[GPR_RCX] = v->leaf1.ecx | (uint32_t)(virt_cr4(v) & CR4_OSXSAVE) << 9;
    v->gpr[GPR_RDX] = v->leaf1.edx | (uint32_t)(v->apic_base & APIC_BASE_EN) >> 2;
}
