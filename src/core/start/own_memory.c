/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory Lapwing takes, where, and what for; see own_memory.h. State: struct machine. Boot
 * CPU only.
 */
#include "core/start/own_memory.h"

#include "apic/apic.h"
#include "boot/relocate.h"
#include "core/host/heap.h"
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "core/machine.h"
#include "core/ports.h"
#include "core/slat.h"
#include "core/start/efi_app.h"
#include "core/virt.h"

#define BELOW_4G     (4 * GIB)
#define CPUID_EDX_1G BIT32(26)

static bool host_has_1g(void)
{
    return cpuid(0x80000001, 0).edx & CPUID_EDX_1G;
}

/*
 * Returns where the second-level tables end: at 512 GiB if that costs no tables, else with the RAM.
 */
static uint64_t slat_top(void)
{
    uint64_t ram = memmap_top(&machine.map), all = UINT64_C(1) << machine.phys_bits;

    if (ram < BELOW_4G)
        ram = BELOW_4G;
    if (!virt_slat_has_1g())
        return ram;
    if (all > 512 * GIB)
        all = 512 * GIB;
    return all > ram ? all : ram;
}

static uint64_t host_top(void)
{
    uint64_t ram = memmap_top(&machine.map);

    return ALIGN_UP(ram > BELOW_4G ? ram : BELOW_4G, GIB);
}

#define STACK_PAGES ((unsigned)(CPU_STACK_SIZE / PAGE_SIZE))

/* Where a struct vcpu is behind the vendor's part, of which the last page is nearly empty. */
static unsigned vcpu_offset(void)
{
    return (unsigned)ALIGN_UP(virt_bytes_per_cpu, _Alignof(struct vcpu));
}

static unsigned vcpu_pages(void)
{
    return (unsigned)((vcpu_offset() + sizeof(struct vcpu) + PAGE_SIZE - 1) / PAGE_SIZE);
}

static unsigned pages_per_cpu(void)
{
    return STACK_PAGES + vcpu_pages() + apic_pages_per_cpu() + SLAT_WINDOW_PAGES + SLAT_SINK_PAGES;
}

static unsigned cpu_table_pages(unsigned cpu_count)
{
    return (unsigned)((cpu_count * sizeof(struct vcpu *) + PAGE_SIZE - 1) / PAGE_SIZE);
}

/* Returns a map of what is usable and not in use by the boot loader now. */
static const struct memmap *free_now(const struct boot_info *boot)
{
    static struct memmap map;

    map = machine.map;
    if (boot_info_reserve(boot, &map))
        refuse("the memory map has too many pieces");
    return &map;
}

/* Returns the bytes of everything behind the image but the tables' pool. */
static uint64_t heap_bytes(unsigned cpu_count)
{
    uint64_t pages =
        virt_pages_shared + cpu_table_pages(cpu_count) + (uint64_t)cpu_count * pages_per_cpu();

    return PAGE_SIZE + pages * PAGE_SIZE; /* one is lost if it is odd where the stacks begin */
}

static unsigned pool_pages(unsigned cpu_count)
{
    unsigned pages = slat_pages_shared(host_top(), host_has_1g()) +
                     slat_pages_shared(slat_top(), virt_slat_has_1g()) +
                     slat_pages_memtypes(slat_top()) + cpu_count * SLAT_PAGES_PER_CPU;

    return pages +
           slat_pages_hole(relocate_image_size() + heap_bytes(cpu_count) + pages * PAGE_SIZE);
}

void own_memory_reserve(const struct boot_info *boot, const struct cpus *cpus)
{
    machine.own_size = relocate_image_size() + heap_bytes(cpus->count) +
                       (uint64_t)pool_pages(cpus->count) * PAGE_SIZE;
    if (boot->is_app)
        machine.own_base = efi_app_take(machine.own_size);
    else if (memmap_find_top(free_now(boot), machine.own_size, PAGE_SIZE, BELOW_4G,
                             &machine.own_base))
        machine.own_base = 0;
    if (!machine.own_base)
        refuse("too little memory: Lapwing needs %lu KiB in one piece below 4 GiB that GRUB's "
               "modules leave free",
               machine.own_size / KIB);
    if (memmap_reserve(&machine.map, machine.own_base, machine.own_size, MEM_RESERVED))
        refuse("the memory map has too many pieces");
}

static struct vcpu *new_vcpu(cpu_id_t index, uint32_t apic_id, uint8_t *stack)
{
    uint8_t *pages = heap_alloc(vcpu_pages(), PAGE_SIZE);
    struct vcpu *v = (struct vcpu *)(pages + vcpu_offset());

    v->index = index;
    v->apic_id = apic_id;
    v->stack = (uint64_t)stack;
    *(struct vcpu **)(v->stack + CPU_STACK_SIZE - sizeof(void *)) = v;
    v->smp.is_bsp = index == 0;
    v->virt = (struct virt_vcpu *)pages;
    v->apic = heap_alloc(apic_pages_per_cpu(), PAGE_SIZE);
    trace_init(&v->trace, index);
    slat_cpu_init(v);
    virt_vcpu_init(v);
    return v;
}

static void build_host_tables(unsigned cpu_count)
{
    uint64_t top = host_top();
    unsigned pages = pool_pages(cpu_count);
    uint64_t *base = heap_alloc(pages, PAGE_SIZE);

    machine.pool = (struct pt_pool){.base = base, .pa = (hpa_t)base, .pages = pages};
    if (pt_init(&machine.host_pt, PT_HOST, host_has_1g(), &machine.pool) ||
        pt_map(&machine.host_pt, 0, 0, top, PT_RWX, PT_WB))
        panic("no pages for Lapwing's own tables");
    write_cr3(pt_root_pa(&machine.host_pt));
}

void own_memory_build(const struct cpus *cpus)
{
    uint8_t *stacks;

    heap_init(machine.own_base + relocate_image_size(), machine.own_base + machine.own_size);
    stacks = heap_alloc(cpus->count * STACK_PAGES, CPU_STACK_SIZE);
    build_host_tables(cpus->count);
    slat_init(slat_top(), virt_slat_has_1g());
    virt_init(heap_alloc(virt_pages_shared, PAGE_SIZE));
    port_traps_apply();
    machine.cpus = heap_alloc(cpu_table_pages(cpus->count), PAGE_SIZE);
    for (cpu_id_t i = 0; i < cpus->count; i++)
        machine.cpus[i] = new_vcpu(i, cpus->apic_ids[i], stacks + i * CPU_STACK_SIZE);
    machine.cpu_count = cpus->count;
}

hpa_t own_memory_low_page(const struct boot_info *boot)
{
    hpa_t page = boot->low_page;

    if (!page && memmap_find_low(free_now(boot), PAGE_SIZE, &page))
        refuse("no free page below 640 KiB to start the other CPUs from");
    return page;
}
