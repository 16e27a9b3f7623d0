/* SPDX-License-Identifier: GPL-2.0-only */
/* What the firmware tells a UEFI application, and takes from it; see efi_app.h. State: below. */
#include "core/start/efi_app.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>
#include "core/host/format.h"
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "core/msr.h"
#include "core/start/bootinfo_add.h"
#include "core/start/efi_map.h"

#define RSDP_SIZE 36
#define LINE_MAX  256
#define MAP_SPARE PAGE_SIZE /* the buffer for the map makes the map longer */

struct efi_app efi_app;
struct virt_long_mode efi_cpu; /* boot/efi.S fills most of it */
static struct phys_range taken[2];
static unsigned taken_count;

void efi_app_called(efi_handle image, const struct efi_system_table *table);

static const struct efi_guid loaded_image = {
    0x5B1B31A1, 0x9562, 0x11D2, {0x8E, 0x3F, 0x00, 0xA0, 0xC9, 0x69, 0x72, 0x3B}};
static const struct efi_guid acpi_20 = {
    0x8868E871, 0xE4F1, 0x11D3, {0xBC, 0x22, 0x00, 0x80, 0xC7, 0x3C, 0x88, 0x81}};

static const struct efi_boot_services *services(void)
{
    return efi_app.table->boot;
}

/* The words are ASCII: what is not is no option. */
static void read_cmdline(void)
{
    void *interface;
    const struct efi_loaded_image *image;
    size_t n = 0;

    if (services()->handle_protocol(efi_app.image, &loaded_image, &interface))
        return;
    image = interface;
    for (; n < image->options_size / 2 && n < sizeof(efi_app.cmdline) - 1; n++)
        efi_app.cmdline[n] = (char)image->options[n];
    efi_app.cmdline[n] = '\0';
}

static void find_rsdp(struct boot_info *out)
{
    const struct efi_system_table *t = efi_app.table;

    for (uint64_t i = 0; i < t->table_count; i++) {
        if (memcmp(&t->tables[i].vendor, &acpi_20, sizeof(acpi_20)) == 0) {
            out->rsdp_copy = t->tables[i].table;
            out->rsdp_size = RSDP_SIZE;
        }
    }
}

static int read_map(struct boot_info *out, const char **why)
{
    uint64_t size = 0, key, step;
    uint32_t version;
    void *map;

    (void)services()->get_memory_map(&size, NULL, &key, &step, &version);
    size += MAP_SPARE;
    if (services()->allocate_pool(EFI_LOADER_DATA, size, &map) ||
        services()->get_memory_map(&size, map, &key, &step, &version))
        return boot_fail(-ENOMEM, why, "the firmware gives no memory map");
    return efi_map_read(&(struct boot_efi){.map = map,
                                           .map_size = (uint32_t)size,
                                           .descriptor_size = (uint32_t)step},
                        out, why);
}

static hpa_t take_below(hpa_t limit, uint64_t size)
{
    hpa_t at = limit - 1;

    if (services()->allocate_pages(EFI_BELOW, EFI_RESERVED, size / PAGE_SIZE, &at))
        return 0;
    taken[taken_count++] = (struct phys_range){at, at + size};
    return at;
}

static void give_back(void)
{
    for (; taken_count > 0; taken_count--) {
        const struct phys_range *r = &taken[taken_count - 1];

        (void)services()->free_pages(r->start, (r->end - r->start) / PAGE_SIZE);
    }
}

/* A refusal: the caller gets its memory back and an error, and its console says why. */
static void leave(const char *fmt, va_list ap)
{
    struct efi_text_output *console = efi_app.table->console_out;
    uint16_t text[LINE_MAX];
    char line[LINE_MAX];
    size_t n = format(line, sizeof(line) - 2, "lapwing.efi: ");

    n += format_v(line + n, sizeof(line) - 2 - n, fmt, ap);
    memcpy(line + n, "\r\n", 3);
    for (size_t i = 0; i < n + 3; i++)
        text[i] = (uint8_t)line[i];
    (void)console->output_string(console, text);
    give_back();
    efi_app_fail();
}

int efi_app_info(struct boot_info *out, const char **why)
{
    boot_info_init(out);
    if (read_cr4() & CR4_LA57)
        return boot_fail(-ENOTSUP, why, "the firmware uses 5-level paging");
    out->is_efi = out->is_app = true;
    read_cmdline();
    out->cmdline = efi_app.cmdline;
    find_rsdp(out);
    out->low_page = take_below(MEMMAP_LOW_END, PAGE_SIZE);
    if (!out->low_page)
        return boot_fail(-ENOENT, why, "the firmware has no free page below 640 KiB");
    return read_map(out, why);
}

hpa_t efi_app_take(uint64_t size)
{
    return take_below(4 * GIB, size);
}

void efi_app_enter(struct vcpu *v)
{
    log_info("starting the guest: what called Lapwing, with UEFI's boot services");
    virt_vcpu_boot_long(v, &efi_cpu);
}

/* boot/efi.S calls it, and then boot_main(), on the firmware's stack. */
void efi_app_called(efi_handle image, const struct efi_system_table *table)
{
    efi_app.image = image;
    efi_app.table = table;
    refuse_set_leave(leave);
    efi_cpu.fs_base = rdmsr(MSR_FS_BASE);
    efi_cpu.gs_base = rdmsr(MSR_GS_BASE);
    efi_cpu.efer = rdmsr(MSR_EFER);
}
