/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ACPI tables that Lapwing reads: RSDP, XSDT or RSDT, MADT (the CPUs), FADT (ports). Nothing in
 * them is trusted: lengths are bounded and checksums verified. Boot CPU only; what is found stays
 * in the firmware's memory.
 */
#ifndef CORE_START_ACPI_H
#define CORE_START_ACPI_H

#include "core/start/bootinfo.h"

struct acpi {
    const struct phys_reader *mem;
    hpa_t rsdp; /* where the search found the RSDP; 0: only the loader's copy is known */
    hpa_t xsdt; /* 0: none */
    hpa_t rsdt;
};

struct acpi_cpu {
    uint32_t apic_id;
    uint32_t uid;
    bool enabled; /* false: "online capable", the firmware may bring it online later */
};

struct acpi_cpus {
    hpa_t lapic_pa;    /* the LAPIC's address, with the 64-bit override applied */
    unsigned count;    /* entries of the caller's array that are filled */
    unsigned disabled; /* CPUs listed as neither enabled nor online capable */
    unsigned excess;   /* CPUs that did not fit into the caller's array */
};

/* A port or a memory address ("Generic Address Structure"). */
struct acpi_address {
    uint8_t space; /* enum acpi_space */
    uint8_t bits;
    uint64_t address;
};

enum acpi_space { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1, ACPI_SPACE_PCI = 2 };

/* Bits of the FADT's "IA-PC Boot Architecture Flags". */
#define ACPI_BOOT_8042 (1U << 1)

struct acpi_fadt {
    bool has_reset;
    struct acpi_address reset;
    uint8_t reset_value;
    hpa_t facs, x_facs; /* the FACS by the old field and by the 64-bit one; 0: none */
    hpa_t dsdt;
    uint16_t pm1a_control; /* I/O ports; 0: none */
    uint16_t pm1b_control;
    uint16_t pm_timer; /* counts at 3.579545 MHz */
    bool pm_timer_32;  /* 32 bits wide, otherwise 24 */
    uint16_t boot_flags;
    uint32_t flags;
};

/*
 * Finds the RSDP: the loader's copy if it is good, else in the EBDA and in E0000H-FFFFFH ("Finding
 * the RSDP on IA-PC Systems"). `rsdp_copy` may be NULL. -ENOENT: none found, with a text in *why.
 */
int acpi_open(struct acpi *acpi, const struct phys_reader *mem, const void *rsdp_copy,
              size_t rsdp_size, const char **why);

/*
 * Returns the first good table with this signature and its size in bytes, header included, or NULL.
 */
const void *acpi_find_table(const struct acpi *acpi, const char signature[4], uint32_t *size);

/* The same for those after the first, counted from 0. */
const void *acpi_nth_table(const struct acpi *acpi, const char signature[4], unsigned n,
                           uint32_t *size);

/*
 * Lists the CPUs of MADT types 0 and 9, in table order and each APIC ID once. `out` has room for
 * `max` entries; CPUs beyond that are only counted. -ENOENT: no MADT, or no CPU in it, with a text
 * in *why.
 */
int acpi_find_cpus(const struct acpi *acpi, struct acpi_cpu *out, unsigned max,
                   struct acpi_cpus *cpus, const char **why);

/* Reads the FADT. A field that the table lacks is 0. -ENOENT: no good FADT, with a text in *why. */
int acpi_read_fadt(const struct acpi *acpi, struct acpi_fadt *fadt, const char **why);

/* Returns the DSDT that the FADT names, or NULL. */
const void *acpi_find_dsdt(const struct acpi *acpi, const struct acpi_fadt *fadt, uint32_t *size);

#endif
