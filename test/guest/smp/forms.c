/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every form of an INIT and a SIPI: trigger, level, physical, logical, shorthand, broadcast;
 * vectors.
 */
#include "smp/cases.h"

enum dest_kind { TO_ID, TO_LOGICAL, TO_EACH, TO_BROADCAST };

static const struct ipi_form {
    const char *name;
    uint32_t icr;
    enum dest_kind to;
    enum logical_model model;
} init_forms[] =
    {
        {"physical 0x4500", 0x4500, TO_ID, 0},
        {"physical edge, level 0: 0x0500", 0x0500, TO_ID, 0},
        {"physical level assert 0xc500", 0xC500, TO_ID, 0},
        {"physical with a vector 0x45aa", 0x45AA, TO_ID, 0},
        {"logical flat 0x4d00", 0x4D00, TO_LOGICAL, LOGICAL_FLAT},
        {"logical flat 0x0d00", 0x0D00, TO_LOGICAL, LOGICAL_FLAT},
        {"logical cluster 0x4d00", 0x4D00, TO_LOGICAL, LOGICAL_CLUSTER},
        {"logical x2apic 0x4d00", 0x4D00, TO_LOGICAL, LOGICAL_X2APIC},
        {"all but me 0xc4500", 0xC4500, TO_EACH, 0},
        {"all but me, logical 0xc4d00", 0xC4D00, TO_EACH, 0},
},
  sipi_forms[] = {
      {"physical 0x4600", 0x4600, TO_ID, 0},
      {"physical edge, level 0: 0x0600", 0x0600, TO_ID, 0},
      {"logical x2apic 0x4e00", 0x4E00, TO_LOGICAL, LOGICAL_X2APIC},
      {"all but me 0xc4600", 0xC4600, TO_EACH, 0},
      {"all but me, logical 0xc4e00", 0xC4E00, TO_EACH, 0},
      {"physical broadcast 0x4600", 0x4600, TO_BROADCAST, 0},
};

static bool fits_mode(const struct ipi_form *form)
{
    if (form->to != TO_LOGICAL)
        return true;
    if (form->model == LOGICAL_X2APIC && bare_bochs())
        return false;
    return this_cpu()->x2apic == (form->model == LOGICAL_X2APIC);
}

static void send(const struct ipi_form *form, uint32_t vector, unsigned index)
{
    uint32_t dest = 0;

    if (form->to == TO_ID)
        dest = cpu_at(index)->apic_id;
    else if (form->to == TO_LOGICAL)
        dest = logical_dest(index, form->model);
    else if (form->to == TO_BROADCAST)
        dest = this_cpu()->x2apic ? 0xFFFFFFFF : 0xFF;
    lapic_ipi(form->icr | vector, dest);
}

/* One INIT by `form` must stop CPUs first..last and nobody else; a plain SIPI starts them again. */
static void try_init(const struct ipi_form *form, unsigned first, unsigned last)
{
    unsigned before[MAX_CPUS];

    if (form->to == TO_LOGICAL)
        for (unsigned i = 0; i < cpu_count(); i++)
            set_logical_id(i, form->model);
    boot_counts(before);
    for (unsigned i = first; i <= last; i++) {
        tap_check(start_beating(i), "CPU %u does not beat", i);
        smp_forget(i);
    }
    trampoline_install(TRAMPOLINE_VECTOR);
    send(form, 0, first);
    for (unsigned i = first; i <= last; i++)
        tap_check(has_stopped(i), "CPU %u still runs", i);
    for (unsigned i = 1; i < cpu_count(); i++)
        if (i < first || i > last)
            tap_check(cpu_alive(i), "CPU %u was hit", i);
    for (unsigned i = first; i <= last; i++) {
        smp_startup_ipi(i, TRAMPOLINE_VECTOR);
        tap_check(smp_wait_boots(i, before[i] + 1, CPU_TIMEOUT_MS), "CPU %u took no SIPI", i);
        tap_check(atomic_load(&cpu_at(i)->boots) == before[i] + 1, "CPU %u started %u times", i,
                  atomic_load(&cpu_at(i)->boots) - before[i]);
    }
    smp_start_all();
}

void case_init_forms(void)
{
    if (!have_aps())
        return;
    for (size_t f = 0; f < ARRAY_SIZE(init_forms); f++) {
        const struct ipi_form *form = &init_forms[f];

        if (!fits_mode(form))
            continue;
        tap_next("%s", form->name);
        if (form->to == TO_EACH) {
            try_init(form, 1, cpu_count() - 1);
            continue;
        }
        for (unsigned i = 1; i < cpu_count(); i++) {
            if (form->to == TO_LOGICAL && form->model == LOGICAL_FLAT && i >= 8)
                break;
            try_init(form, i, i);
        }
    }
}

/* A plain INIT, then one SIPI by `form`. */
static void try_sipi(const struct ipi_form *form, unsigned first, unsigned last)
{
    unsigned before[MAX_CPUS];

    boot_counts(before);
    trampoline_install(TRAMPOLINE_VECTOR);
    for (unsigned i = first; i <= last; i++)
        smp_init_ipi(i);
    delay_us(1000);
    send(form, TRAMPOLINE_VECTOR, first);
    for (unsigned i = 1; i < cpu_count(); i++) {
        unsigned want = before[i] + (i >= first && i <= last);

        tap_check(smp_wait_boots(i, want, CPU_TIMEOUT_MS), "CPU %u did not start", i);
        tap_check(atomic_load(&cpu_at(i)->boots) == want, "CPU %u started %u times", i,
                  atomic_load(&cpu_at(i)->boots) - before[i]);
    }
    smp_start_all();
}

void case_sipi_forms(void)
{
    if (!have_aps())
        return;
    for (size_t f = 0; f < ARRAY_SIZE(sipi_forms); f++) {
        const struct ipi_form *form = &sipi_forms[f];

        if (!fits_mode(form))
            continue;
        tap_next("%s", form->name);
        if (form->to == TO_EACH || form->to == TO_BROADCAST) {
            try_sipi(form, 1, cpu_count() - 1);
            continue;
        }
        for (unsigned i = 1; i < cpu_count(); i++)
            try_sipi(form, i, i);
    }
}

/*
 * In xAPIC mode INIT clears the LDR, so a logical SIPI to the old logical ID finds nobody, and the
 * CPU still waits for a physical one.
 */
void case_logical_sipi_after_init(void)
{
    if (!have_aps())
        return;
    if (this_cpu()->x2apic) {
        tap_skip("xAPIC mode only");
        return;
    }
    for (unsigned i = 1; i < cpu_count() && i < 8; i++) {
        unsigned boots = atomic_load(&cpu_at(i)->boots);

        set_logical_id(i, LOGICAL_FLAT);
        trampoline_install(TRAMPOLINE_VECTOR);
        tap_check(start_beating(i), "CPU %u does not beat", i);
        smp_init_ipi(i);
        tap_check(has_stopped(i), "CPU %u still runs", i);
        /* A busy host may just not have run it: the INIT must have cleared the LDR by now. */
        delay_us(10 * QUIET_US);
        lapic_ipi(0x4E00 | TRAMPOLINE_VECTOR, logical_dest(i, LOGICAL_FLAT));
        delay_us(4 * QUIET_US);
        tap_check(atomic_load(&cpu_at(i)->boots) == boots, "CPU %u started by its old logical ID",
                  i);
        smp_startup_ipi(i, TRAMPOLINE_VECTOR);
        tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS), "CPU %u lost", i);
    }
    smp_start_all();
}

void case_vectors(void)
{
    static const uint8_t vectors[] = {0x08, 0x09, 0x10, 0x55, 0x8F};

    if (!have_aps())
        return;
    for (size_t v = 0; v < sizeof(vectors); v++) {
        for (unsigned i = 1; i < cpu_count(); i++) {
            unsigned boots = atomic_load(&cpu_at(i)->boots);

            trampoline_install(vectors[v]);
            smp_init_ipi(i);
            delay_us(1000);
            smp_startup_ipi(i, vectors[v]);
            tap_check(smp_wait_boots(i, boots + 1, CPU_TIMEOUT_MS), "CPU %u vector 0x%x", i,
                      vectors[v]);
            tap_check(cpu_at(i)->reset.cs == vectors[v] << 8, "CPU %u: CS 0x%x after SIPI 0x%x", i,
                      cpu_at(i)->reset.cs, vectors[v]);
        }
    }
    trampoline_install(TRAMPOLINE_VECTOR);
}
