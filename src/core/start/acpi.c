/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Walking ACPI's static tables (ACPI Specification 6.5, "ACPI Software Programming Model"). Tables
 * are packed and lie at any address, so fields are read by their offset. No state.
 */
#include "core/start/acpi.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

enum rsdp_layout {
    RSDP_SIZE_1 = 20, /* ACPI 1.0: the first checksum covers these */
    RSDP_SIZE_2 = 36,
    RSDP_REVISION = 15,
    RSDP_RSDT = 16,
    RSDP_XSDT = 24,
};

enum table_layout {
    TABLE_LENGTH = 4,
    TABLE_HEADER_SIZE = 36,
};

/* The longest table that is read. Real MADTs of thousands of CPUs are much shorter. */
#define TABLE_SIZE_MAX (1 * MIB)

enum madt_layout {
    MADT_LAPIC_PA = 36,
    MADT_ENTRIES = 44,
};

enum madt_type {
    MADT_LAPIC = 0,
    MADT_LAPIC_OVERRIDE = 5,
    MADT_X2APIC = 9,
};

/* Offsets in an entry, after type and length. */
enum madt_entry_layout {
    LAPIC_UID = 2,
    LAPIC_ID = 3,
    LAPIC_FLAGS = 4,
    LAPIC_SIZE = 8,
    OVERRIDE_PA = 4,
    OVERRIDE_SIZE = 12,
    X2APIC_ID = 4,
    X2APIC_FLAGS = 8,
    X2APIC_UID = 12,
    X2APIC_SIZE = 16,
};

#define MADT_ENABLED        (1U << 0)
#define MADT_ONLINE_CAPABLE (1U << 1)

enum fadt_layout {
    FADT_FACS = 36,
    FADT_DSDT = 40,
    FADT_PM1A_CONTROL = 64,
    FADT_PM1B_CONTROL = 68,
    FADT_PM_TIMER = 76,
    FADT_BOOT_FLAGS = 109,
    FADT_FLAGS = 112,
    FADT_RESET = 116,
    FADT_RESET_VALUE = 128,
    FADT_X_FACS = 132,
    FADT_X_DSDT = 140,
    FADT_X_PM1A_CONTROL = 172,
    FADT_X_PM1B_CONTROL = 184,
    FADT_X_PM_TIMER = 208,
};

#define FADT_TMR_VAL_EXT   (1U << 8)
#define FADT_RESET_REG_SUP (1U << 10)

enum address_layout { ADDRESS_BITS = 1, ADDRESS_VALUE = 4, ADDRESS_SIZE = 12 };

static uint16_t get16(const uint8_t *p)
{
    uint16_t value;

    memcpy(&value, p, sizeof(value));
    return value;
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t value;

    memcpy(&value, p, sizeof(value));
    return value;
}

static uint64_t get64(const uint8_t *p)
{
    uint64_t value;

    memcpy(&value, p, sizeof(value));
    return value;
}

static bool checksum_good(const uint8_t *p, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + p[i]);
    return sum == 0;
}

static int not_found(const char **why, const char *text)
{
    *why = text;
    return -ENOENT;
}

/* RSDP -------------------------------------------------------------------------------------- */

/* Takes the root tables' addresses if `p` is a good RSDP. `size` bytes may be read at `p`. */
static bool read_rsdp(struct acpi *acpi, const uint8_t *p, size_t size)
{
    if (size < RSDP_SIZE_1 || memcmp(p, "RSD PTR ", 8) != 0 || !checksum_good(p, RSDP_SIZE_1))
        return false;
    acpi->rsdt = get32(p + RSDP_RSDT);
    acpi->xsdt = 0;
    if (p[RSDP_REVISION] >= 2 && size >= RSDP_SIZE_2 && checksum_good(p, RSDP_SIZE_2))
        acpi->xsdt = get64(p + RSDP_XSDT);
    return acpi->rsdt != 0 || acpi->xsdt != 0;
}

static bool search_rsdp(struct acpi *acpi, hpa_t start, hpa_t end)
{
    for (hpa_t pa = start; pa + RSDP_SIZE_1 <= end; pa += 16) {
        size_t size = RSDP_SIZE_2;
        const uint8_t *p = acpi->mem->map(acpi->mem->ctx, pa, size);

        if (!p) {
            size = RSDP_SIZE_1;
            p = acpi->mem->map(acpi->mem->ctx, pa, size);
        }
        if (p && read_rsdp(acpi, p, size)) {
            acpi->rsdp = pa;
            return true;
        }
    }
    return false;
}

int acpi_open(struct acpi *acpi, const struct phys_reader *mem, const void *rsdp_copy,
              size_t rsdp_size, const char **why)
{
    const hpa_t ebda_segment_pa = 0x40E;
    const uint8_t *segment;
    hpa_t ebda;

    *acpi = (struct acpi){.mem = mem};
    if (rsdp_copy && read_rsdp(acpi, rsdp_copy, rsdp_size))
        return 0; /* UEFI firmware may have no page 0 */
    segment = mem->map(mem->ctx, ebda_segment_pa, 2);
    ebda = segment ? (hpa_t)get16(segment) << 4 : 0;
    if (ebda >= 0x400 && search_rsdp(acpi, ebda, ebda + KIB))
        return 0;
    if (search_rsdp(acpi, 0xE0000, 0x100000))
        return 0;
    return not_found(why, "no ACPI RSDP found");
}

/* Tables ------------------------------------------------------------------------------------ */

static const uint8_t *map_table(const struct acpi *acpi, hpa_t pa, const char signature[4],
                                uint32_t *size)
{
    const struct phys_reader *mem = acpi->mem;
    const uint8_t *p = mem->map(mem->ctx, pa, TABLE_HEADER_SIZE);

    if (!p || memcmp(p, signature, 4) != 0)
        return NULL;
    *size = get32(p + TABLE_LENGTH);
    if (*size < TABLE_HEADER_SIZE || *size > TABLE_SIZE_MAX)
        return NULL;
    p = mem->map(mem->ctx, pa, *size);
    return p && checksum_good(p, *size) ? p : NULL;
}

const void *acpi_nth_table(const struct acpi *acpi, const char signature[4], unsigned n,
                           uint32_t *size)
{
    uint32_t width = 8, root_size = 0;
    const uint8_t *root = NULL;

    if (acpi->xsdt)
        root = map_table(acpi, acpi->xsdt, "XSDT", &root_size);
    if (!root && acpi->rsdt) {
        width = 4;
        root = map_table(acpi, acpi->rsdt, "RSDT", &root_size);
    }
    if (!root)
        return NULL;

    for (uint32_t at = TABLE_HEADER_SIZE; root_size - at >= width; at += width) {
        hpa_t pa = width == 8 ? get64(root + at) : get32(root + at);
        const void *table = map_table(acpi, pa, signature, size);

        if (table && n-- == 0)
            return table;
    }
    return NULL;
}

const void *acpi_find_table(const struct acpi *acpi, const char signature[4], uint32_t *size)
{
    return acpi_nth_table(acpi, signature, 0, size);
}

const void *acpi_find_dsdt(const struct acpi *acpi, const struct acpi_fadt *fadt, uint32_t *size)
{
    return fadt->dsdt ? map_table(acpi, fadt->dsdt, "DSDT", size) : NULL;
}

/* MADT -------------------------------------------------------------------------------------- */

struct cpu_list {
    struct acpi_cpu *out;
    unsigned max;
    struct acpi_cpus *cpus;
};

static void add_cpu(struct cpu_list *list, uint32_t apic_id, uint32_t uid, uint32_t flags)
{
    struct acpi_cpus *cpus = list->cpus;

    if (!(flags & (MADT_ENABLED | MADT_ONLINE_CAPABLE))) {
        cpus->disabled++;
        return;
    }
    /* Firmware may list one CPU as type 0 and as type 9. */
    for (unsigned i = 0; i < cpus->count; i++) {
        if (list->out[i].apic_id == apic_id)
            return;
    }
    if (cpus->count == list->max) {
        cpus->excess++;
        return;
    }
    list->out[cpus->count++] = (struct acpi_cpu){apic_id, uid, flags & MADT_ENABLED};
}

static void read_madt_entry(struct cpu_list *list, const uint8_t *e, uint8_t size)
{
    /* A broadcast address is no APIC ID: firmware uses it for an absent CPU. */
    if (e[0] == MADT_LAPIC && size >= LAPIC_SIZE && e[LAPIC_ID] != UINT8_MAX)
        add_cpu(list, e[LAPIC_ID], e[LAPIC_UID], get32(e + LAPIC_FLAGS));
    else if (e[0] == MADT_X2APIC && size >= X2APIC_SIZE && get32(e + X2APIC_ID) != UINT32_MAX)
        add_cpu(list, get32(e + X2APIC_ID), get32(e + X2APIC_UID), get32(e + X2APIC_FLAGS));
    else if (e[0] == MADT_LAPIC_OVERRIDE && size >= OVERRIDE_SIZE)
        list->cpus->lapic_pa = get64(e + OVERRIDE_PA);
}

int acpi_find_cpus(const struct acpi *acpi, struct acpi_cpu *out, unsigned max,
                   struct acpi_cpus *cpus, const char **why)
{
    struct cpu_list list = {out, max, cpus};
    uint32_t size, at = MADT_ENTRIES;
    const uint8_t *madt = acpi_find_table(acpi, "APIC", &size);

    *cpus = (struct acpi_cpus){0};
    if (!madt || size < MADT_ENTRIES)
        return not_found(why, "no good ACPI MADT found (it lists the CPUs)");
    cpus->lapic_pa = get32(madt + MADT_LAPIC_PA);

    while (size - at >= 2) {
        uint8_t length = madt[at + 1];

        /* A length below 2 would never end; a length beyond the table is wrong too. */
        if (length < 2 || length > size - at)
            break;
        read_madt_entry(&list, madt + at, length);
        at += length;
    }
    return cpus->count ? 0 : not_found(why, "the ACPI MADT lists no CPU");
}

/* FADT -------------------------------------------------------------------------------------- */

/*
 * Returns the port of the 64-bit field if the table has it and it is a port, else of the old field.
 */
static uint16_t fadt_port(const uint8_t *fadt, uint32_t size, uint32_t offset, uint32_t x_offset)
{
    if (size >= x_offset + ADDRESS_SIZE && fadt[x_offset] == ACPI_SPACE_IO) {
        uint64_t port = get64(fadt + x_offset + ADDRESS_VALUE);

        if (port != 0 && port <= UINT16_MAX)
            return (uint16_t)port;
    }
    if (size >= offset + 4 && get32(fadt + offset) <= UINT16_MAX)
        return (uint16_t)get32(fadt + offset);
    return 0;
}

int acpi_read_fadt(const struct acpi *acpi, struct acpi_fadt *fadt, const char **why)
{
    uint32_t size;
    const uint8_t *p = acpi_find_table(acpi, "FACP", &size);

    *fadt = (struct acpi_fadt){0};
    if (!p)
        return not_found(why, "no good ACPI FADT found");
    if (size >= FADT_FACS + 4)
        fadt->facs = get32(p + FADT_FACS);
    if (size >= FADT_DSDT + 4)
        fadt->dsdt = get32(p + FADT_DSDT);
    if (size >= FADT_X_DSDT + 8 && get64(p + FADT_X_DSDT))
        fadt->dsdt = get64(p + FADT_X_DSDT);
    if (size >= FADT_X_FACS + 8)
        fadt->x_facs = get64(p + FADT_X_FACS);
    fadt->pm1a_control = fadt_port(p, size, FADT_PM1A_CONTROL, FADT_X_PM1A_CONTROL);
    fadt->pm1b_control = fadt_port(p, size, FADT_PM1B_CONTROL, FADT_X_PM1B_CONTROL);
    fadt->pm_timer = fadt_port(p, size, FADT_PM_TIMER, FADT_X_PM_TIMER);
    if (size < FADT_FLAGS + 4)
        return 0;
    fadt->boot_flags = get16(p + FADT_BOOT_FLAGS);
    fadt->flags = get32(p + FADT_FLAGS);
    fadt->pm_timer_32 = fadt->flags & FADT_TMR_VAL_EXT;
    if ((fadt->flags & FADT_RESET_REG_SUP) && size > FADT_RESET_VALUE) {
        const uint8_t *reset = p + FADT_RESET;

        fadt->has_reset = true;
        fadt->reset =
            (struct acpi_address){reset[0], reset[ADDRESS_BITS], get64(reset + ADDRESS_VALUE)};
        fadt->reset_value = p[FADT_RESET_VALUE];
    }
    return 0;
}
