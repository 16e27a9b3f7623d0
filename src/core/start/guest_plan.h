/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a guest gets into memory, and what its first CPU starts with. Pure code makes the plan
 * (linux_boot.c, mb_guest.c). The caller carries it out:
 *
 *  1. write the block into Lapwing's own memory (linux_boot_fill(), mb_guest_plan()),
 *  2. do the steps in order, each as memmove(dst, src, size), then memset(dst + size, 0, zero),
 *  3. copy the block to block_pa,
 *  4. start the CPU at entry in 32-bit protected mode, paging and interrupts off, flat segments,
 *     GDTR as given.
 *
 * Step 2 overwrites modules and perhaps the loader's strings, so nobody may read struct boot_info
 * after step 2.
 */
#ifndef CORE_START_GUEST_PLAN_H
#define CORE_START_GUEST_PLAN_H

#include "core/start/bootinfo.h"

#define GUEST_SEGMENT_MAX 16
/* One step for each module that must make room, and for each segment of the kernel. */
#define GUEST_STEP_MAX (BOOT_MODULE_MAX + GUEST_SEGMENT_MAX)

/* Flat 4 GiB segments at these selectors, as the Linux boot protocol wants them. */
#define GUEST_CS       0x10
#define GUEST_DS       0x18
#define GUEST_GDT_SIZE 32

struct guest_step {
    hpa_t dst;
    hpa_t src;
    uint64_t size;
    uint64_t zero; /* bytes to clear after the destination */
};

struct guest_plan {
    unsigned step_count;
    struct guest_step step[GUEST_STEP_MAX];

    hpa_t block_pa; /* below 640 KiB, page-aligned */
    uint32_t block_size;
    uint32_t gdt_pa; /* inside the block; limit GUEST_GDT_SIZE - 1 */

    hpa_t efi_map_pa; /* where UEFI's memory map is to be, for efi_map_copy(); 0: nowhere */
    uint32_t efi_map_size;

    uint32_t entry;
    uint32_t eax;
    uint32_t ebx;
    uint32_t esi;
};

/* What the guest is made of. */
struct guest_source {
    const struct boot_info *boot; /* module 0 is the kernel */
    const struct memmap *map;     /* what the guest will see: without Lapwing's own memory */
    const uint8_t *kernel;        /* module 0's bytes */
    uint64_t kernel_size;
    unsigned version;      /* of Multiboot, for such a kernel: mb_guest_version() */
    struct phys_range own; /* Lapwing's memory, which UEFI's map is to show as reserved */
};

/*
 * The guest's GDT: null, unused, 32-bit code, data. Both segments span 4 GiB and have their accessed
 * bit set (Intel SDM Vol. 3A, "Segment Descriptors").
 */
static const uint64_t guest_gdt[GUEST_GDT_SIZE / 8] = {
    [GUEST_CS / 8] = UINT64_C(0x00cf9b000000ffff),
    [GUEST_DS / 8] = UINT64_C(0x00cf93000000ffff),
};

#endif
