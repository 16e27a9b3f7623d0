/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading a Multiboot 1 kernel as GRUB would (Multiboot Specification 0.6.96). Pure.
 *
 * First the modules that lie where segments go move out of the way, the kernel file included if
 * need be. Then the segments are copied. Every new place avoids everything that is still needed.
 */
#include "core/start/mb_guest.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>

#include "core/start/elf.h"
#include "core/start/multiboot.h"

#define HEADER_SEARCH 8192U
#define HEADER_MAGIC  UINT32_C(0x1BADB002)

#define HEADER_FLAG_ADDRESSES BIT32(16)
/* Page-aligned modules, memory information, video mode. Another bit below 16 is refused. */
#define HEADER_FLAGS_KNOWN  UINT32_C(0x0007)
#define HEADER_FLAGS_NEEDED UINT32_C(0xFFFF)

#define ADDRESS_LIMIT (4 * GIB)

struct header {
    uint32_t magic;
    uint32_t flags;
    uint32_t checksum;
    uint32_t header_addr; /* the header has these five only with HEADER_FLAG_ADDRESSES */
    uint32_t load_addr;
    uint32_t load_end_addr;
    uint32_t bss_end_addr;
    uint32_t entry_addr;
};

#define HEADER_SIZE_SHORT offsetof(struct header, header_addr)

/* The fields that are filled for the guest; all others stay 0. */
enum info_flag {
    INFO_MEM = 1 << 0,
    INFO_CMDLINE = 1 << 2,
    INFO_MODS = 1 << 3,
    INFO_MMAP = 1 << 6,
    INFO_LOADER_NAME = 1 << 9,
};

struct info {
    uint32_t flags;
    uint32_t mem_lower;
    uint32_t mem_upper;
    uint32_t boot_device;
    uint32_t cmdline;
    uint32_t mods_count;
    uint32_t mods_addr;
    uint32_t syms[4];
    uint32_t mmap_length;
    uint32_t mmap_addr;
    uint32_t drives[2];
    uint32_t config_table;
    uint32_t loader_name;
    uint32_t unused[12]; /* APM, VBE and framebuffer: their flags are clear */
};

struct info_module {
    uint32_t start;
    uint32_t end;
    uint32_t string;
    uint32_t reserved;
};

struct info_range {
    uint32_t size; /* of the other fields */
    uint32_t base[2];
    uint32_t length[2];
    uint32_t type;
};

_Static_assert(offsetof(struct info, mmap_addr) == 48, "Multiboot information layout");
_Static_assert(offsetof(struct info, loader_name) == 64, "Multiboot information layout");
_Static_assert(sizeof(struct info) == 116, "Multiboot information layout");
_Static_assert(sizeof(struct info_range) == 24, "Multiboot memory map layout");

static const char loader_name[] = "Lapwing";

static int fail(int error, const char **why, const char *text)
{
    *why = text;
    return error;
}

/* Reading the kernel ------------------------------------------------------------------------ */

/* Sets *offset to the header's offset in the file. Returns false if there is no header. */
static bool find_header(const uint8_t *file, uint64_t size, struct header *h, uint32_t *offset)
{
    uint32_t end = size < HEADER_SEARCH ? (uint32_t)size : HEADER_SEARCH;

    for (uint32_t at = 0; at + HEADER_SIZE_SHORT <= end; at += 4) {
        memset(h, 0, sizeof(*h));
        memcpy(h, file + at, HEADER_SIZE_SHORT);
        if (h->magic != HEADER_MAGIC || h->magic + h->flags + h->checksum != 0)
            continue;
        if (h->flags & HEADER_FLAG_ADDRESSES) {
            if (at + sizeof(*h) > end)
                continue;
            memcpy(h, file + at, sizeof(*h));
        }
        *offset = at;
        return true;
    }
    return false;
}

bool mb_guest_is_kernel(const uint8_t *file, uint64_t size)
{
    struct header h;
    uint32_t offset;

    return find_header(file, size, &h, &offset);
}

/* Reads the header's address fields ("a.out kludge") as an image of one segment. */
static int read_addresses(const struct header *h, uint32_t offset, uint64_t file_size,
                          struct elf_image *image, const char **why)
{
    struct elf_segment *s = &image->segment[0];
    uint32_t before = h->header_addr - h->load_addr; /* file bytes loaded in front of the header */

    memset(image, 0, sizeof(*image));
    if (h->load_addr > h->header_addr || before > offset)
        return fail(-EINVAL, why, "the Multiboot header has wrong addresses");
    s->offset = offset - before;
    s->pa = h->load_addr;
    s->file_size = file_size - s->offset;
    if (h->load_end_addr) {
        if (h->load_end_addr <= h->load_addr || h->load_end_addr - h->load_addr > s->file_size)
            return fail(-EINVAL, why, "the Multiboot kernel is cut off");
        s->file_size = h->load_end_addr - h->load_addr;
    }
    s->mem_size = s->file_size;
    if (h->bss_end_addr > h->load_addr && h->bss_end_addr - h->load_addr > s->mem_size)
        s->mem_size = h->bss_end_addr - h->load_addr;
    image->count = 1;
    image->entry = h->entry_addr;
    return 0;
}

static int read_kernel(const struct guest_source *source, struct elf_image *image, const char **why)
{
    struct header h;
    uint32_t offset;

    if (!find_header(source->kernel, source->kernel_size, &h, &offset))
        return fail(-EINVAL, why, "the first module has no Multiboot header");
    if (h.flags & HEADER_FLAGS_NEEDED & ~HEADER_FLAGS_KNOWN)
        return fail(-EINVAL, why, "the Multiboot kernel needs something that is not known here");
    if (h.flags & HEADER_FLAG_ADDRESSES)
        return read_addresses(&h, offset, source->kernel_size, image, why);
    return elf_read(source->kernel, source->kernel_size, image, why);
}

/* Planning ---------------------------------------------------------------------------------- */

struct planner {
    const struct guest_source *source;
    struct memmap *scratch; /* usable: neither a source, nor a destination, nor the loader's */
    struct guest_plan *plan;
    struct elf_image image;
};

static int take(struct memmap *scratch, hpa_t base, uint64_t size, const char **why)
{
    hpa_t start = ALIGN_DOWN(base, PAGE_SIZE);

    if (memmap_reserve(scratch, start, ALIGN_UP(base + size, PAGE_SIZE) - start, MEM_RESERVED))
        return fail(-ENOSPC, why, "the memory map has too many pieces");
    return 0;
}

static int add_step(struct guest_plan *plan, struct guest_step step, const char **why)
{
    if (plan->step_count == GUEST_STEP_MAX)
        return fail(-ENOSPC, why, "the Multiboot kernel has too many segments and modules");
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
            return fail(-ENOENT, why, "the memory where the Multiboot kernel must run is not free");
        if (image->entry >= s->pa && image->entry - s->pa < s->mem_size)
            entry_found = true;
        for (unsigned j = 0; j < i; j++) {
            const struct elf_segment *t = &image->segment[j];

            if (s->pa < t->pa + t->mem_size && t->pa < s->pa + s->mem_size)
                return fail(-EINVAL, why, "the Multiboot kernel's segments overlap");
        }
    }
    if (!entry_found)
        return fail(-EINVAL, why, "the Multiboot kernel's entry point is in none of its segments");
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
        return fail(-ENOENT, why, "too little memory for the Multiboot modules");
    place->end = place->start + size;
    ret = take(p->scratch, place->start, size, why);
    return ret ? ret : add_step(p->plan, (struct guest_step){place->start, m->start, size, 0}, why);
}

static int plan_steps(struct planner *p, struct phys_range modules[], const char **why)
{
    const struct boot_info *boot = p->source->boot;
    int ret = 0;

    for (unsigned i = 0; i < p->image.count && ret == 0; i++)
        ret = take(p->scratch, p->image.segment[i].pa, p->image.segment[i].mem_size, why);
    for (unsigned i = 0; i < boot->module_count && ret == 0; i++)
        ret = place_module(p, &boot->modules[i], &modules[i], why);
    for (unsigned i = 0; i < p->image.count && ret == 0; i++) {
        const struct elf_segment *s = &p->image.segment[i];

        ret = add_step(p->plan,
                       (struct guest_step){s->pa, modules[0].start + s->offset, s->file_size,
                                           s->mem_size - s->file_size},
                       why);
    }
    return ret;
}

/* Returns the block's size: information, GDT, memory map, module list, strings. */
static uint64_t block_size(const struct guest_source *source)
{
    uint64_t size = sizeof(struct info) + GUEST_GDT_SIZE +
                    source->map->count * sizeof(struct info_range) + sizeof(loader_name);

    for (unsigned i = 0; i < source->boot->module_count; i++)
        size += sizeof(struct info_module) + strlen(source->boot->modules[i].cmdline) + 1;
    return size;
}

int mb_guest_plan(const struct guest_source *source, struct memmap *scratch,
                  struct guest_plan *plan, struct phys_range modules[BOOT_MODULE_MAX],
                  const char **why)
{
    struct planner p = {.source = source, .scratch = scratch, .plan = plan};
    uint64_t size = block_size(source);
    int ret;

    memset(plan, 0, sizeof(*plan));
    ret = read_kernel(source, &p.image, why);
    if (ret == 0)
        ret = check_segments(&p, why);
    if (ret)
        return ret;
    if (size > MB_GUEST_BLOCK_MAX)
        return fail(-ENOSPC, why, "the Multiboot modules' command lines are too long");

    *scratch = *source->map;
    if (boot_info_reserve(source->boot, scratch))
        return fail(-ENOSPC, why, "the memory map has too many pieces");
    ret = plan_steps(&p, modules, why);
    if (ret)
        return ret;
    if (memmap_find_low(scratch, size, &plan->block_pa))
        return fail(-ENOENT, why, "no room below 640 KiB for the Multiboot information");
    plan->block_size = (uint32_t)size;
    plan->gdt_pa = (uint32_t)(plan->block_pa + sizeof(struct info));
    plan->entry = (uint32_t)p.image.entry;
    plan->eax = MULTIBOOT1_LOADER_MAGIC;
    plan->ebx = (uint32_t)plan->block_pa;
    return 0;
}

/* The information --------------------------------------------------------------------------- */

/* The block being written. `at` is the offset of the next piece. */
struct writer {
    uint8_t *block;
    uint32_t pa;
    uint32_t at;
};

/* Appends a piece. Returns its address in the guest. */
static uint32_t append(struct writer *w, const void *data, size_t size)
{
    uint32_t pa = w->pa + w->at;

    memcpy(w->block + w->at, data, size);
    w->at += (uint32_t)size;
    return pa;
}

static void append_map(struct writer *w, const struct memmap *map, struct info *info)
{
    info->mmap_addr = w->pa + w->at;
    for (unsigned i = 0; i < map->count; i++) {
        const struct mem_region *r = &map->region[i];
        uint64_t end = r->base + r->size;
        struct info_range range = {
            .size = sizeof(range) - sizeof(range.size),
            .base = {(uint32_t)r->base, (uint32_t)(r->base >> 32)},
            .length = {(uint32_t)r->size, (uint32_t)(r->size >> 32)},
            .type = r->type,
        };

        append(w, &range, sizeof(range));
        if (r->type == MEM_USABLE && r->base == 0)
            info->mem_lower = (uint32_t)((end < MEMMAP_LOW_END ? end : MEMMAP_LOW_END) / KIB);
        if (r->type == MEM_USABLE && r->base <= MIB && end > MIB)
            info->mem_upper =
                (uint32_t)((end < ADDRESS_LIMIT ? end - MIB : ADDRESS_LIMIT - MIB) / KIB);
    }
    info->mmap_length = w->pa + w->at - info->mmap_addr;
}

static void append_modules(struct writer *w, const struct boot_info *boot,
                           const struct phys_range modules[], struct info *info)
{
    uint32_t list = w->at;

    info->mods_count = boot->module_count - 1;
    info->mods_addr = w->pa + list;
    w->at += info->mods_count * (uint32_t)sizeof(struct info_module);
    for (unsigned i = 1; i < boot->module_count;
         i++, list += (uint32_t)sizeof(struct info_module)) {
        const char *line = boot->modules[i].cmdline;
        struct info_module m = {
            .start = (uint32_t)modules[i].start,
            .end = (uint32_t)modules[i].end,
            .string = append(w, line, strlen(line) + 1),
        };

        memcpy(w->block + list, &m, sizeof(m));
    }
}

void mb_guest_fill(const struct guest_source *source, const struct guest_plan *plan,
                   const struct phys_range modules[BOOT_MODULE_MAX], uint8_t *block)
{
    const char *cmdline = source->boot->modules[0].cmdline;
    struct writer w = {.block = block, .pa = (uint32_t)plan->block_pa, .at = sizeof(struct info)};
    struct info info = {.flags =
                            INFO_MEM | INFO_CMDLINE | INFO_MODS | INFO_MMAP | INFO_LOADER_NAME};
    uint64_t gdt[GUEST_GDT_SIZE / 8];

    memset(block, 0, plan->block_size);
    guest_gdt_fill(gdt);
    append(&w, gdt, sizeof(gdt));
    append_map(&w, source->map, &info);
    append_modules(&w, source->boot, modules, &info);
    info.cmdline = append(&w, cmdline, strlen(cmdline) + 1);
    info.loader_name = append(&w, loader_name, sizeof(loader_name));
    memcpy(block, &info, sizeof(info));
}
