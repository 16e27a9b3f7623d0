/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fills in Linux' boot_params ("zero page" of its boot protocol) from the memory map that GRUB hands
 * over, and from a block of parameters that the tool has put in memory beside kernel and initramfs.
 */

#include <stdint.h>

#define PARAMETERS 0x1ff00000 /* l0_memory.py has the same addresses */
#define INITRAMFS  0x20000000
#define MAGIC      0x4150304c /* "L0PA" */

#define BP_E820_ENTRIES   0x1e8
#define BP_TYPE_OF_LOADER 0x210
#define BP_RAMDISK_IMAGE  0x218
#define BP_RAMDISK_SIZE   0x21c
#define BP_CMD_LINE_PTR   0x228
#define BP_E820_TABLE     0x2d0
#define E820_MAX          128
#define UNKNOWN_LOADER    0xff

struct parameters {
    uint32_t magic;
    uint32_t kernel_entry;
    uint32_t initramfs_size;
    char command_line[];
};

struct multiboot_info {
    uint32_t flags;
    uint32_t unused[10];
    uint32_t mmap_length;
    uint32_t mmap_addr;
};

struct multiboot_mmap {
    uint32_t size; /* of the rest */
    uint64_t addr;
    uint64_t len;
    uint32_t type; /* as in E820 */
} __attribute__((packed));

struct e820_entry {
    uint64_t addr;
    uint64_t len;
    uint32_t type;
} __attribute__((packed));

static uint8_t boot_params[4096] __attribute__((aligned(4096)));

extern uint32_t kernel_entry;
uint32_t kernel_entry;

uint8_t *fill_in(const struct multiboot_info *info);

static void put32(unsigned offset, uint32_t value)
{
    *(volatile uint32_t *)&boot_params[offset] = value;
}

uint8_t *fill_in(const struct multiboot_info *info)
{
    const struct parameters *given = (const void *)PARAMETERS;
    struct e820_entry *e820 = (void *)&boot_params[BP_E820_TABLE];
    const char *map = (const char *)info->mmap_addr;
    const char *end = map + info->mmap_length;
    unsigned n;

    while (given->magic != MAGIC)
        __asm__ volatile("hlt"); /* the emulator has loaded nothing */
    for (n = 0; map < end && n < E820_MAX; n++) {
        const struct multiboot_mmap *entry = (const void *)map;

        e820[n].addr = entry->addr;
        e820[n].len = entry->len;
        e820[n].type = entry->type;
        map += entry->size + sizeof(entry->size);
    }
    kernel_entry = given->kernel_entry;
    boot_params[BP_E820_ENTRIES] = (uint8_t)n;
    boot_params[BP_TYPE_OF_LOADER] = UNKNOWN_LOADER;
    put32(BP_RAMDISK_IMAGE, INITRAMFS);
    put32(BP_RAMDISK_SIZE, given->initramfs_size);
    put32(BP_CMD_LINE_PTR, (uint32_t)given->command_line);
    return boot_params;
}
