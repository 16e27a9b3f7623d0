/* SPDX-License-Identifier: GPL-2.0-only */
/* Destinations: physical, logical by each model, and shorthands. */
#include "icr/cases.h"

#define VECTOR (VECTOR_TEST + 7)

const char *unfit_for_xapic(void)
{
    return this_cpu()->x2apic ? "in x2APIC mode" : NULL;
}

const char *unfit_for_x2apic(void)
{
    return this_cpu()->x2apic ? NULL : "no x2APIC";
}

static uint32_t unused_id(void)
{
    for (uint32_t id = 0xFE;; id--) {
        unsigned i = 0;

        while (i < cpu_count() && cpu_at(i)->apic_id != id)
            i++;
        if (i == cpu_count())
            return id;
    }
}

void case_physical(void)
{
    tap_next("fixed");
    for (unsigned i = 0; i < cpu_count(); i++)
        check_ipi(VECTOR, cpu_at(i)->apic_id);
    check_ipi(VECTOR, unused_id());
    if (this_cpu()->x2apic) {
        /* Not cut to 8 bits, and FFH is an ID as any other. */
        check_ipi(VECTOR, 0x100 + cpu_at(0)->apic_id);
        check_ipi(VECTOR, 0x80000000 + cpu_at(0)->apic_id);
        if (!lapic_is_bochs())
            check_ipi(VECTOR, 0xFF);
    }
    tap_next("broadcast");
    check_ipi(VECTOR, this_cpu()->x2apic ? UINT32_MAX : 0xFF);
    tap_next("lowest priority");
    if (lapic_is_bochs()) {
        tap_skip("Bochs");
        return;
    }
    for (unsigned i = 0; i < cpu_count(); i++)
        check_ipi(ICR_LOWEST | VECTOR, cpu_at(i)->apic_id);
}

/* What the destination field holds does not matter then. */
void case_shorthands(void)
{
    static const struct {
        const char *name;
        uint32_t low;
    } forms[] = {
        {"self", ICR_SELF},
        {"all", ICR_ALL},
        {"all but me", ICR_ALL_BUT_ME},
        {"self, logical", ICR_SELF | ICR_LOGICAL},
        {"all, logical", ICR_ALL | ICR_LOGICAL},
        {"all but me, logical", ICR_ALL_BUT_ME | ICR_LOGICAL},
        {"lowest priority, all but me", ICR_LOWEST | ICR_ALL_BUT_ME},
    };

    for (size_t f = 0; f < ARRAY_SIZE(forms); f++) {
        tap_next("%s", forms[f].name);
        if ((forms[f].low & ICR_LOWEST) && (cpu_count() < 2 || lapic_is_bochs())) {
            tap_skip("%s", cpu_count() < 2 ? "one CPU" : "Bochs");
            continue;
        }
        check_ipi(forms[f].low | VECTOR, 0);
        check_ipi(forms[f].low | VECTOR, cpu_at(cpu_count() - 1)->apic_id);
    }
}

/* Every ID alone, every pair of neighbours, all, and nobody. */
static void check_logical(uint32_t low, uint32_t nobody)
{
    uint32_t all = 0;

    for (unsigned i = 0; i < cpu_count(); i++) {
        uint32_t id = logical_id(i), next = logical_id((i + 1) % cpu_count());

        check_ipi(low | ICR_LOGICAL | VECTOR, id);
        check_ipi(low | ICR_LOGICAL | VECTOR, id | next);
        all |= id;
    }
    check_ipi(low | ICR_LOGICAL | VECTOR, all);
    check_ipi(low | ICR_LOGICAL | VECTOR, nobody);
}

static void check_model(enum logical model, uint32_t nobody, uint32_t broadcast)
{
    tap_next("fixed");
    set_logical(model);
    check_logical(ICR_FIXED, nobody);
    tap_next("broadcast");
    check_ipi(ICR_LOGICAL | VECTOR, broadcast);
    tap_next("lowest priority");
    check_logical(ICR_LOWEST, nobody);
}

void case_flat(void)
{
    check_model(LOGICAL_FLAT, 0, 0xFF);
}

/* The last cluster is nobody's. */
void case_cluster(void)
{
    check_model(LOGICAL_CLUSTER, 0xE1, 0xFF);
}

void case_x2apic_cluster(void)
{
    check_model(LOGICAL_X2APIC, 0x00FF0001, UINT32_MAX);
    tap_next("members who are not there");
    check_ipi(ICR_LOGICAL | VECTOR, (logical_id(0) & 0xFFFF0000) | 0x8000);
    check_ipi(ICR_LOGICAL | VECTOR, logical_id(0) | 0x8000);
}

static void enter_x2apic(void *arg)
{
    (void)arg;
    if (!this_cpu()->x2apic)
        lapic_enter_x2apic();
    lapic_enable();
}

/*
 * Every second CPU in x2APIC mode, the first not: physical IDs and shorthands reach all the same.
 */
void case_mixed(void)
{
    if (this_cpu()->x2apic || !lapic_has_x2apic() || cpu_count() < 2) {
        tap_skip("%s", this_cpu()->x2apic    ? "in x2APIC mode"
                       : !lapic_has_x2apic() ? "no x2APIC"
                                             : "one CPU");
        return;
    }
    for (unsigned i = 1; i < cpu_count(); i += 2)
        tap_check(on_cpu(i, enter_x2apic, NULL), "CPU %u", i);
    for (unsigned i = 0; i < cpu_count(); i++)
        check_ipi(VECTOR, cpu_at(i)->apic_id);
    check_ipi(ICR_SELF | VECTOR, 0);
    check_ipi(ICR_ALL | VECTOR, 0);
    check_ipi(ICR_ALL_BUT_ME | VECTOR, 0);
    if (!lapic_is_bochs())
        check_ipi(ICR_LOWEST | ICR_ALL_BUT_ME | VECTOR, 0);
}

void case_enter_x2apic(void)
{
    if (!lapic_has_x2apic()) {
        tap_skip("no x2APIC");
        return;
    }
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_check(on_cpu(i, enter_x2apic, NULL), "CPU %u", i);
        tap_check(cpu_at(i)->x2apic, "CPU %u is not in x2APIC mode", i);
    }
}
