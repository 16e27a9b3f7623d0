/* SPDX-License-Identifier: GPL-2.0-only */
/* What the setup header of a bzImage and the zero page look like in memory. */
#ifndef CORE_START_LINUX_LAYOUT_H
#define CORE_START_LINUX_LAYOUT_H

#include <lapwing/string.h>

/*
 * Offsets in the zero page. The setup header has the same offsets in the file ("The Real-Mode
 * Kernel Header"; struct boot_params in the kernel's headers).
 */
enum zero_page {
    ZP_ORIG_Y = 0x001,
    ZP_VIDEO_MODE = 0x006,
    ZP_VIDEO_COLS = 0x007,
    ZP_VIDEO_LINES = 0x00e,
    ZP_VIDEO_IS_VGA = 0x00f,
    ZP_VIDEO_POINTS = 0x010,
    ZP_EXT_MEM_K = 0x002,
    ZP_LFB_WIDTH = 0x012,
    ZP_LFB_HEIGHT = 0x014,
    ZP_LFB_DEPTH = 0x016,
    ZP_LFB_BASE = 0x018,
    ZP_LFB_SIZE = 0x01c,
    ZP_LFB_LINE_LENGTH = 0x024,
    ZP_LFB_RED = 0x026, /* size, then position */
    ZP_LFB_GREEN = 0x028,
    ZP_LFB_BLUE = 0x02a,
    ZP_LFB_CAPABILITIES = 0x036,
    ZP_LFB_BASE_HI = 0x03a,
    ZP_ACPI_RSDP = 0x070,
    ZP_EFI_SIGNATURE = 0x1c0,
    ZP_EFI_SYSTEM_TABLE = 0x1c4,
    ZP_EFI_DESCRIPTOR_SIZE = 0x1c8,
    ZP_EFI_DESCRIPTOR_VERSION = 0x1cc,
    ZP_EFI_MAP = 0x1d0,
    ZP_EFI_MAP_SIZE = 0x1d4,
    ZP_EFI_SYSTEM_TABLE_HI = 0x1d8,
    ZP_EFI_MAP_HI = 0x1dc,
    ZP_ALT_MEM_K = 0x1e0,
    ZP_E820_COUNT = 0x1e8,
    ZP_SETUP_HEADER = 0x1f1,
    ZP_SETUP_SECTS = 0x1f1,
    ZP_VID_MODE = 0x1fa,
    ZP_BOOT_FLAG = 0x1fe,
    ZP_JUMP_LENGTH = 0x201,
    ZP_MAGIC = 0x202,
    ZP_VERSION = 0x206,
    ZP_TYPE_OF_LOADER = 0x210,
    ZP_LOADFLAGS = 0x211,
    ZP_CODE32_START = 0x214,
    ZP_RAMDISK_IMAGE = 0x218,
    ZP_RAMDISK_SIZE = 0x21c,
    ZP_CMD_LINE_PTR = 0x228,
    ZP_INITRD_ADDR_MAX = 0x22c,
    ZP_KERNEL_ALIGNMENT = 0x230,
    ZP_RELOCATABLE = 0x234,
    ZP_CMDLINE_SIZE = 0x238,
    ZP_PAYLOAD_OFFSET = 0x248,
    ZP_PAYLOAD_LENGTH = 0x24c,
    ZP_PREF_ADDRESS = 0x258,
    ZP_INIT_SIZE = 0x260,
    ZP_SETUP_HEADER_END = 0x268, /* the end of the fields that are read here */
    ZP_SETUP_HEADER_LIMIT = 0x290,
    ZP_E820 = 0x2d0,
};

/* A field of `width` bytes, at any alignment: one instruction where the width is a constant. */
static inline __attribute__((always_inline)) uint64_t zp_get(const uint8_t *p, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, p, width);
    return value;
}

static inline __attribute__((always_inline)) void zp_put(uint8_t *p, unsigned width, uint64_t value)
{
    memcpy(p, &value, width);
}

#endif
