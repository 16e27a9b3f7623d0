/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses to the xAPIC page that the processor does not virtualise: the timer's current count,
 * read-only and reserved registers, odd widths. The instruction is stepped with a scratch page that
 * holds the registers, and what it wrote there is carried out. (Intel SDM Vol. 3C, "Virtualizing
 * Memory-Mapped APIC Accesses")
 */
#include "apic/apicv/apicv.h"

#include <lapwing/string.h>
#include "core/log_guest.h"
#include "core/step.h"
#include "core/virt.h"
#include "core/vmx/vmcs_access.h"
#include "core/vmx/vmx_regs.h"

/* Exit qualification of an APIC-access exit */
#define QUAL_OFFSET         GENMASK(11, 0)
#define QUAL_TYPE           GENMASK(15, 12)
#define TYPE_READ           (UINT64_C(0) << 12)
#define TYPE_WRITE          (UINT64_C(1) << 12)
#define TYPE_FETCH          (UINT64_C(2) << 12)
#define TYPE_EVENT          (UINT64_C(3) << 12)
#define TYPE_PHYSICAL_EVENT (UINT64_C(10) << 12)

/* Slots that can hold one; what is above reads as 0, and `before` is 0 there for good. */
#define REGISTERS (0x400 / APIC_REG_STRIDE)

/* Where the guest's translation of the xAPIC page ends. Its content is never seen. */
static uint8_t access_page[PAGE_SIZE] __attribute__((aligned(4096)));

hpa_t apicv_access_page(void)
{
    return (hpa_t)access_page;
}

static unsigned count(void)
{
    return PAGE_SIZE / APIC_REG_STRIDE;
}

static void copy_in(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;

    memset(a->scratch, 0, sizeof(a->scratch));
    for (unsigned n = 0; n < REGISTERS; n++) {
        unsigned offset = n * APIC_REG_STRIDE;

        a->before[n] = apicv_register_read(v, offset);
        a->scratch[offset / sizeof(uint32_t)] = a->before[n];
    }
}

static void replay(struct vcpu *v, unsigned n)
{
    struct apic_vcpu *a = v->apic;
    unsigned offset = n * APIC_REG_STRIDE;
    uint32_t now = a->scratch[offset / sizeof(uint32_t)];
    enum exit_result ignored = EXIT_RESUME;

    if (now != a->before[n] || (a->access_writes && offset == a->accessed))
        apicv_register_write(v, offset, now, &ignored);
}

/* ICR_LO last: it sends to where ICR_HI says, and one instruction may have written both. */
static void stepped(struct vcpu *v, bool completed)
{
    const unsigned icr_lo = APIC_REG_ICR_LO / APIC_REG_STRIDE;

    if (!completed)
        return;
    if (!v->apic->access_writes && !vlapic_has(&v->apic->vl, v->apic->accessed))
        apicv_raise(v, vlapic_error(&v->apic->vl, APIC_ESR_ILLEGAL_REGISTER));
    for (unsigned n = 0; n < count(); n++) {
        if (n != icr_lo)
            replay(v, n);
    }
    replay(v, icr_lo);
}

/* An event whose stack or tables are in the registers: undefined on hardware, #DF here. */
static enum exit_result event_in_registers(struct vcpu *v)
{
    uint32_t during = vmcs_read32(VMCS_IDT_VECTORING);

    log_guest(v, "cpu %u: an event was delivered by way of the LAPIC page: #DF", v->index);
    if ((during & (VMX_EVENT_VALID | VMX_EVENT_TYPE | VMX_EVENT_VECTOR)) ==
        (VMX_EVENT_VALID | VMX_EVENT_EXCEPTION | VEC_DF))
        return EXIT_INJECT_TRIPLE;
    virt_inject(v, &(struct vm_event){.vector = VEC_DF, .has_error = true});
    return EXIT_RESUME;
}

enum exit_result apicv_access(struct vcpu *v, uint64_t qualification)
{
    struct apic_vcpu *a = v->apic;
    uint64_t type = qualification & QUAL_TYPE;

    if (type == TYPE_EVENT || type == TYPE_PHYSICAL_EVENT)
        return event_in_registers(v);
    if (type == TYPE_FETCH) {
        log_guest(v, "cpu %u: the guest runs into its LAPIC page: #GP", v->index);
        return EXIT_INJECT_GP;
    }
    a->accessed = (unsigned)(qualification & QUAL_OFFSET);
    a->access_writes = type == TYPE_WRITE;
    /* Only the first of a register's four words is one. */
    if (a->accessed % APIC_REG_STRIDE < sizeof(uint32_t))
        a->accessed &= ~(APIC_REG_STRIDE - 1);
    copy_in(v);
    step_begin(v, APIC_BASE_PA, apicv_access_page(), PT_RWX, (hpa_t)a->scratch, stepped);
    return EXIT_RESUME;
}
