/* SPDX-License-Identifier: GPL-2.0-only */
/* What the zero page says: memory, screen, UEFI. Pure. */
#include "core/start/linux_boot.h"

#include <lapwing/errno.h>
#include "core/start/linux_layout.h"

#define E820_ENTRY_SIZE    20
#define E820_MAX           128
#define EL64               UINT32_C(0x34364c45) /* "EL64": of 64-bit UEFI */
#define VID_MODE_NORMAL    0xFFFF
#define VIDEO_IS_VLFB      0x23 /* a linear framebuffer that VBE has set up */
#define VIDEO_IS_EFI       0x70
#define FRAMEBUFFER_RGB    1
#define LFB_64_BIT_BASE    2
#define LOADER_UNKNOWN     0xFF
#define PROTOCOL_ACPI_RSDP 0x20E

_Static_assert(ZP_E820 + E820_MAX * E820_ENTRY_SIZE <= 4096, "E820 table in the zero page");

static int fail(int error, const char **why, const char *text)
{
    *why = text;
    return error;
}

static int fill_memory(const struct memmap *map, uint8_t *zp, const char **why)
{
    uint8_t *e = zp + ZP_E820;

    if (map->count > E820_MAX)
        return fail(-ENOSPC, why, "the memory map has too many entries for Linux (128)");
    zp[ZP_E820_COUNT] = (uint8_t)map->count;
    for (unsigned i = 0; i < map->count; i++, e += E820_ENTRY_SIZE) {
        const struct mem_region *r = &map->region[i];

        zp_put(e, 8, r->base);
        zp_put(e + 8, 8, r->size);
        zp_put(e + 16, 4, r->type);
        /*
         * What INT 15h, functions E801H and 88H, would say: KiB above 1 MiB, up to the first hole.
         */
        if (r->type == MEM_USABLE && r->base <= MIB && r->base + r->size > MIB) {
            uint64_t kib = (r->base + r->size - MIB) / KIB;

            zp_put(zp + ZP_ALT_MEM_K, 4, kib < UINT32_MAX ? kib : UINT32_MAX);
            zp_put(zp + ZP_EXT_MEM_K, 2, kib < 0xfc00 ? kib : 0xfc00);
        }
    }
    return 0;
}

/* (Linux, struct screen_info) */
static void fill_framebuffer(const struct boot_framebuffer *f, uint8_t *zp)
{
    zp_put(zp + ZP_LFB_WIDTH, 2, f->width);
    zp_put(zp + ZP_LFB_HEIGHT, 2, f->height);
    zp_put(zp + ZP_LFB_DEPTH, 2, f->bpp);
    zp_put(zp + ZP_LFB_BASE, 4, f->addr);
    zp_put(zp + ZP_LFB_SIZE, 4, (uint64_t)f->pitch * f->height);
    zp_put(zp + ZP_LFB_LINE_LENGTH, 2, f->pitch);
    zp[ZP_LFB_RED] = f->red_size;
    zp[ZP_LFB_RED + 1] = f->red_pos;
    zp[ZP_LFB_GREEN] = f->green_size;
    zp[ZP_LFB_GREEN + 1] = f->green_pos;
    zp[ZP_LFB_BLUE] = f->blue_size;
    zp[ZP_LFB_BLUE + 1] = f->blue_pos;
    zp_put(zp + ZP_LFB_BASE_HI, 4, f->addr >> 32);
    zp_put(zp + ZP_LFB_CAPABILITIES, 4, f->addr >> 32 ? LFB_64_BIT_BASE : 0);
}

/*
 * The framebuffer, if there is one. With a BIOS else VGA text mode 3 with the cursor in the last line,
 * as a BIOS loader leaves it.
 */
static void fill_screen(const struct boot_info *boot, uint8_t *zp)
{
    if (boot->has_framebuffer && boot->framebuffer.type == FRAMEBUFFER_RGB) {
        zp[ZP_VIDEO_IS_VGA] = boot->is_efi ? VIDEO_IS_EFI : VIDEO_IS_VLFB;
        fill_framebuffer(&boot->framebuffer, zp);
        return;
    }
    if (boot->is_efi)
        return;
    zp[ZP_ORIG_Y] = 24;
    zp[ZP_VIDEO_MODE] = 3;
    zp[ZP_VIDEO_COLS] = 80;
    zp[ZP_VIDEO_LINES] = 25;
    zp[ZP_VIDEO_IS_VGA] = 1;
    zp_put(zp + ZP_VIDEO_POINTS, 2, 16);
}

static void fill_efi(const struct boot_efi *efi, const struct guest_plan *plan, uint8_t *zp)
{
    if (!plan->efi_map_pa)
        return;
    zp_put(zp + ZP_EFI_SIGNATURE, 4, EL64);
    zp_put(zp + ZP_EFI_SYSTEM_TABLE, 4, efi->system_table);
    zp_put(zp + ZP_EFI_SYSTEM_TABLE_HI, 4, efi->system_table >> 32);
    zp_put(zp + ZP_EFI_DESCRIPTOR_SIZE, 4, efi->descriptor_size);
    zp_put(zp + ZP_EFI_DESCRIPTOR_VERSION, 4, efi->descriptor_version);
    zp_put(zp + ZP_EFI_MAP, 4, plan->efi_map_pa);
    zp_put(zp + ZP_EFI_MAP_HI, 4, plan->efi_map_pa >> 32);
    zp_put(zp + ZP_EFI_MAP_SIZE, 4, plan->efi_map_size);
}

int linux_boot_fill(const struct guest_source *source, const struct guest_plan *plan, hpa_t rsdp_pa,
                    uint8_t *block, const char **why)
{
    const uint8_t *file = source->kernel;
    const char *cmdline = source->boot->modules[0].cmdline;
    /* "The size of the setup header is 0x202 plus the byte value at offset 0x201". */
    size_t header_end = ZP_MAGIC + (size_t)file[ZP_JUMP_LENGTH];

    if (header_end > ZP_SETUP_HEADER_LIMIT)
        header_end = ZP_SETUP_HEADER_LIMIT;
    if (header_end > source->kernel_size || header_end < ZP_CMDLINE_SIZE + 4)
        return fail(-EINVAL, why, "the Linux kernel has a broken setup header");
    memset(block, 0, plan->block_size);
    memcpy(block + ZP_SETUP_HEADER, file + ZP_SETUP_HEADER, header_end - ZP_SETUP_HEADER);

    zp_put(block + ZP_VID_MODE, 2, VID_MODE_NORMAL);
    block[ZP_TYPE_OF_LOADER] = LOADER_UNKNOWN;
    zp_put(block + ZP_CODE32_START, 4, plan->entry);
    zp_put(block + ZP_CMD_LINE_PTR, 4, plan->gdt_pa + GUEST_GDT_SIZE);
    if (plan->step_count > 1) { /* the initrd's step, then the kernel's */
        zp_put(block + ZP_RAMDISK_IMAGE, 4, plan->step[0].dst);
        zp_put(block + ZP_RAMDISK_SIZE, 4, plan->step[0].size);
    }
    if (zp_get(file + ZP_VERSION, 2) >= PROTOCOL_ACPI_RSDP)
        zp_put(block + ZP_ACPI_RSDP, 8, rsdp_pa);
    fill_screen(source->boot, block);
    fill_efi(&source->boot->efi, plan, block);

    memcpy(block + PAGE_SIZE, guest_gdt, sizeof(guest_gdt));
    memcpy(block + PAGE_SIZE + GUEST_GDT_SIZE, cmdline, strlen(cmdline) + 1);
    return fill_memory(source->map, block, why);
}
