/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries out the plan of linux_boot.c or mb_guest.c; guest_plan.h lists its steps. Boot CPU only.
 */
#include "core/start/guest.h"

#include <lapwing/string.h>
#include "core/start/chain.h"
#include "core/start/efi_map.h"
#include "core/start/linux_boot.h"
#include "core/host/log.h"
#include "core/machine.h"
#include "core/start/mb_guest.h"
#include "core/virt.h"

#define BLOCK_MAX (LINUX_BLOCK_MAX > MB_GUEST_BLOCK_MAX ? LINUX_BLOCK_MAX : MB_GUEST_BLOCK_MAX)

static uint8_t block[BLOCK_MAX];
static struct memmap scratch;
static struct guest_plan plan;

static void plan_linux(const struct guest_source *source, hpa_t rsdp)
{
    const char *why = "";

    if (linux_boot_plan(source, &scratch, &plan, &why))
        refuse("the Linux kernel cannot be started: %s", why);
    if (plan.efi_map_pa)
        plan.efi_map_size = efi_map_copy(&source->boot->efi, source->own, plan.efi_map_pa,
                                         (uint8_t *)plan.efi_map_pa);
    if (linux_boot_fill(source, &plan, rsdp, block, &why))
        refuse("the Linux kernel cannot be started: %s", why);
}

static void plan_multiboot(const struct guest_source *source)
{
    const char *why = "";

    if (mb_guest_plan(source, &scratch, &plan, block, &why))
        refuse("the Multiboot kernel cannot be started: %s", why);
}

static bool is_chained(const struct boot_info *boot, const struct options *options)
{
    const struct boot_module *m = &boot->modules[0];

    return options->chain || boot->module_count == 0 ||
           chain_is_boot_sector((const uint8_t *)m->start, m->end - m->start);
}

void guest_load(struct vcpu *v, const struct boot_info *boot, hpa_t rsdp,
                const struct options *options, hpa_t bios_page)
{
    const struct boot_module *m = &boot->modules[0];
    struct guest_source source = {
        .boot = boot,
        .map = &machine.map,
        .kernel = (const uint8_t *)m->start,
        .kernel_size = m->end - m->start,
        .own = {machine.own_base, machine.own_base + machine.own_size},
    };
    const char *kind;

    if (is_chained(boot, options)) {
        chain_load(v, boot, options, bios_page);
        return;
    }
    if (linux_is_bzimage(source.kernel, source.kernel_size)) {
        kind = "Linux";
        plan_linux(&source, rsdp);
    } else if ((source.version = mb_guest_version(&source)) != 0) {
        kind = source.version == 2 ? "Multiboot 2 kernel" : "Multiboot kernel";
        plan_multiboot(&source);
    } else {
        refuse("the first module is no Linux bzImage, no Multiboot kernel and no boot sector: pass "
               "one of these with GRUB's module2");
    }
    log_info("starting the guest: %s, entry %x, command line: %s", kind, plan.entry, m->cmdline);

    /* The steps overwrite the boot loader's data, which nobody may read from here on. */
    for (unsigned i = 0; i < plan.step_count; i++) {
        const struct guest_step *s = &plan.step[i];
        memmove((void *)s->dst, (const void *)s->src, s->size);
        memset((void *)(s->dst + s->size), 0, s->zero);
    }
    memcpy((void *)plan.block_pa, block, plan.block_size);

    const struct virt_flat32 state = {
        .entry = plan.entry,
        .gdt_base = plan.gdt_pa,
        .gdt_limit = GUEST_GDT_SIZE - 1,
        .cs = GUEST_CS,
        .ds = GUEST_DS,
    };
    virt_vcpu_boot_flat32(v, &state);
    v->gpr[GPR_RAX] = plan.eax;
    v->gpr[GPR_RBX] = plan.ebx;
    v->gpr[GPR_RSI] = plan.esi;
}
