/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot CPU's way from GRUB to the guest, as a list of steps. Before relocation only the boot
 * loader's memory is looked at; afterwards everything Lapwing owns is one range.
 */
#include <lapwing/string.h>
#include "apic/apic.h"
#include "apic/apic_regs.h"
#include "boot/relocate.h"
#include "core/start/acpi.h"
#include "core/start/ap.h"
#include "core/host/delay.h"
#include "core/exit.h"
#include "core/start/guest.h"
#include "core/host/heap.h"
#include "core/host/idt.h"
#include "apic/physical/lapic.h"
#include "core/host/log.h"
#include "core/machine.h"
#include "core/start/multiboot.h"
#include "core/memory/slat.h"
#include "core/report.h"
#include "core/start/options.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"
#include "smp/host_event.h"
#include "config.h"
#include "version.h"

#define CPUS_MAX     512
#define BELOW_4G     (4 * GIB)
#define MB2_INFO_MAX MIB
#define CPUID_EDX_1G BIT32(26)

void boot_main(uint32_t magic, uint32_t info);

static struct boot_info boot;
static struct acpi_cpu cpus[CPUS_MAX];
static struct acpi acpi;
static unsigned cpu_count;

static const void *map_below_4g(void *ctx, hpa_t pa, size_t size)
{
    (void)ctx;
    return pa && pa < BELOW_4G && size <= BELOW_4G - pa ? (const void *)pa : NULL;
}

static const struct phys_reader phys = {.map = map_below_4g};

static void parse_boot_info(uint32_t magic, uint32_t info)
{
    const char *why = "";
    int err;

    if (magic == MULTIBOOT2_LOADER_MAGIC)
        err = multiboot2_parse((const void *)(uintptr_t)info, MB2_INFO_MAX, &boot, &why);
    else if (magic == MULTIBOOT1_LOADER_MAGIC)
        err = multiboot1_parse(info, &phys, &boot, &why);
    else
        refuse("the boot loader left no Multiboot magic (EAX %x): load Lapwing with GRUB's "
               "multiboot2 command",
               magic);
    if (err)
        refuse("the boot loader's information cannot be used: %s", why);
}

static void parse_options(void)
{
    static struct options options;
    struct options *o = &options;
    unsigned targets = 0;

    options_parse(boot.cmdline, o);
    targets |= o->log & OPTION_LOG_COM1 ? LOG_TO_COM1 : 0;
    targets |= o->log & OPTION_LOG_E9 ? LOG_TO_E9 : 0;
    log_config(targets, (enum log_level)o->loglevel);
    for (unsigned i = 0; i < o->unknown_count && i < OPTIONS_UNKNOWN_MAX; i++)
        log_warn("unknown option '%s' ignored; known are: %s", o->unknown[i], OPTIONS_KNOWN);
}

/* The boot CPU becomes number 0, whatever its APIC ID and its place in the MADT. */
static void find_cpus(void)
{
    struct acpi_cpus found;
    const char *why = "";
    uint32_t me = lapic_boot_id();
    uint64_t apic = rdmsr(APIC_MSR_BASE);
    unsigned at;

    if (!(apic & APIC_BASE_EN) || (apic & GENMASK(51, 12)) != APIC_BASE_PA)
        refuse("the firmware left the boot CPU's local APIC off or in another place "
               "(IA32_APIC_BASE %lx): Lapwing needs it at FEE00000",
               apic);
    if (acpi_open(&acpi, &phys, boot.rsdp_copy, boot.rsdp_size, &why) ||
        acpi_find_cpus(&acpi, cpus, CPUS_MAX, &found, &why))
        refuse("the CPUs cannot be found: %s", why);
    cpu_count = 0;
    for (unsigned i = 0; i < found.count; i++) {
        if (cpus[i].enabled)
            cpus[cpu_count++] = cpus[i];
        else
            log_info("APIC ID %u can only be hot-added: left out", cpus[i].apic_id);
    }
    if (found.disabled)
        log_info("%u CPUs are listed as disabled: left out", found.disabled);
    if (found.excess)
        log_warn("%u CPUs more than the %u that are supported: left out", found.excess, CPUS_MAX);
    for (at = 0; at < cpu_count && cpus[at].apic_id != me; at++)
        ;
    if (at == cpu_count)
        refuse("the boot CPU (APIC ID %u) is not in the firmware's list of CPUs", me);
    cpus[at] = cpus[0];
    cpus[0].apic_id = me;
}

static bool host_has_1g(void)
{
    return cpuid(0x80000001, 0).edx & CPUID_EDX_1G;
}

/* Tables reach 512 GiB where that is free of charge, else as far as there is memory. */
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

#define VCPU_PAGES  ((unsigned)((sizeof(struct vcpu) + PAGE_SIZE - 1) / PAGE_SIZE))
#define STACK_PAGES ((unsigned)(CPU_STACK_SIZE / PAGE_SIZE))

/* A multiple of the stack's alignment, so that none is lost between two CPUs. */
static unsigned pages_per_cpu(void)
{
    return ALIGN_UP(STACK_PAGES + VCPU_PAGES + virt_pages_per_cpu + apic_pages_per_cpu() +
                        SLAT_WINDOW_PAGES,
                    STACK_PAGES);
}

static unsigned cpu_table_pages(void)
{
    return (unsigned)((cpu_count * sizeof(struct vcpu *) + PAGE_SIZE - 1) / PAGE_SIZE);
}

/* What is usable and not in the boot loader's use, for now. */
static const struct memmap *free_now(void)
{
    static struct memmap map;

    map = machine.map;
    if (memmap_reserve_boot_data(&map, &boot))
        refuse("the memory map has too many pieces");
    return &map;
}

/* Everything behind the image but the tables' pool. */
static uint64_t heap_bytes(void)
{
    uint64_t pages = virt_pages_shared + cpu_table_pages() + (uint64_t)cpu_count * pages_per_cpu();

    return CPU_STACK_SIZE + pages * PAGE_SIZE;
}

static unsigned pool_pages(void)
{
    unsigned pages = slat_pages_shared(host_top(), host_has_1g()) +
                     slat_pages_shared(slat_top(), virt_slat_has_1g()) +
                     slat_pages_memtypes(slat_top()) + cpu_count * SLAT_PAGES_PER_CPU;

    return pages + slat_pages_hole(relocate_image_size() + heap_bytes() + pages * PAGE_SIZE);
}

static void choose_place(void)
{
    machine.own_size = relocate_image_size() + heap_bytes() + pool_pages() * PAGE_SIZE;
    if (memmap_find_top(free_now(), machine.own_size, PAGE_SIZE, BELOW_4G, &machine.own_base))
        refuse("too little memory: Lapwing needs %lu KiB in one piece below 4 GiB that GRUB's "
               "modules leave free",
               machine.own_size / KIB);
    if (memmap_reserve(&machine.map, machine.own_base, machine.own_size, MEM_RESERVED))
        refuse("the memory map has too many pieces");
}

static struct vcpu *new_vcpu(cpu_id_t index)
{
    void *stack = heap_alloc(STACK_PAGES, CPU_STACK_SIZE);
    struct vcpu *v = heap_alloc(VCPU_PAGES, PAGE_SIZE);

    v->index = index;
    v->apic_id = cpus[index].apic_id;
    v->stack = (uint64_t)stack;
    *(struct vcpu **)(v->stack + CPU_STACK_SIZE - sizeof(void *)) = v;
    v->smp.is_bsp = index == 0;
    v->virt = heap_alloc(virt_pages_per_cpu, PAGE_SIZE);
    v->apic = heap_alloc(apic_pages_per_cpu(), PAGE_SIZE);
    slat_cpu_init(v);
    virt_vcpu_init(v);
    return v;
}

static void build_host_tables(void)
{
    uint64_t top = host_top();
    unsigned pages = pool_pages();
    uint64_t *base = heap_alloc(pages, PAGE_SIZE);

    machine.pool = (struct pt_pool){.base = base, .pa = (hpa_t)base, .pages = pages};
    if (pt_init(&machine.host_pt, PT_HOST, host_has_1g(), &machine.pool) ||
        pt_map(&machine.host_pt, 0, 0, top, PT_RWX, PT_WB))
        panic("no pages for Lapwing's own tables");
    write_cr3(pt_root_pa(&machine.host_pt));
}

/* On the boot CPU's own stack. */
static void take_over(void)
{
    hpa_t trampoline;
    struct vcpu *bsp = machine.cpus[0];

    delay_calibrate();
    cpu_take_over(bsp);
    if (cpu_count > 1) {
        if (memmap_find_low(free_now(), PAGE_SIZE, &trampoline))
            refuse("no free page below 640 KiB to start the other CPUs from");
        ap_start_all(trampoline);
    }
    log_info("%u CPUs under control", machine.cpu_count);
    guest_load(bsp, &boot, acpi.rsdp);
    vcpu_loop(bsp);
}

static void relocated(void)
{
    const char *missing = "";

    log_info("relocated to 0x%lx (%lu KiB); gdb: add-symbol-file lapwing.elf -o 0x%lx",
             machine.own_base, machine.own_size / KIB, relocate_offset());
    heap_init(machine.own_base + relocate_image_size(), machine.own_base + machine.own_size);
    panic_set_report(report_vcpu);
    idt_init(&(struct host_handlers){.nmi = smp_host_nmi, .init = smp_host_init});
    idt_load();
    build_host_tables();
    slat_init(slat_top(), virt_slat_has_1g());
    virt_init(heap_alloc(virt_pages_shared, PAGE_SIZE));
    machine.cpus = heap_alloc(cpu_table_pages(), PAGE_SIZE);
    for (cpu_id_t i = 0; i < cpu_count; i++)
        machine.cpus[i] = new_vcpu(i);
    machine.cpu_count = cpu_count;
    if (apic_probe(&missing))
        refuse("%s", missing);
    relocate_jump(take_over, vcpu_stack_top(machine.cpus[0]));
}

void boot_main(uint32_t magic, uint32_t info)
{
    const char *missing = "";

    parse_boot_info(magic, info);
    parse_options();
    log_info("Lapwing " LAPWING_VERSION ": strategy %s, method %s, vendor %s", apic_strategy_name,
             CONFIG_XAPIC_METHOD_NAME[0] ? CONFIG_XAPIC_METHOD_NAME : "none", virt_name);
    if (virt_probe(&missing))
        refuse("%s", missing);
    if (boot.module_count == 0)
        refuse("no guest: pass a Linux kernel or a Multiboot kernel with GRUB's module2");
    machine.phys_bits =
        cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xFF : 36;
    if (memmap_init(&machine.map, &boot))
        refuse("the memory map has too many pieces");
    find_cpus();
    choose_place();
    relocate_to(machine.own_base, relocated);
}
