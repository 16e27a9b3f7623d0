/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs must take an IPI, by the manual's rules, and the check that they did ("Determining IPI
 * Destination").
 */
#include "icr/cases.h"

#define QUIET_US        1000
#define ICR_MODE        0x700u
#define ICR_SHORTHAND   (3u << 18)
#define VECTOR_OF(low)  ((low) & 0xFF)
#define DFR_FLAT        0xFFFFFFFF
#define DFR_CLUSTER     0x0FFFFFFF
#define XAPIC_BROADCAST 0xFF

static enum logical model_now;

static uint32_t logical_id_for(enum logical model, unsigned index)
{
    uint32_t id = cpu_at(index)->apic_id;

    switch (model) {
    case LOGICAL_FLAT:
        return BIT32(index % 8);
    case LOGICAL_CLUSTER: /* two to a cluster, so that a few CPUs make several */
        return (index / 2 % 15) << 4 | BIT32(index % 2);
    case LOGICAL_X2APIC:
        return (id & ~UINT32_C(0xF)) << 12 | BIT32(id & 0xF);
    case LOGICAL_NONE:
        break;
    }
    return 0;
}

uint32_t logical_id(unsigned index)
{
    return logical_id_for(model_now, index);
}

static void write_logical_id(void *arg)
{
    enum logical model = *(const enum logical *)arg;

    lapic_write(LAPIC_DFR, model == LOGICAL_FLAT ? DFR_FLAT : DFR_CLUSTER);
    lapic_write(LAPIC_LDR, logical_id_for(model, this_cpu()->index) << 24);
}

static void read_logical_id(void *arg)
{
    *(uint32_t *)arg = lapic_read(LAPIC_LDR);
}

void set_logical(enum logical model)
{
    model_now = model;
    for (unsigned i = 0; i < cpu_count(); i++) {
        uint32_t ldr = 0;

        if (model != LOGICAL_X2APIC)
            tap_check(on_cpu(i, write_logical_id, &model), "CPU %u does not answer", i);
        tap_check(on_cpu(i, read_logical_id, &ldr), "CPU %u does not answer", i);
        if (model != LOGICAL_X2APIC)
            ldr >>= 24;
        tap_check(ldr == logical_id(i), "CPU %u: LDR 0x%x, want 0x%x", i, ldr, logical_id(i));
    }
}

static bool logically_addressed(uint32_t dest, uint32_t ldr)
{
    switch (model_now) {
    case LOGICAL_FLAT:
        return dest & ldr;
    case LOGICAL_CLUSTER:
        return dest == XAPIC_BROADCAST || (dest >> 4 == ldr >> 4 && (dest & ldr & 0xF));
    case LOGICAL_X2APIC:
        return dest == UINT32_MAX || (dest >> 16 == ldr >> 16 && (dest & ldr & 0xFFFF));
    case LOGICAL_NONE:
        break;
    }
    return false;
}

bool is_addressed(uint32_t low, uint32_t dest, unsigned sender, unsigned index)
{
    switch (low & ICR_SHORTHAND) {
    case ICR_SELF:
        return index == sender;
    case ICR_ALL:
        return true;
    case ICR_ALL_BUT_ME:
        return index != sender;
    default:
        break;
    }
    if (low & ICR_LOGICAL)
        return logically_addressed(dest, logical_id(index));
    return dest == (cpu_at(sender)->x2apic ? UINT32_MAX : XAPIC_BROADCAST) ||
           dest == cpu_at(index)->apic_id;
}

struct ipi {
    uint32_t low, dest;
};

static void send(void *arg)
{
    const struct ipi *ipi = arg;

    lapic_ipi(ipi->low, ipi->dest);
}

static void check_lowest(const struct ipi *ipi, unsigned sender)
{
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);
    unsigned addressed = 0, took = 0;

    for (unsigned i = 0; i < cpu_count(); i++)
        addressed += is_addressed(ipi->low, ipi->dest, sender, i);
    do {
        took = 0;
        for (unsigned i = 0; i < cpu_count(); i++)
            took += irq_count(i, VECTOR_OF(ipi->low));
    } while (took < (addressed > 0) && clock_us() < end);
    delay_us(QUIET_US);
    took = 0;
    for (unsigned i = 0; i < cpu_count(); i++) {
        took += irq_count_all(i);
        tap_check(irq_count_all(i) == 0 || is_addressed(ipi->low, ipi->dest, sender, i),
                  "ICR 0x%x to 0x%x from CPU %u: CPU %u was not meant", ipi->low, ipi->dest, sender,
                  i);
    }
    tap_check(took == (addressed > 0), "ICR 0x%x to 0x%x from CPU %u: %u took it", ipi->low,
              ipi->dest, sender, took);
}

static void check_fixed(const struct ipi *ipi, unsigned sender)
{
    for (unsigned i = 0; i < cpu_count(); i++)
        if (is_addressed(ipi->low, ipi->dest, sender, i))
            tap_check(irq_count_wait(i, VECTOR_OF(ipi->low), 1),
                      "ICR 0x%x to 0x%x from CPU %u: not on CPU %u", ipi->low, ipi->dest, sender,
                      i);
    delay_us(QUIET_US);
    for (unsigned i = 0; i < cpu_count(); i++) {
        unsigned want = is_addressed(ipi->low, ipi->dest, sender, i);

        tap_check(irq_count_all(i) == want, "ICR 0x%x to 0x%x from CPU %u: CPU %u took %u, want %u",
                  ipi->low, ipi->dest, sender, i, irq_count_all(i), want);
    }
}

void check_ipi(uint32_t low, uint32_t dest)
{
    for (unsigned sender = 0; sender < cpu_count(); sender++) {
        struct ipi ipi = {.low = low | ICR_ASSERT, .dest = dest};

        irq_count_begin();
        if (!tap_check(on_cpu(sender, send, &ipi), "CPU %u does not answer, or an exception",
                       sender))
            return;
        if ((low & ICR_MODE) == ICR_LOWEST)
            check_lowest(&ipi, sender);
        else
            check_fixed(&ipi, sender);
    }
}
