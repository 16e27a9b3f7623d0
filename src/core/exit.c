/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exit dispatch: a table from each kind of exit to its handler. No state of its own, no lock; works
 * on this CPU's vcpu. Every handler answers guest input with an enum exit_result, so that no guest
 * gets past this file.
 */
#include "core/exit.h"

#include "apic/apic.h"
#include "apic/apic_regs.h"
#include "core/cpuid.h"
#include "core/log_guest.h"
#include "core/msr.h"
#include "core/port_string.h"
#include "core/ports.h"
#include "core/slat.h"
#include "core/soft_reset.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"

typedef enum exit_result handler_fn(struct vcpu *v, const struct vm_exit *x);

/* A kick has done its work with the exit. take_events() gives the guest its NMIs. */
static enum exit_result on_nothing(struct vcpu *v, const struct vm_exit *x)
{
    (void)v;
    (void)x;
    return EXIT_RESUME;
}

static enum exit_result on_msr_read(struct vcpu *v, const struct vm_exit *x)
{
    return msr_handle_read(v, x->msr);
}

static enum exit_result on_msr_write(struct vcpu *v, const struct vm_exit *x)
{
    return msr_handle_write(v, x->msr);
}

static enum exit_result on_page_fault(struct vcpu *v, const struct vm_exit *x)
{
    return slat_handle_fault(v, x);
}

/* An exception that Lapwing intercepts still belongs to the guest. */
static enum exit_result on_exception(struct vcpu *v, const struct vm_exit *x)
{
    if (x->excp.event.vector == VEC_PF)
        virt_write_reg(v, VREG_CR2, x->excp.cr2);
    virt_inject(v, &x->excp.event);
    return EXIT_RESUME;
}

static enum exit_result on_step(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    if (v->step.active)
        step_end(v, true);
    return EXIT_RESUME;
}

static enum exit_result on_io(struct vcpu *v, const struct vm_exit *x)
{
    return x->io.string ? port_string_handle(v, x) : port_handle(v, x);
}

static enum exit_result on_init(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    smp_hardware_event(v, SIPI_EVENT_INIT, 0);
    return EXIT_RESUME;
}

static enum exit_result on_sipi(struct vcpu *v, const struct vm_exit *x)
{
    smp_hardware_event(v, SIPI_EVENT_SIPI, x->vector);
    return EXIT_RESUME;
}

static enum exit_result on_vendors(struct vcpu *v, const struct vm_exit *x)
{
    return virt_handle_exit(v, x);
}

static enum exit_result on_undefined(struct vcpu *v, const struct vm_exit *x)
{
    (void)v;
    (void)x;
    return EXIT_INJECT_UD;
}

/* INVD would throw away Lapwing's own dirty lines. WBINVD does all that a guest can rely on. */
static enum exit_result on_invd(struct vcpu *v, const struct vm_exit *x)
{
    (void)v;
    (void)x;
    wbinvd();
    return EXIT_SKIP_INSN;
}

/* XCR0 is the guest's: Lapwing uses no extended state. A bad value faults on the hardware. */
static enum exit_result on_xsetbv(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    return xsetbv_safe((uint32_t)v->gpr[GPR_RCX], (uint32_t)v->gpr[GPR_RAX] | v->gpr[GPR_RDX] << 32)
               ? EXIT_INJECT_GP
               : EXIT_SKIP_INSN;
}

/* A CPU that shuts down makes the chipset reset the CPUs. */
static enum exit_result on_triple_fault(struct vcpu *v, const struct vm_exit *x)
{
    (void)x;
    log_guest(v, "cpu %u: triple fault at %lx", v->index, virt_read_reg(v, VREG_RIP));
    soft_reset(v, "a triple fault");
    return EXIT_RESUME;
}

/* An exit that nobody asked for. The guest is not to blame and must not be stopped. */
static enum exit_result on_unknown(struct vcpu *v, const struct vm_exit *x)
{
    log_guest(v, "cpu %u: exit %x at %lx is not known: #UD", v->index, x->reason,
              virt_read_reg(v, VREG_RIP));
    return EXIT_INJECT_UD;
}

static handler_fn *const handlers[EXIT_KIND_COUNT] = {
    [EXIT_NONE] = on_nothing,
    [EXIT_CPUID] = on_unknown, /* call_handler() does all of them */
    [EXIT_MSR_READ] = on_msr_read,
    [EXIT_MSR_WRITE] = on_msr_write,
    [EXIT_PAGE_FAULT] = on_page_fault,
    [EXIT_EXCEPTION] = on_exception,
    [EXIT_STEP] = on_step,
    [EXIT_NMI] = on_nothing,
    [EXIT_INTERRUPT] = on_unknown, /* the strategy handles all of them */
    [EXIT_WINDOW] = on_nothing,
    [EXIT_APIC_ACCESS] = on_unknown,
    [EXIT_APIC_WRITE] = on_unknown,
    [EXIT_APIC_EOI] = on_unknown,
    [EXIT_IO] = on_io,
    [EXIT_INIT] = on_init,
    [EXIT_SIPI] = on_sipi,
    [EXIT_UNDEFINED] = on_undefined,
    [EXIT_INVD] = on_invd,
    [EXIT_IRET] = on_vendors,
    [EXIT_CR_ACCESS] = on_vendors,
    [EXIT_SOFT_EXCEPTION] = on_vendors,
    [EXIT_RAW_EXCEPTION] = on_vendors,
    [EXIT_XSETBV] = on_xsetbv,
    [EXIT_TRIPLE_FAULT] = on_triple_fault,
    [EXIT_UNKNOWN] = on_unknown,
};

/* A handler refuses what the guest did. */
static __attribute__((noinline)) void give_fault(struct vcpu *v, const struct vm_exit *x,
                                                 enum exit_result r)
{
    if (v->step.active && r != EXIT_INJECT_TRIPLE)
        step_end(v, false); /* the fault replaces the step */
    switch (r) {
    case EXIT_INJECT_GP:
        virt_inject_fault(v, &(struct vm_event){.vector = VEC_GP, .has_error = true});
        break;
    case EXIT_INJECT_UD:
        virt_inject_fault(v, &(struct vm_event){.vector = VEC_UD});
        break;
    case EXIT_INJECT_TRIPLE:
        on_triple_fault(v, x);
        break;
    default:
        panic("exit %s has no handler", trace_kind_name(x->kind));
    }
}

static enum exit_result read_apic_base(struct vcpu *v)
{
    uint64_t value;
    enum exit_result r = apic_base_msr_read(v, APIC_MSR_BASE, &value);

    msr_set_read(v, value);
    return r;
}

/* CPUID and reads of IA32_APIC_BASE, which exit most, take the way past strategy and table. */
static inline enum exit_result call_handler(struct vcpu *v, const struct vm_exit *x)
{
    enum exit_result r;

    if (x->kind == EXIT_CPUID) {
        cpuid_handle(v);
        return EXIT_SKIP_INSN;
    }
    if (x->kind == EXIT_MSR_READ && x->msr == APIC_MSR_BASE)
        return read_apic_base(v);
    r = apic_handle_exit(v, x);
    return r == EXIT_UNHANDLED ? handlers[x->kind](v, x) : r;
}

static void handle(struct vcpu *v, const struct vm_exit *x)
{
    enum exit_result r;

    if (v->step.active)
        step_interrupted(v, x);
    r = call_handler(v, x);
    if (r == EXIT_SKIP_INSN)
        virt_skip_insn(v);
    else if (r != EXIT_RESUME)
        give_fault(v, x, r);
}

static void count_cycles(struct vcpu *v, enum vm_exit_kind kind, uint64_t cycles)
{
    v->figures[FIGURE_CYCLES] += cycles;
    if (cycles > v->longest[kind])
        v->longest[kind] = cycles;
}

/* What comes after the first line makes the next virt_run() return at once. */
static __attribute__((noinline)) void take_events(struct vcpu *v)
{
    unsigned nmis;

    atomic_fetch_and(&v->attention, ~(uint32_t)ATTENTION_EVENTS);
    smp_consume(v);
    nmis = atomic_exchange(&v->guest_nmis, 0);
    for (unsigned i = 0; i < nmis && i < 2; i++) /* one for the handler, and one for the latch */
        virt_inject_nmi(v);
}

void vcpu_loop(struct vcpu *v)
{
    struct trace_record *record;
    enum vm_exit_kind kind;

    take_events(v); /* most CPUs wait for a SIPI at first */
    for (;;) {
        apic_pre_entry(v);
        if (!virt_run(v, &v->exit)) {
            take_events(v);
            continue;
        }
        record = trace_exit(&v->trace, &v->exit, virt_rip(v));
        kind = v->exit.kind;
        v->exits[kind]++;
        handle(v, &v->exit);
        count_cycles(v, kind, trace_exit_done(record));
    }
}
