/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What INIT leaves in registers and in the LAPIC (Intel SDM Vol. 3A, "Processor State After Reset"
 * and "Local APIC State After It Receives an INIT-Deassert IPI"; AMD APM Vol. 2, "Initial Processor
 * State").
 */
#include "smp/cases.h"

#define VECTOR_PENDING    (VECTOR_TEST + 5)
#define VECTOR_IN_SERVICE (VECTOR_TEST + 0x20)

static atomic_bool dirty;

static void beat_for_ever(void)
{
    atomic_store(&dirty, true);
    for (;;)
        cpu_pause();
}

/* Runs `fn`, which never returns, on the CPU, and restarts it in the middle. */
static bool restart_from(unsigned index, job_fn fn)
{
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    atomic_store(&dirty, false);
    cpu_post(index, fn, NULL);
    while (!atomic_load(&dirty))
        if (!tap_check(clock_us() < end, "CPU %u did not get ready", index))
            break;
    return smp_start(index);
}

static void keep_in_service(struct trap_frame *frame)
{
    (void)frame; /* no EOI */
}

static void dirty_lapic(void *arg)
{
    (void)arg;
    irq_enable();
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_IN_SERVICE, 0);
    delay_us(100);
    irq_disable();
    lapic_ipi(ICR_FIXED | ICR_ASSERT | ICR_SELF | VECTOR_PENDING, 0);
    lapic_write(LAPIC_TPR, 0xE0);
    lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | 0xEF);
    lapic_write(LAPIC_TIMER_DIVIDE, LAPIC_TIMER_DIV_1);
    lapic_write(LAPIC_LVT_TIMER, LAPIC_TIMER_PERIODIC | (VECTOR_TEST + 1));
    lapic_write(LAPIC_LVT_ERROR, VECTOR_TEST + 2);
    lapic_write(LAPIC_LVT_PMC, VECTOR_TEST + 3);
    lapic_write(LAPIC_LVT_LINT0, VECTOR_TEST + 4);
    lapic_write(LAPIC_TIMER_INITIAL, 0x7FFFFFFF);
    if (!this_cpu()->x2apic) {
        lapic_write(LAPIC_DFR, 0x0FFFFFFF);
        lapic_write(LAPIC_LDR, 0x21000000);
    }
    beat_for_ever();
}

static void check_lapic(unsigned i, const struct lapic_state *s, uint64_t apic_base)
{
    bool x2apic = apic_base & APIC_BASE_EXTD;

    tap_check(s->apic_base == apic_base, "CPU %u: APIC_BASE 0x%lx, was 0x%lx", i,
              (unsigned long)s->apic_base, (unsigned long)apic_base);
    tap_check(s->id == cpu_at(i)->apic_id, "CPU %u: ID %u", i, s->id);
    tap_check(s->tpr == 0, "CPU %u: TPR 0x%x", i, s->tpr);
    tap_check(s->svr == 0xFF, "CPU %u: SVR 0x%x", i, s->svr);
    for (unsigned n = 0; n < LAPIC_LVTS; n++)
        tap_check(s->lvt[n] == LAPIC_LVT_MASKED, "CPU %u: LVT %u is 0x%x", i, n, s->lvt[n]);
    tap_check(s->timer_initial == 0 && s->timer_divide == 0, "CPU %u: timer 0x%x / 0x%x", i,
              s->timer_initial, s->timer_divide);
    for (unsigned n = 0; n < 8; n++)
        tap_check(s->irr[n] == 0 && s->isr[n] == 0, "CPU %u: IRR 0x%x ISR 0x%x in word %u", i,
                  s->irr[n], s->isr[n], n);
    if (x2apic) {
        uint32_t id = cpu_at(i)->apic_id;

        tap_check(s->ldr == ((id & ~UINT32_C(0xF)) << 12 | BIT32(id & 0xF)), "CPU %u: LDR 0x%x", i,
                  s->ldr);
    } else {
        tap_check(s->ldr == 0 && s->dfr == 0xFFFFFFFF, "CPU %u: LDR 0x%x DFR 0x%x", i, s->ldr,
                  s->dfr);
    }
}

void case_reset_lapic(void)
{
    if (!have_aps())
        return;
    trap_set_handler(VECTOR_IN_SERVICE, keep_in_service);
    for (unsigned i = 1; i < cpu_count(); i++) {
        uint64_t apic_base = cpu_at(i)->lapic.apic_base;

        if (cpu_at(i)->x2apic)
            apic_base |= APIC_BASE_EXTD;
        if (tap_check(restart_from(i, dirty_lapic), "CPU %u did not restart", i))
            check_lapic(i, &cpu_at(i)->lapic, apic_base);
        tap_check(cpu_alive(i), "CPU %u does not answer", i);
    }
}

static void dirty_registers(void *arg)
{
    (void)arg;
    write_dr0(0x123456);
    write_dr6(0xFFFF0FF1);
    write_dr7(0x403);
    write_cr2(0xDEADBEEF);
    wrmsr(MSR_FS_BASE, 0x12345000);
    beat_for_ever();
}

#define CHECK_REGISTER(index, field, mask, want)                                                   \
    tap_check((cpu_at(index)->reset.field & (mask)) == (want),                                     \
              "CPU %u: " #field " 0x%x, want 0x%x", index, (unsigned)cpu_at(index)->reset.field,   \
              (unsigned)(want))

void case_reset_registers(void)
{
    if (!have_aps())
        return;
    for (unsigned i = 1; i < cpu_count(); i++) {
        uint8_t table[6] = {0xFF, 0xFF, 0, 0, 0, 0};
        const uint32_t all = UINT32_MAX;

        if (!tap_check(restart_from(i, dirty_registers), "CPU %u did not restart", i))
            continue;
        CHECK_REGISTER(i, eax, all, 0u);
        CHECK_REGISTER(i, ebx, all, 0u);
        CHECK_REGISTER(i, ecx, all, 0u);
        if (!bare_bochs())
            CHECK_REGISTER(i, edx, all, cpuid(1, 0).eax); /* family, model, stepping */
        CHECK_REGISTER(i, esi, all, 0u);
        CHECK_REGISTER(i, edi, all, 0u);
        CHECK_REGISTER(i, ebp, all, 0u);
        CHECK_REGISTER(i, esp, all, 0u);
        CHECK_REGISTER(i, cr0, 0x9FFFFFFFu, 0x10u); /* INIT keeps CD and NW */
        if (!bare_bochs())
            CHECK_REGISTER(i, cr2, all, 0u);
        CHECK_REGISTER(i, cr3, all, 0u);
        CHECK_REGISTER(i, cr4, reset_cr4_bits(), 0u);
        CHECK_REGISTER(i, dr0, all, 0u);
        CHECK_REGISTER(i, dr6, all, 0xFFFF0FF0u);
        CHECK_REGISTER(i, dr7, all, 0x400u);
        CHECK_REGISTER(i, efer, all, 0u);
        CHECK_REGISTER(i, eflags, 0x3F7702u, 0x2u); /* the arithmetic flags are the trampoline's */
        CHECK_REGISTER(i, cs, 0xFFFF, TRAMPOLINE_VECTOR << 8);
        CHECK_REGISTER(i, ds, 0xFFFF, 0);
        CHECK_REGISTER(i, es, 0xFFFF, 0);
        CHECK_REGISTER(i, ss, 0xFFFF, 0);
        CHECK_REGISTER(i, fs, 0xFFFF, 0);
        CHECK_REGISTER(i, gs, 0xFFFF, 0);
        for (unsigned n = 0; n < sizeof(table); n++)
            tap_check(cpu_at(i)->reset.gdtr[n] == table[n] && cpu_at(i)->reset.idtr[n] == table[n],
                      "CPU %u: GDTR or IDTR byte %u", i, n);
        tap_check(cpu_at(i)->fs_base == 0 && cpu_at(i)->gs_base == 0, "CPU %u: FS or GS base", i);
    }
}
