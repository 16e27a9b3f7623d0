/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot CPU's way from GRUB to the guest, as a list of steps. Before relocation nothing but the
 * boot loader's memory and the firmware's tables is read. After it all that Lapwing owns is one
 * range. Boot CPU only.
 */
#include "apic/apic.h"
#include "boot/relocate.h"
#include "core/cmos.h"
#include "core/exit.h"
#include "core/host/delay.h"
#include "core/host/exception.h"
#include "core/host/idt.h"
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "core/machine.h"
#include "core/report.h"
#include "core/soft_reset.h"
#include "core/start/acpi.h"
#include "core/start/ap.h"
#include "core/start/bios_map.h"
#include "core/start/cmos_map.h"
#include "core/start/cpus.h"
#include "core/start/efi_app.h"
#include "core/start/guest.h"
#include "core/start/multiboot.h"
#include "core/start/options.h"
#include "core/start/own_memory.h"
#include "core/start/suspend.h"
#include "core/start/trampoline.h"
#include "core/virt.h"
#include "smp/host_event.h"
#include "config.h"
#include "version.h"

#define BELOW_4G     (4 * GIB)
#define MB2_INFO_MAX MIB

void boot_main(uint32_t magic, uint32_t info);

static struct boot_info boot;
static struct cpus cpus;
static struct acpi acpi;

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
    else if (magic == EFI_APP_MAGIC)
        err = efi_app_info(&boot, &why);
    else
        refuse("the boot loader left no Multiboot magic (EAX %x): load Lapwing with GRUB's "
               "multiboot2 command",
               magic);
    if (err)
        refuse("the boot loader's information cannot be used: %s", why);
}

static struct options options;

static void parse_options(void)
{
    struct options *o = &options;
    unsigned targets = 0;

    options_parse(boot.cmdline, o);
    trace_kinds = o->trace;
    targets |= o->log & OPTION_LOG_COM1 ? LOG_TO_COM1 : 0;
    targets |= o->log & OPTION_LOG_E9 ? LOG_TO_E9 : 0;
    log_config(targets, (enum log_level)o->loglevel);
    for (unsigned i = 0; i < o->unknown_count && i < OPTIONS_UNKNOWN_MAX; i++)
        log_warn("unknown option '%s' ignored; known are: %s", o->unknown[i], OPTIONS_KNOWN);
}

/*
 * With port CF9H exits every aligned dword at CF8H, the address of PCI configuration. On a machine
 * with PCI Express (table MCFG) what CF9H does to the CPUs is an INIT, which they report, or a reset
 * of the whole machine.
 */
static void trap_reset_control(void)
{
    static const struct port_trap row = {.first = RESET_CONTROL_PORT,
                                         .last = RESET_CONTROL_PORT,
                                         .write = reset_control_write,
                                         .not_by_dword = true};
    uint32_t size;

    if (!acpi_find_table(&acpi, "MCFG", &size))
        port_trap_add(&row);
}

/* What the BIOS and its CMOS RAM tell of memory. Returns the hook's page, or 0. */
static hpa_t hide_from_bios(void)
{
    if (boot.is_efi)
        return 0;
    cmos_map_install();
    return bios_map_install(&boot);
}

/* Runs on the boot CPU's own stack. */
static void take_over(void)
{
    struct vcpu *bsp = machine.cpus[0];
    hpa_t low_page = own_memory_low_page(&boot), bios_page;

    cpu_take_over(bsp);
    ap_init_others(); /* which takes 10 ms: the line and the measurement are within them */
    log_info("relocated to 0x%lx (%lu KiB); gdb: add-symbol-file lapwing.elf -o 0x%lx",
             machine.own_base, machine.own_size / KIB, relocate_offset());
    delay_calibrate();
    trampoline_place(low_page);
    ap_start_all(low_page);
    trampoline_remove(low_page);
    cmos_init();
    trap_reset_control();
    bios_page = hide_from_bios();
    suspend_init(&acpi, own_memory_low_page(&boot), !options.no_suspend); /* not the BIOS's page */
    log_info("%u CPUs under control", machine.cpu_count);
    if (boot.is_app)
        efi_app_enter(bsp);
    else
        guest_load(bsp, &boot, acpi.rsdp, &options, bios_page);
    vcpu_loop(bsp);
}

static void relocated(void)
{
    acpi.mem = &phys; /* here; it was the one of the image as loaded, which becomes the guest's */
    panic_set_report(report_vcpu);
    exception_set_handlers(&(struct host_handlers){.nmi = smp_host_nmi, .init = smp_host_init});
    idt_init();
    idt_load();
    own_memory_build(&cpus);
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
    machine.phys_bits =
        cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xFF : 36;
    if (memmap_init(&machine.map, boot.mem, boot.mem_count))
        refuse("the memory map has too many pieces");
    cpus_find(&boot, &phys, &acpi, &cpus);
    if (apic_probe(&missing))
        refuse("%s", missing);
    own_memory_reserve(&boot, &cpus);
    refuse_set_leave(NULL);
    if (boot.is_app)
        efi_app_leave();
    relocate_to(machine.own_base, relocated);
}
