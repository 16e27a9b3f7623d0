/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Strategy apicv: the guest's local APIC is the processor's virtual APIC, and IPIs between its CPUs
 * are posted interrupts. The physical LAPICs belong to Lapwing. This file implements the contract
 * (apic/apic.h). State: struct apic_vcpu, shared between CPUs as apicv.h says.
 */
#include "apic/apic.h"

#include <lapwing/errno.h>
#include "apic/apicv/apicv.h"
#include "apic/apicv/apicv_timer.h"
#include "apic/apicv/vlapic_irq.h"
#include "apic/physical/lapic_mode.h"
#include "apic/physical/lapic_reset.h"
#include "apic/physical/lapic.h"
#include "core/host/log.h"
#include "core/slat.h"
#include "core/virt.h"
#include "core/vmx/vmx_apic.h"
#include "core/host/x86_insn.h"

#define LEAF1_ECX_X2APIC       BIT32(21)
#define LEAF1_ECX_TSC_DEADLINE BIT32(24)

const char apic_strategy_name[] = "apicv";
const bool apic_shows_x2apic = true;
const bool apic_is_virtual = true;
const bool apic_locks_x2apic = false;

/*
 * The current count is the only register that may be read in x2APIC mode and whose read exits:
 * apicv_set_mode(). All other reads that exit fault, and get there by the table of MSRs.
 */
static enum exit_result read_x2apic(struct vcpu *v, uint32_t msr)
{
    if (msr != apic_reg_to_msr(APIC_REG_TIMER_CURRENT) || v->apic->vl.mode != APIC_MODE_X2APIC)
        return EXIT_UNHANDLED;
    msr_set_read(v, lapic_read_of(v, APIC_REG_TIMER_CURRENT));
    return EXIT_SKIP_INSN;
}

static enum exit_result write_x2apic(struct vcpu *v, uint32_t msr)
{
    const bool x2apic = v->apic->vl.mode == APIC_MODE_X2APIC;
    unsigned offset;

    if (msr == apic_reg_to_msr(APIC_REG_TIMER_INITIAL)) {
        if (!x2apic || (uint32_t)v->gpr[GPR_RDX] != 0)
            return EXIT_INJECT_GP;
        apicv_arm_timer(v, (uint32_t)v->gpr[GPR_RAX]);
        return EXIT_SKIP_INSN;
    }
    if (!apic_reg_from_msr(msr, &offset))
        return EXIT_UNHANDLED;
    return x2apic && apicv_register_write(v, offset, msr_written(v)) ? EXIT_SKIP_INSN
                                                                     : EXIT_INJECT_GP;
}

/*
 * apicv_set_mode() opens those MSRs that need no exit in the present mode. Exits are frequent, so
 * that write_x2apic() and read_x2apic() come before this table.
 */
const struct msr_trap apic_msr_traps[] = {
    {.first = APIC_MSR_X2APIC_FIRST,
     .last = APIC_MSR_X2APIC_LAST,
     .read = msr_read_gp,
     .write = msr_write_gp},
};
const unsigned apic_msr_trap_count = ARRAY_SIZE(apic_msr_traps);

/* apicv_extint_before_entry() asks for these while an ExtINT waits. */
const struct port_trap apic_port_traps[] = {
    {.first = PIC_COMMAND, .last = PIC_DATA, .write = apicv_pic_write, .at_request = true},
    {.first = PIC_COMMAND + PIC_SLAVE,
     .last = PIC_DATA + PIC_SLAVE,
     .write = apicv_pic_write,
     .at_request = true},
};
const unsigned apic_port_trap_count = ARRAY_SIZE(apic_port_traps);

unsigned apic_pages_per_cpu(void)
{
    return (unsigned)((sizeof(struct apic_vcpu) + PAGE_SIZE - 1) / PAGE_SIZE);
}

int apic_probe(const char **missing)
{
    if (!(cpuid(1, 0).ecx & LEAF1_ECX_X2APIC)) {
        *missing = "this CPU lacks x2APIC mode, or the firmware hides it: choose the strategy "
                   "xapic_ept in menuconfig";
        return -ENODEV;
    }
    if (vmx_apic_probe(missing))
        return -ENODEV;
    log_info("apicv: notification vector %x, IPI virtualization is %s", APICV_NOTIFICATION_VECTOR,
             vmx_apic_offers_ipi_virtualization() ? "on" : "not offered");
    return 0;
}

void apic_filter_cpuid(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    (void)leaf;
    (void)subleaf;
    (void)r;
}

/* Returns the NDST field of this CPU ("Posted-Interrupt Descriptor"). */
static uint32_t notification_dest(const struct vcpu *v)
{
    return lapic_is_x2apic() ? v->apic_id : v->apic_id << 8;
}

/*
 * The physical LAPIC follows the guest's into x2APIC mode and back, because devices' interrupts
 * carry destinations in the format of the guest's mode. Kicks need the LAPIC, so it is never off:
 * it goes back to xAPIC mode only when the guest's APIC is on again.
 */
static void follow_mode(struct vcpu *v)
{
    apicv_unlist(v); /* apicv_sync_physical() lists the CPU again, in its new mode */
    if (v->apic->vl.mode == APIC_MODE_X2APIC)
        lapic_enter_x2apic(v);
    else if (v->apic->vl.mode == APIC_MODE_XAPIC && lapic_is_x2apic()) {
        apicv_drop_interrupts(v); /* writes the EOIs that an I/O APIC waits for */
        lapic_leave_x2apic(v);
    }
    posted_set_dest(&v->apic->posted, notification_dest(v));
}

static void enter_mode(struct vcpu *v)
{
    follow_mode(v);
    apicv_set_mode(v);
    apicv_map_page(v);
    apicv_sync_physical(v);
}

/* The boot CPU's virtual APIC begins as the firmware left the physical one. */
static void take_over_registers(struct vcpu *v)
{
    static const uint16_t kept[] = {
        APIC_REG_TPR,         APIC_REG_SVR,       APIC_REG_LVT_TIMER,
        APIC_REG_LVT_THERMAL, APIC_REG_LVT_PERF,  APIC_REG_LVT_LINT0,
        APIC_REG_LVT_LINT1,   APIC_REG_LVT_ERROR, APIC_REG_TIMER_DIVIDE,
    };
    struct vlapic *vl = &v->apic->vl;
    uint32_t values[ARRAY_SIZE(kept)];

    for (unsigned i = 0; i < ARRAY_SIZE(kept); i++)
        values[i] = lapic_read(kept[i]);
    for (unsigned i = 0; i < ARRAY_SIZE(kept); i++)
        vl->regs[kept[i] / sizeof(uint32_t)] = values[i];
    if (vl->mode == APIC_MODE_XAPIC) {
        vl->regs[APIC_REG_LDR / sizeof(uint32_t)] = lapic_read(APIC_REG_LDR);
        vl->regs[APIC_REG_DFR / sizeof(uint32_t)] = lapic_read(APIC_REG_DFR);
    }
    vl->initial = lapic_read(APIC_REG_TIMER_INITIAL);
    vl->regs[APIC_REG_TIMER_INITIAL / sizeof(uint32_t)] = vl->initial;
}

static void setup_processor(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;

    vmx_apic_setup(&(struct vmx_apic_setup){
        .virtual_apic_page = (hpa_t)a->page,
        .access_page = apicv_access_page(),
        .posted_descriptor = (hpa_t)&a->posted,
        .notification_vector = APICV_NOTIFICATION_VECTOR,
    });
    apicv_setup_ipi_virtualization(v);
}

void apic_cpu_init(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;
    uint32_t id = v->apic_id;

    if (lapic_ids_are_wide())
        lapic_enter_x2apic(v);
    v->apic_base = rdmsr(APIC_MSR_BASE);
    a->vl = (struct vlapic){
        .regs = a->page,
        .id = id,
        .version = lapic_read(APIC_REG_VERSION),
        .mode = apic_base_mode(v->apic_base),
        .tsc_deadline = cpuid(1, 0).ecx & LEAF1_ECX_TSC_DEADLINE,
    };
    vlapic_reset(&a->vl);
    if (v->smp.is_bsp)
        take_over_registers(v);
    posted_init(&a->posted, APICV_NOTIFICATION_VECTOR, notification_dest(v));
    lapic_end_interrupts();       /* those of the firmware */
    lapic_write(APIC_REG_TPR, 0); /* the guest's priority is the virtual one */
    lapic_write(APIC_REG_ESR, 0);
    setup_processor(v);
    enter_mode(v);
}

void apic_cpu_reset(struct vcpu *v)
{
    apicv_drop_interrupts(v);
    vlapic_reset(&v->apic->vl);
    apicv_sync_physical(v);
}

void apic_mode_changed(struct vcpu *v)
{
    struct vlapic *vl = &v->apic->vl;
    enum apic_mode mode = apic_base_mode(v->apic_base);

    if (mode == APIC_MODE_DISABLED)
        apicv_drop_interrupts(v);
    vlapic_set_mode(vl, mode);
    enter_mode(v);
    log_debug("cpu %u: APIC mode %d", v->index, mode);
}

static __attribute__((noinline)) enum exit_result page_fault(struct vcpu *v,
                                                             const struct vm_exit *x)
{
    if ((x->gpa & PAGE_MASK) != APIC_BASE_PA)
        return EXIT_UNHANDLED;
    if (x->fault.fetch)
        return slat_refuse_fetch(v);
    if (v->step.active)
        return EXIT_UNHANDLED;
    if (x->fault.in_event)
        return slat_fault_in_event(v, x);
    return slat_sink_write(v, APIC_BASE_PA); /* there is no xAPIC in this mode */
}

/* In the order of how often they come. No switch: it would become a table of jumps. */
enum exit_result apic_handle_exit(struct vcpu *v, const struct vm_exit *x)
{
    if (x->kind == EXIT_MSR_WRITE)
        return write_x2apic(v, x->msr);
    if (x->kind == EXIT_APIC_WRITE) {
        apicv_register_written(v, x->offset);
        return EXIT_RESUME;
    }
    if (x->kind == EXIT_INTERRUPT) {
        apicv_interrupt(v, x->vector);
        return EXIT_RESUME;
    }
    if (x->kind == EXIT_MSR_READ)
        return read_x2apic(v, x->msr);
    if (x->kind == EXIT_APIC_ACCESS)
        return apicv_access(v, x);
    if (x->kind == EXIT_APIC_EOI) {
        apicv_guest_eoi(v, x->vector);
        return EXIT_RESUME;
    }
    return x->kind == EXIT_PAGE_FAULT ? page_fault(v, x) : EXIT_UNHANDLED;
}

/* Out of line, because mostly there is nothing to do. */
static __attribute__((noinline)) void attend(struct vcpu *v)
{
    apicv_take_posted(v);
    apicv_extint_before_entry(v);
}

void apic_pre_entry(struct vcpu *v)
{
    const struct apic_vcpu *a = v->apic;

    if (posted_is_on(&a->posted) || a->extints_due)
        attend(v);
}
