/* SPDX-License-Identifier: GPL-2.0-only */
/* From the RSDP in the BIOS area or of the loader's through RSDT or XSDT to the tables. A test trusts its firmware. */
#include "acpi.h"

#include <lapwing/string.h>
#include "cpu_insn.h"
#include "multiboot2.h"

#define EBDA_SEGMENT  0x40E
#define BIOS_AREA     0xE0000
#define BIOS_AREA_END 0x100000
#define RSDP_OEM      9
#define TABLE_HEADER  36
#define MADT_ENTRIES  44
#define MADT_LAPIC    0
#define MADT_X2APIC   9
#define LAPIC_ENABLED BIT32(0)

#define FW_CFG_SELECT    0x510 /* QEMU */
#define FW_CFG_DATA      0x511
#define FW_CFG_SIGNATURE 0

/* Physical memory is identity-mapped; hides the origin of the address from the compiler. */
static const uint8_t *at(uint64_t address)
{
    const uint8_t *p = (const uint8_t *)(uintptr_t)address;

    __asm__("" : "+r"(p));
    return p;
}

static uint32_t get32(const uint8_t *p)
{
    uint32_t value;

    memcpy(&value, p, sizeof(value));
    return value;
}

static uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static const uint8_t *find_rsdp(uint64_t start, uint64_t end)
{
    for (; start < end; start += 16) {
        const uint8_t *p = at(start);
        uint8_t sum = 0;

        if (memcmp(p, "RSD PTR ", 8) != 0)
            continue;
        for (unsigned i = 0; i < 20; i++)
            sum = (uint8_t)(sum + p[i]);
        if (sum == 0)
            return p;
    }
    return NULL;
}

static uint8_t loaders_rsdp[36];

void acpi_save_rsdp(uint32_t magic, const uint32_t *info)
{
    uint32_t size;
    const uint8_t *rsdp = multiboot2_find(magic, info, MULTIBOOT2_RSDP_2, &size);

    if (!rsdp)
        rsdp = multiboot2_find(magic, info, MULTIBOOT2_RSDP_1, &size);
    if (rsdp && size <= sizeof(loaders_rsdp))
        memcpy(loaders_rsdp, rsdp, size);
}

static const uint8_t *rsdp_anywhere(void)
{
    if (loaders_rsdp[0])
        return loaders_rsdp;

    const uint8_t *ebda = at(EBDA_SEGMENT);
    uint64_t ebda_base = (uint64_t)(ebda[0] | ebda[1] << 8) << 4;
    const uint8_t *rsdp = ebda_base >= 0x80000 ? find_rsdp(ebda_base, ebda_base + 1024) : NULL;

    return rsdp ? rsdp : find_rsdp(BIOS_AREA, BIOS_AREA_END);
}

static bool written_by_either(void)
{
    const uint8_t *rsdp = rsdp_anywhere();

    return rsdp && memcmp(rsdp + RSDP_OEM, "BOCHS ", 6) == 0;
}

static bool has_fw_cfg(void)
{
    outw(FW_CFG_SELECT, FW_CFG_SIGNATURE);
    return inb(FW_CFG_DATA) == 'Q';
}

bool acpi_says_bochs(void)
{
    return written_by_either() && !has_fw_cfg();
}

bool acpi_says_qemu(void)
{
    return written_by_either() && has_fw_cfg();
}

const uint8_t *acpi_find(const char *signature)
{
    const uint8_t *rsdp = rsdp_anywhere();

    if (!rsdp)
        return NULL;

    bool wide = rsdp[15] >= 2 && get64(rsdp + 24) != 0 && get64(rsdp + 24) < 4 * GIB;
    const uint8_t *root = at(wide ? get64(rsdp + 24) : get32(rsdp + 16));
    uint32_t length = get32(root + 4), step = wide ? 8 : 4;

    for (uint32_t i = TABLE_HEADER; i + step <= length; i += step) {
        uint64_t address = wide ? get64(root + i) : get32(root + i);

        if (address < 4 * GIB && memcmp(at(address), signature, 4) == 0)
            return at(address);
    }
    return NULL;
}

struct id_list {
    uint32_t *ids;
    unsigned max, count;
};

/* A CPU may have an entry of each type. */
static void add(struct id_list *list, uint32_t id)
{
    for (unsigned i = 0; i < list->count && i < list->max; i++)
        if (list->ids[i] == id)
            return;
    if (list->count < list->max)
        list->ids[list->count] = id;
    list->count++;
}

unsigned acpi_list_cpus(uint32_t *ids, unsigned max)
{
    const uint8_t *madt = acpi_find("APIC");
    struct id_list list = {.ids = ids, .max = max};

    if (!madt)
        return 0;
    for (uint32_t i = MADT_ENTRIES; i + 2 <= get32(madt + 4); i += madt[i + 1]) {
        const uint8_t *entry = madt + i;

        if (entry[1] == 0)
            break;
        if (entry[0] == MADT_LAPIC && (get32(entry + 4) & LAPIC_ENABLED))
            add(&list, entry[3]);
        else if (entry[0] == MADT_X2APIC && (get32(entry + 8) & LAPIC_ENABLED))
            add(&list, get32(entry + 4));
    }
    return list.count;
}
