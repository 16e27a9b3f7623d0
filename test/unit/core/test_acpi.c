/* SPDX-License-Identifier: GPL-2.0-only */
/* ACPI tables in a fake BIOS area: whole, cut off at every length, wrong on purpose, random. */
#include <errno.h>

#include "../test.h"
#include "fake_phys.h"
#include "core/start/acpi.h"

#define RAM_SIZE (1 * MIB)
#define RSDP_PA  0xF0010
#define XSDT_PA  0xF1000
#define RSDT_PA  0xF2000
#define MADT_PA  0xF3000
#define FADT_PA  0xF4000

static struct fake_phys ram;
static struct phys_reader reader = {fake_phys_map, &ram};
static struct acpi acpi;
static struct acpi_cpu cpu[8];
static struct acpi_cpus cpus;
static struct acpi_fadt fadt;
static const char *why;

static void fix_checksum(hpa_t pa, size_t size, size_t at)
{
    uint8_t sum = 0;

    ram.bytes[pa + at] = 0;
    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + ram.bytes[pa + i]);
    ram.bytes[pa + at] = (uint8_t)-sum;
}

static void put_table(hpa_t pa, const char *signature, uint32_t size)
{
    memcpy(ram.bytes + pa, signature, 4);
    put_le(ram.bytes + pa + 4, 4, size);
    fix_checksum(pa, size, 9);
}

static void put_rsdp(hpa_t pa, uint8_t revision)
{
    memcpy(ram.bytes + pa, "RSD PTR ", 8);
    ram.bytes[pa + 15] = revision;
    put_le(ram.bytes + pa + 16, 4, RSDT_PA);
    put_le(ram.bytes + pa + 20, 4, 36);
    put_le(ram.bytes + pa + 24, 8, XSDT_PA);
    fix_checksum(pa, 20, 8);
    fix_checksum(pa, 36, 32);
}

static const uint8_t madt_entries[] = {
    0, 8,  0, 0,    1, 0, 0,    0,                            /* uid 0, ID 0, enabled */
    0, 8,  1, 4,    1, 0, 0,    0,                            /* uid 1, ID 4 */
    1, 12, 0, 0,    0, 0, 0xc0, 0xfe, 0, 0, 0, 0,             /* an I/O APIC */
    0, 8,  2, 6,    0, 0, 0,    0,                            /* disabled */
    0, 8,  3, 8,    2, 0, 0,    0,                            /* online capable */
    0, 8,  9, 0xff, 1, 0, 0,    0,                            /* the broadcast ID */
    9, 16, 0, 0,    4, 0, 0,    0,    1, 0, 0, 0, 1, 0, 0, 0, /* ID 4 again, as x2APIC */
    9, 16, 0, 0,    0, 1, 0,    0,    1, 0, 0, 0, 7, 0, 0, 0, /* ID 256, uid 7 */
    5, 12, 0, 0,    0, 0, 0xe0, 0xfe, 1, 0, 0, 0,             /* LAPIC at 1FEE00000H */
};

static uint32_t make_madt(const uint8_t *entries, size_t size)
{
    put_le(ram.bytes + MADT_PA + 36, 4, 0xfee00000);
    memcpy(ram.bytes + MADT_PA + 44, entries, size);
    put_table(MADT_PA, "APIC", (uint32_t)(44 + size));
    return (uint32_t)(44 + size);
}

static void make_fadt(uint32_t size)
{
    uint8_t *p = ram.bytes + FADT_PA;

    put_le(p + 36, 4, 0x7fe0000);
    put_le(p + 132, 8, 0x17fe0000);
    put_le(p + 64, 4, 0x604);
    put_le(p + 76, 4, 0x608);
    put_le(p + 109, 2, ACPI_BOOT_8042);
    put_le(p + 112, 4, 1 << 8 | 1 << 10);
    p[116] = ACPI_SPACE_IO;
    p[117] = 8;
    put_le(p + 120, 8, 0xcf9);
    p[128] = 6;
    p[172] = ACPI_SPACE_IO; /* X_PM1a agrees; X_PM1b is memory and so not for us; no X_PM_TMR */
    put_le(p + 176, 8, 0x1604);
    p[184] = ACPI_SPACE_MEMORY;
    put_le(p + 188, 8, 0x1234);
    put_table(FADT_PA, "FACP", size);
}

static void make_all(void)
{
    memset(ram.bytes, 0, ram.size);
    put_rsdp(RSDP_PA, 2);
    put_le(ram.bytes + XSDT_PA + 36, 8, 0xfffffffffff0); /* cannot be read: is skipped */
    put_le(ram.bytes + XSDT_PA + 44, 8, FADT_PA);
    put_le(ram.bytes + XSDT_PA + 52, 8, MADT_PA);
    put_table(XSDT_PA, "XSDT", 60);
    put_le(ram.bytes + RSDT_PA + 36, 4, MADT_PA);
    put_table(RSDT_PA, "RSDT", 40);
    make_madt(madt_entries, sizeof(madt_entries));
    make_fadt(244);
}

static int find_cpus(unsigned max)
{
    int ret = acpi_open(&acpi, &reader, NULL, 0, &why);

    return ret ? ret : acpi_find_cpus(&acpi, cpu, max, &cpus, &why);
}

static void cpus_of_both_kinds(void)
{
    make_all();
    CHECK_EQ(find_cpus(8), 0);
    CHECK_EQ(acpi.rsdp, RSDP_PA);
    CHECK_EQ(cpus.count, 4);
    CHECK_EQ(cpus.disabled, 1);
    CHECK_EQ(cpus.excess, 0);
    CHECK_EQ(cpus.lapic_pa, 0x1fee00000);
    CHECK_EQ(cpu[0].apic_id, 0);
    CHECK_EQ(cpu[1].apic_id, 4);
    CHECK_EQ(cpu[1].uid, 1);
    CHECK(cpu[1].enabled);
    CHECK_EQ(cpu[2].apic_id, 8);
    CHECK(!cpu[2].enabled);
    CHECK_EQ(cpu[3].apic_id, 256);
    CHECK_EQ(cpu[3].uid, 7);
    CHECK_EQ(find_cpus(2), 0);
    CHECK_EQ(cpus.count, 2);
    CHECK_EQ(cpus.excess, 2);
}

static void where_the_root_is(void)
{
    static const uint8_t one_cpu[] = {0, 8, 0, 3, 1, 0, 0, 0};

    /* In the EBDA, on a 16-byte boundary. */
    make_all();
    memset(ram.bytes + RSDP_PA, 0, 36);
    CHECK_EQ(find_cpus(8), -ENOENT);
    put_le(ram.bytes + 0x40e, 2, 0x9fc0);
    put_rsdp(0x9fc08, 2);
    CHECK_EQ(find_cpus(8), -ENOENT);
    put_rsdp(0x9ffd0, 2);
    CHECK_EQ(find_cpus(8), 0);
    CHECK_EQ(acpi.rsdp, 0x9ffd0);
    ram.bytes[0x9ffd0 + 9] ^= 1; /* something that only looks like one */
    CHECK_EQ(find_cpus(8), -ENOENT);

    /* The last place of the BIOS area, where 36 bytes can no more be read. */
    make_all();
    memset(ram.bytes + RSDP_PA, 0, 36);
    memcpy(ram.bytes + 0xfffe0, "RSD PTR ", 8);
    put_le(ram.bytes + 0xfffe0 + 16, 4, RSDT_PA);
    fix_checksum(0xfffe0, 20, 8);
    CHECK_EQ(find_cpus(8), 0);

    /* The XSDT is preferred; a bad one falls back to the RSDT; so does revision 0. */
    make_all();
    ram.bytes[XSDT_PA + 10] ^= 1;
    CHECK_EQ(find_cpus(8), 0);
    CHECK(acpi_read_fadt(&acpi, &fadt, &why) == -ENOENT); /* only the XSDT lists it */
    make_all();
    put_rsdp(RSDP_PA, 0);
    CHECK_EQ(find_cpus(8), 0);
    CHECK_EQ(acpi.xsdt, 0);
    make_all();
    ram.bytes[RSDP_PA + 33] ^= 1; /* only the second checksum is wrong */
    CHECK_EQ(find_cpus(8), 0);
    CHECK_EQ(acpi.xsdt, 0);

    /* The loader's copy comes first; a bad copy is ignored. */
    make_all();
    put_rsdp(0x1000, 2);
    memset(ram.bytes + RSDP_PA, 0, 36);
    make_madt(one_cpu, sizeof(one_cpu));
    CHECK_EQ(acpi_open(&acpi, &reader, ram.bytes + 0x1000, 36, &why), 0);
    CHECK_EQ(acpi.rsdp, 0);
    CHECK_EQ(acpi_find_cpus(&acpi, cpu, 8, &cpus, &why), 0);
    CHECK_EQ(cpu[0].apic_id, 3);
    CHECK_EQ(cpus.lapic_pa, 0xfee00000);
    ram.bytes[0x1000] ^= 1;
    CHECK_EQ(acpi_open(&acpi, &reader, ram.bytes + 0x1000, 36, &why), -ENOENT);
    CHECK_EQ(acpi_open(&acpi, &reader, ram.bytes + 0x1000, 0, &why), -ENOENT);
}

static unsigned maps;

static const void *count_maps(void *ctx, hpa_t pa, size_t size)
{
    (void)ctx;
    (void)pa;
    (void)size;
    maps++;
    return NULL;
}

/* Under UEFI's page tables there may be no page 0. */
static void a_copy_needs_no_memory(void)
{
    static const struct phys_reader nothing = {count_maps, NULL};

    make_all();
    CHECK_EQ(acpi_open(&acpi, &nothing, ram.bytes + RSDP_PA, 36, &why), 0);
    CHECK_EQ(maps, 0);
}

static void wrong_tables(void)
{
    static const uint8_t endless[] = {0, 8, 0, 3, 1, 0, 0, 0, 0, 0, 0, 8, 0, 4, 1, 0, 0, 0};
    static const uint8_t short_entry[] = {0, 7, 0, 3, 1, 0, 0, 9, 15, 0, 0,
                                          4, 0, 0, 0, 1, 0, 0, 0, 1,  0, 0};
    static const uint8_t past_end[] = {0, 8, 0, 3, 1, 0, 0, 0, 0, 200, 0, 4, 1, 0, 0, 0};

    make_all();
    make_madt(endless, sizeof(endless));
    CHECK_EQ(find_cpus(8), 0);
    CHECK_EQ(cpus.count, 1);
    make_madt(past_end, sizeof(past_end));
    CHECK_EQ(find_cpus(8), 0);
    CHECK_EQ(cpus.count, 1);
    make_madt(short_entry, sizeof(short_entry));
    CHECK_EQ(find_cpus(8), -ENOENT);
    make_madt(endless, 0);
    CHECK_EQ(find_cpus(8), -ENOENT);
    make_all();
    ram.bytes[MADT_PA + 50] ^= 1; /* checksum */
    CHECK_EQ(find_cpus(8), -ENOENT);
    CHECK(why != NULL);
    make_all();
    put_le(ram.bytes + MADT_PA + 4, 4, UINT32_MAX);
    CHECK_EQ(find_cpus(8), -ENOENT);
    put_table(MADT_PA, "APIC", 36); /* a header and nothing else */
    CHECK_EQ(find_cpus(8), -ENOENT);
    make_all();
    put_le(ram.bytes + XSDT_PA + 36, 8, UINT64_MAX);
    put_le(ram.bytes + XSDT_PA + 52, 8, UINT64_MAX - 30);
    put_table(XSDT_PA, "XSDT", 60);
    CHECK_EQ(find_cpus(8), -ENOENT);
}

static void roots_of_wrong_size(void)
{
    struct fake_phys copy = fake_phys_new(0, NULL, 20);

    /* Shorter than a header. */
    make_all();
    put_table(XSDT_PA, "XSDT", 20);
    CHECK_EQ(find_cpus(8), 0);
    CHECK_EQ(acpi_read_fadt(&acpi, &fadt, &why), -ENOENT); /* so the RSDT was used */

    /* Half an entry, where nothing can be read behind it. */
    make_all();
    memset(ram.bytes + RAM_SIZE - 40, 0, 40);
    put_table(RAM_SIZE - 40, "XSDT", 40);
    put_le(ram.bytes + RSDP_PA + 24, 8, RAM_SIZE - 40);
    fix_checksum(RSDP_PA, 36, 32);
    CHECK_EQ(find_cpus(8), -ENOENT);

    /* An RSDP copy of 20 bytes that says it is longer. */
    make_all();
    memcpy(copy.bytes, ram.bytes + RSDP_PA, 20);
    CHECK_EQ(acpi_open(&acpi, &reader, copy.bytes, 20, &why), 0);
    CHECK_EQ(acpi.rsdp, 0);
    CHECK_EQ(acpi.xsdt, 0);
    free(copy.bytes);
}

static void fadt_of_every_length(void)
{
    make_all();
    CHECK_EQ(acpi_open(&acpi, &reader, NULL, 0, &why), 0);
    CHECK_EQ(acpi_read_fadt(&acpi, &fadt, &why), 0);
    CHECK_EQ(fadt.facs, 0x7fe0000);
    CHECK_EQ(fadt.x_facs, 0x17fe0000);
    CHECK_EQ(fadt.pm1a_control, 0x1604);
    CHECK_EQ(fadt.pm1b_control, 0);
    CHECK_EQ(fadt.pm_timer, 0x608);
    CHECK(fadt.pm_timer_32);
    CHECK_EQ(fadt.boot_flags, ACPI_BOOT_8042);
    CHECK(fadt.has_reset);
    CHECK_EQ(fadt.reset.space, ACPI_SPACE_IO);
    CHECK_EQ(fadt.reset.bits, 8);
    CHECK_EQ(fadt.reset.address, 0xcf9);
    CHECK_EQ(fadt.reset_value, 6);

    /* The table at the very end of what can be read. */
    for (uint32_t size = 36; size < 244; size++) {
        hpa_t pa = RAM_SIZE - size;

        make_fadt(size);
        memcpy(ram.bytes + pa, ram.bytes + FADT_PA, size);
        put_le(ram.bytes + XSDT_PA + 44, 8, pa);
        put_table(XSDT_PA, "XSDT", 60);
        CHECK_EQ(acpi_read_fadt(&acpi, &fadt, &why), 0);
        CHECK_EQ(fadt.has_reset, size > 128);
        CHECK_EQ(fadt.pm1a_control, size >= 184 ? 0x1604 : size >= 68 ? 0x604 : 0);
        CHECK_EQ(fadt.pm_timer, size >= 80 ? 0x608 : 0);
    }
}

static void cut_off_at_every_length(void)
{
    size_t whole = ram.size;

    make_all();
    for (size_t size = XSDT_PA; size < FADT_PA + 512; size++) {
        struct fake_phys cut = fake_phys_new(0, ram.bytes, size);
        struct phys_reader cut_reader = {fake_phys_map, &cut};

        if (acpi_open(&acpi, &cut_reader, NULL, 0, &why) == 0) {
            if (acpi_find_cpus(&acpi, cpu, 8, &cpus, &why) == 0)
                CHECK(size >= MADT_PA + 44 + sizeof(madt_entries));
            else
                CHECK(size < MADT_PA + 44 + sizeof(madt_entries));
        }
        free(cut.bytes);
        size += size % 3 * 7; /* a copy of 1 MiB each: not all of them */
    }
    ram.size = whole;
}

/* With the checksums mended, so that the damage gets through to the parsers. */
static void random_bytes(void)
{
    static const hpa_t tables[] = {RSDP_PA, XSDT_PA, RSDT_PA, MADT_PA, FADT_PA};
    uint64_t seed = 9;
    unsigned found = 0;

    make_all();
    for (unsigned round = 0; round < 5000; round++) {
        for (unsigned i = 0; i < ARRAY_SIZE(tables); i++)
            memset(ram.bytes + tables[i], 0, 256);
        put_rsdp(RSDP_PA, 2);
        put_le(ram.bytes + XSDT_PA + 44, 8, FADT_PA);
        put_le(ram.bytes + XSDT_PA + 52, 8, MADT_PA);
        make_madt(madt_entries, sizeof(madt_entries));
        make_fadt(244);
        put_table(XSDT_PA, "XSDT", 60);
        for (unsigned i = 0; i <= round % 5; i++) {
            hpa_t pa = tables[1 + test_random_below(&seed, 4)];

            ram.bytes[pa + test_random_below(&seed, 130)] = (uint8_t)test_random(&seed);
        }
        for (unsigned i = 1; i < ARRAY_SIZE(tables); i++) {
            uint64_t size = get_le(ram.bytes + tables[i] + 4, 4);

            if (tables[i] + size <= RAM_SIZE)
                fix_checksum(tables[i], size < 10 ? 10 : size, 9);
        }
        CHECK_EQ(acpi_open(&acpi, &reader, NULL, 0, &why), 0);
        if (acpi_find_cpus(&acpi, cpu, 8, &cpus, &why) == 0)
            found++;
        CHECK(cpus.count <= 8);
        acpi_read_fadt(&acpi, &fadt, &why);
    }
    CHECK(found > 1000 && found < 5000);
}

int main(void)
{
    ram = fake_phys_new(0, NULL, RAM_SIZE);
    TEST_RUN(cpus_of_both_kinds);
    TEST_RUN(where_the_root_is);
    TEST_RUN(a_copy_needs_no_memory);
    TEST_RUN(wrong_tables);
    TEST_RUN(roots_of_wrong_size);
    TEST_RUN(fadt_of_every_length);
    TEST_RUN(cut_off_at_every_length);
    TEST_RUN(random_bytes);
    free(ram.bytes);
    return test_done();
}
