/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a bzImage, its initrd and its zero page go. Pure.
 *
 * The initrd moves first, then the kernel. The initrd's new place avoids the kernel's old and new
 * place, so this order is right wherever the loader has put the two.
 */
#include "core/start/linux_boot.h"

#include <lapwing/errno.h>
#include "core/start/efi_map.h"
#include "core/start/linux_layout.h"

#define BOOT_FLAG            0xAA55
#define HDRS                 UINT32_C(0x53726448) /* "HdrS" */
#define LOADED_HIGH          0x01
#define PROTOCOL_CMDLINE     0x206
#define PROTOCOL_PAYLOAD     0x208
#define PROTOCOL_INIT_SIZE   0x20A
#define SECTOR_SIZE          512U
#define DEFAULT_SETUP_SECTS  4
#define DEFAULT_LOAD_ADDRESS MIB
#define ADDRESS_LIMIT        (4 * GIB)

static int fail(int error, const char **why, const char *text)
{
    *why = text;
    return error;
}

/* What the setup header demands. */
struct kernel {
    unsigned protocol;
    uint64_t setup_size; /* the real-mode part at the start of the file, not used here */
    uint64_t size;       /* the protected-mode part after it, in bytes */
    bool relocatable;
    uint64_t alignment;
    uint64_t pref_address;
    uint64_t init_size;
    uint64_t initrd_limit;
    uint64_t cmdline_max;
};

bool linux_is_bzimage(const uint8_t *file, uint64_t size)
{
    return size >= ZP_SETUP_HEADER_END && zp_get(file + ZP_BOOT_FLAG, 2) == BOOT_FLAG &&
           zp_get(file + ZP_MAGIC, 4) == HDRS;
}

static int read_header(const uint8_t *file, uint64_t size, struct kernel *k, const char **why)
{
    unsigned sects;

    if (!linux_is_bzimage(file, size))
        return fail(-EINVAL, why, "the first module is no Linux bzImage");
    sects = file[ZP_SETUP_SECTS] ? file[ZP_SETUP_SECTS] : DEFAULT_SETUP_SECTS;
    k->protocol = (unsigned)zp_get(file + ZP_VERSION, 2);
    if (k->protocol < PROTOCOL_CMDLINE)
        return fail(-EINVAL, why, "the Linux kernel is too old: boot protocol 2.06 is needed");
    if (!(file[ZP_LOADFLAGS] & LOADED_HIGH))
        return fail(-EINVAL, why, "the Linux kernel is a zImage: a bzImage is needed");

    k->setup_size = (uint64_t)(sects + 1) * SECTOR_SIZE;
    if (size <= k->setup_size)
        return fail(-EINVAL, why, "the Linux kernel is cut off");
    k->size = size - k->setup_size;
    if (k->protocol >= PROTOCOL_PAYLOAD &&
        zp_get(file + ZP_PAYLOAD_OFFSET, 4) + zp_get(file + ZP_PAYLOAD_LENGTH, 4) > k->size)
        return fail(-EINVAL, why, "the Linux kernel is cut off");

    k->relocatable = file[ZP_RELOCATABLE];
    k->alignment = zp_get(file + ZP_KERNEL_ALIGNMENT, 4);
    k->initrd_limit = zp_get(file + ZP_INITRD_ADDR_MAX, 4) + 1;
    k->cmdline_max = zp_get(file + ZP_CMDLINE_SIZE, 4);
    k->pref_address = DEFAULT_LOAD_ADDRESS;
    k->init_size = 4 * k->size; /* a guess for protocols that do not say */
    if (k->protocol >= PROTOCOL_INIT_SIZE) {
        k->pref_address = zp_get(file + ZP_PREF_ADDRESS, 8);
        k->init_size = zp_get(file + ZP_INIT_SIZE, 4);
    }
    if (k->init_size < k->size)
        k->init_size = k->size;
    if (k->alignment < PAGE_SIZE)
        k->alignment = PAGE_SIZE;
    if ((k->alignment & (k->alignment - 1)) || k->pref_address >= ADDRESS_LIMIT)
        return fail(-EINVAL, why, "the Linux kernel has a broken setup header");
    return 0;
}

/*
 * A relocatable kernel runs where it is loaded, but not below pref_address. Any other kernel is
 * loaded at 1 MiB and moves itself to pref_address.
 */
static int place_kernel(const struct kernel *k, const struct memmap *map, hpa_t *dst,
                        const char **why)
{
    bool pref_free = memmap_is_usable(map, k->pref_address, k->init_size);

    if (!k->relocatable) {
        *dst = DEFAULT_LOAD_ADDRESS;
        if (pref_free && memmap_is_usable(map, *dst, k->size))
            return 0;
        return fail(-ENOENT, why, "the memory where this Linux kernel must run is not free");
    }
    if (pref_free && k->pref_address >= DEFAULT_LOAD_ADDRESS) {
        *dst = k->pref_address;
        return 0;
    }
    if (memmap_find_bottom(map, k->init_size, k->alignment,
                           k->pref_address > MIB ? k->pref_address : MIB, ADDRESS_LIMIT, dst))
        return fail(-ENOENT, why, "too little memory for the Linux kernel");
    return 0;
}

/* Marks [base, base+size) as taken, in the copy of the map. */
static int take(struct memmap *scratch, hpa_t base, uint64_t size, const char **why)
{
    hpa_t start = ALIGN_DOWN(base, PAGE_SIZE);

    if (memmap_reserve(scratch, start, ALIGN_UP(base + size, PAGE_SIZE) - start, MEM_RESERVED))
        return fail(-ENOSPC, why, "the memory map has too many pieces");
    return 0;
}

static void add_step(struct guest_plan *plan, hpa_t dst, hpa_t src, uint64_t size)
{
    plan->step[plan->step_count++] = (struct guest_step){dst, src, size, 0};
}

static int plan_initrd(const struct boot_info *boot, const struct kernel *k, struct memmap *scratch,
                       struct guest_plan *plan, const char **why)
{
    const struct boot_module *m = &boot->modules[1];
    hpa_t dst;
    int ret;

    if (boot->module_count < 2 || m->end <= m->start)
        return 0;
    if (memmap_find_top(scratch, m->end - m->start, PAGE_SIZE, k->initrd_limit, &dst))
        return fail(-ENOENT, why, "too little memory for the initrd");
    ret = take(scratch, dst, m->end - m->start, why);
    if (ret == 0)
        ret = take(scratch, m->start, m->end - m->start, why);
    add_step(plan, dst, m->start, m->end - m->start);
    return ret;
}

/* Linux reads the map before it knows what memory is free, so nothing may be where it is. */
static int plan_efi(const struct boot_info *boot, struct memmap *scratch, struct guest_plan *plan,
                    const char **why)
{
    if (!boot->efi.map || !boot->efi.system_table)
        return 0;
    if (boot_info_reserve(boot, scratch))
        return fail(-ENOSPC, why, "the memory map has too many pieces");
    if (memmap_find_top(scratch, efi_map_room(&boot->efi), PAGE_SIZE, ADDRESS_LIMIT,
                        &plan->efi_map_pa))
        return fail(-ENOENT, why, "too little memory for UEFI's memory map");
    return 0;
}

static int plan_block(const char *cmdline, const struct kernel *k, struct memmap *scratch,
                      struct guest_plan *plan, const char **why)
{
    uint64_t size = strlen(cmdline) + 1;

    if (size - 1 > k->cmdline_max || PAGE_SIZE + GUEST_GDT_SIZE + size > LINUX_BLOCK_MAX)
        return fail(-EINVAL, why, "the Linux command line is too long for this kernel");
    plan->block_size = (uint32_t)(PAGE_SIZE + GUEST_GDT_SIZE + size);
    if (memmap_find_low(scratch, plan->block_size, &plan->block_pa))
        return fail(-ENOENT, why, "no room below 640 KiB for the Linux boot parameters");
    plan->gdt_pa = (uint32_t)(plan->block_pa + PAGE_SIZE);
    plan->esi = (uint32_t)plan->block_pa;
    return 0;
}

int linux_boot_plan(const struct guest_source *source, struct memmap *scratch,
                    struct guest_plan *plan, const char **why)
{
    const struct boot_info *boot = source->boot;
    struct kernel k;
    hpa_t dst, src;
    int ret;

    memset(plan, 0, sizeof(*plan));
    ret = read_header(source->kernel, source->kernel_size, &k, why);
    if (ret == 0)
        ret = place_kernel(&k, source->map, &dst, why);
    if (ret)
        return ret;

    src = boot->modules[0].start + k.setup_size;
    *scratch = *source->map;
    ret = take(scratch, dst, k.relocatable ? k.init_size : k.size, why);
    if (ret == 0 && !k.relocatable)
        ret = take(scratch, k.pref_address, k.init_size, why);
    if (ret == 0)
        ret = take(scratch, src, k.size, why);
    if (ret == 0)
        ret = plan_initrd(boot, &k, scratch, plan, why);
    if (ret == 0)
        ret = plan_block(boot->modules[0].cmdline, &k, scratch, plan, why);
    if (ret == 0)
        ret = plan_efi(boot, scratch, plan, why);
    if (ret)
        return ret;
    add_step(plan, dst, src, k.size);
    plan->entry = (uint32_t)dst;
    return 0;
}
