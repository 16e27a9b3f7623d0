/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Planning a Multiboot kernel as GRUB would load it (Multiboot Specification 0.6.96 and Multiboot2
 * Specification 2.0). Pure.
 *
 * First the modules that lie where segments go move out of the way, the kernel file included if
 * need be. Then the segments are copied. Every new place avoids everything that is still needed.
 */
#include "core/start/mb_guest.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/bootinfo_add.h"
#include "core/start/mb2_info.h"
#include "core/start/mb_header.h"
#include "core/start/mb_info.h"
#include "core/start/mb_kernel.h"
#include "core/start/multiboot.h"

#define ADDRESS_LIMIT (4 * GIB)

struct planner {
    const struct guest_source *source;
    struct memmap *scratch; /* usable: neither a source, nor a destination, nor the loader's */
    struct guest_plan *plan;
    struct elf_image image;
    uint32_t lowest;                            /* address of a segment */
    struct phys_range modules[BOOT_MODULE_MAX]; /* their final places */
};

static int take(struct memmap *scratch, hpa_t base, uint64_t size, const char **why)
{
    hpa_t start = ALIGN_DOWN(base, PAGE_SIZE);

    if (memmap_reserve(scratch, start, ALIGN_UP(base + size, PAGE_SIZE) - start, MEM_RESERVED))
        return boot_fail(-ENOSPC, why, "the memory map has too many pieces");
    return 0;
}

static int add_step(struct guest_plan *plan, struct guest_step step, const char **why)
{
    if (plan->step_count == GUEST_STEP_MAX)
        return boot_fail(-ENOSPC, why, "the Multiboot kernel has too many segments and modules");
    plan->step[plan->step_count++] = step;
    return 0;
}

/* Segments must go to memory that is the guest's, and must not overlap one another. */
static int check_segments(struct planner *p, const char **why)
{
    const struct elf_image *image = &p->image;
    bool entry_found = false;

    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segment[i];

        if (s->pa >= ADDRESS_LIMIT || s->mem_size > ADDRESS_LIMIT - s->pa ||
            !memmap_is_usable(p->source->map, s->pa, s->mem_size))
            return boot_fail(-ENOENT, why,
                             "the memory where the Multiboot kernel must run is not free");
        if (s->pa < p->lowest)
            p->lowest = (uint32_t)s->pa;
        if (image->entry >= s->pa && image->entry - s->pa < s->mem_size)
            entry_found = true;
        for (unsigned j = 0; j < i; j++) {
            const struct elf_segment *t = &image->segment[j];

            if (s->pa < t->pa + t->mem_size && t->pa < s->pa + s->mem_size)
                return boot_fail(-EINVAL, why, "the Multiboot kernel's segments overlap");
        }
    }
    if (!entry_found)
        return boot_fail(-EINVAL, why,
                         "the Multiboot kernel's entry point is in none of its segments");
    return 0;
}

static bool hits_segment(const struct elf_image *image, hpa_t start, hpa_t end)
{
    for (unsigned i = 0; i < image->count; i++) {
        const struct elf_segment *s = &image->segment[i];

        /* Whole pages count, because the map was carved by pages. */
        if (start < ALIGN_UP(s->pa + s->mem_size, PAGE_SIZE) && end > ALIGN_DOWN(s->pa, PAGE_SIZE))
            return true;
    }
    return false;
}

/* Finds the place of module `m`: its own place if that is good, else a new one, with a step. */
static int place_module(struct planner *p, const struct boot_module *m, struct phys_range *place,
                        const char **why)
{
    uint64_t size = m->end - m->start;
    int ret;

    *place = (struct phys_range){m->start, m->end};
    if (size == 0 || (!hits_segment(&p->image, m->start, m->end) && !(m->start & ~PAGE_MASK) &&
                      memmap_is_usable(p->source->map, m->start, size)))
        return 0;
    if (memmap_find_top(p->scratch, size, PAGE_SIZE, ADDRESS_LIMIT, &place->start))
        return boot_fail(-ENOENT, why, "too little memory for the Multiboot modules");
    place->end = place->start + size;
    ret = take(p->scratch, place->start, size, why);
    return ret ? ret : add_step(p->plan, (struct guest_step){place->start, m->start, size, 0}, why);
}

static int plan_steps(struct planner *p, const char **why)
{
    const struct boot_info *boot = p->source->boot;
    int ret = 0;

    for (unsigned i = 0; i < p->image.count && ret == 0; i++)
        ret = take(p->scratch, p->image.segment[i].pa, p->image.segment[i].mem_size, why);
    for (unsigned i = 0; i < boot->module_count && ret == 0; i++)
        ret = place_module(p, &boot->modules[i], &p->modules[i], why);
    for (unsigned i = 0; i < p->image.count && ret == 0; i++) {
        const struct elf_segment *s = &p->image.segment[i];

        ret = add_step(p->plan,
                       (struct guest_step){s->pa, p->modules[0].start + s->offset, s->file_size,
                                           s->mem_size - s->file_size},
                       why);
    }
    return ret;
}

unsigned mb_guest_version(const struct guest_source *source)
{
    struct mb_header h;
    const bool first = mb_header_find(source->kernel, source->kernel_size, 1, &h);

    if ((source->boot->multiboot2 || !first) &&
        mb_header_find(source->kernel, source->kernel_size, 2, &h))
        return 2;
    return first;
}

/* Writes the block, and tells what the kernel finds in its registers. */
static int fill_block(const struct planner *p, uint8_t *block, const char **why)
{
    struct guest_plan *plan = p->plan;
    struct mb_block b = {.bytes = block, .pa = (uint32_t)plan->block_pa};
    const bool version2 = p->source->version == 2;

    memset(block, 0, MB_GUEST_BLOCK_MAX);
    plan->gdt_pa = version2 ? b.pa : b.pa + MB1_GDT_OFFSET;
    plan->eax = version2 ? MULTIBOOT2_LOADER_MAGIC : MULTIBOOT1_LOADER_MAGIC;
    plan->ebx = version2 ? b.pa + MB2_INFO_OFFSET : b.pa;
    if (version2)
        mb2_info_fill(p->source, p->modules, p->lowest, &b);
    else
        mb_info_fill(p->source, p->modules, &b);
    if (b.full)
        return boot_fail(-ENOSPC, why, "the Multiboot modules' command lines are too long");
    return 0;
}

int mb_guest_plan(const struct guest_source *source, struct memmap *scratch,
                  struct guest_plan *plan, uint8_t *block, const char **why)
{
    struct planner p = {.source = source, .scratch = scratch, .plan = plan, .lowest = UINT32_MAX};
    int ret;

    memset(plan, 0, sizeof(*plan));
    ret = mb_kernel_read(source->kernel, source->kernel_size, source->version, &p.image, why);
    if (ret == 0)
        ret = check_segments(&p, why);
    if (ret)
        return ret;

    *scratch = *source->map;
    if (boot_info_reserve(source->boot, scratch))
        return boot_fail(-ENOSPC, why, "the memory map has too many pieces");
    ret = plan_steps(&p, why);
    if (ret)
        return ret;
    plan->block_size = MB_GUEST_BLOCK_MAX;
    if (memmap_find_low(scratch, plan->block_size, &plan->block_pa))
        return boot_fail(-ENOENT, why, "no room below 640 KiB for the Multiboot information");
    plan->entry = (uint32_t)p.image.entry;
    return fill_block(&p, block, why);
}
