/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control and debug registers. Left out are the bits that take the ground from under the payload:
 * PE, PG, PAE, LA57, and SMEP and SMAP, since all its pages are of ring 3. Breakpoints are where
 * nothing but a step goes: in the LAPIC page, in its RAM and in its code.
 *
 * QEMU's TCG takes CR0 with bits 63:32, or with NW and without CD, and its next VMRUN refuses that. It
 * then saves its own state as the guest's.
 */
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"
#include "lib/acpi.h"

#define CR0_KEPT (BIT(0) | BIT(31))
#define CR0_TCG  (GENMASK(28, 0))
#define CR3_FREE GENMASK(11, 0)
#define CR4_KEPT (BIT(5) | BIT(12) | BIT(20) | BIT(21))
#define CR4_VMXE BIT(13)

struct write {
    unsigned reg;
    uint64_t value;
};

static uint64_t read_cr(unsigned reg)
{
    uint64_t value;

    switch (reg) {
    case 0:
        __asm__ volatile("mov %%cr0, %0" : "=r"(value));
        return value;
    case 3:
        __asm__ volatile("mov %%cr3, %0" : "=r"(value));
        return value;
    case 4:
        return read_cr4();
    default:
        return read_cr8();
    }
}

static void write_cr(void *arg)
{
    const struct write *w = arg;

    switch (w->reg) {
    case 0:
        __asm__ volatile("mov %0, %%cr0" : : "r"(w->value) : "memory");
        break;
    case 3:
        __asm__ volatile("mov %0, %%cr3" : : "r"(w->value) : "memory");
        break;
    case 4:
        write_cr4(w->value);
        break;
    default:
        write_cr8(w->value);
        break;
    }
}

static uint64_t next_cr(struct random *r, unsigned reg, uint64_t old)
{
    const uint64_t value = random_value(r, old);

    switch (reg) {
    case 0:
        return (acpi_says_qemu() ? value & CR0_TCG : value) | CR0_KEPT;
    case 3:
        return (value & CR3_FREE) | (old & ~CR3_FREE);
    case 4:
        return ((value & ~CR4_KEPT) | (old & CR4_KEPT)) & ~(plan.bare ? CR4_VMXE : 0);
    default:
        return value;
    }
}

static void load_msw(void *arg)
{
    const struct write *w = arg;

    __asm__ volatile("lmsw %w0; clts" : : "r"(w->value) : "memory");
}

/* One instruction with the register as it is; then what was there comes back. */
void kind_cr(struct random *r)
{
    static const unsigned regs[] = {0, 3, 4, 8};
    const unsigned reg = RANDOM_OF(r, regs);
    struct write old = {reg, read_cr(reg)}, new = {reg, next_cr(r, reg, old.value)};
    struct fault fault;

    if (!trap_call(write_cr, &new, &fault))
        (void)cpuid(1, 0);
    if (reg == 0 && random_one_in(r, 4))
        trap_call(load_msw, &new, &fault);
    trap_call(write_cr, &old, &fault);
}

static void write_dr(void *arg)
{
    const struct write *w = arg;

    switch (w->reg) {
    case 0:
        write_dr0(w->value);
        break;
    case 1:
        __asm__ volatile("mov %0, %%dr1" : : "r"(w->value));
        break;
    case 2:
        __asm__ volatile("mov %0, %%dr2" : : "r"(w->value));
        break;
    case 3:
        __asm__ volatile("mov %0, %%dr3" : : "r"(w->value));
        break;
    case 4:
        __asm__ volatile("mov %0, %%dr4" : : "r"(w->value));
        break;
    case 5:
        __asm__ volatile("mov %0, %%dr5" : : "r"(w->value));
        break;
    case 6:
        write_dr6(w->value);
        break;
    default:
        write_dr7(w->value);
        break;
    }
}

static void run(struct random *r, const struct insn *insn, uint64_t offset)
{
    struct regs regs = {
        .rax = random_value(r, 0), .rsi = (uintptr_t)code_ram, .rdi = LAPIC_BASE + offset};
    struct code code = code_begin();

    code_add(&code, insn);
    code_run(&code, &regs);
}

void kind_dr(struct random *r)
{
    struct place p = random_one_in(r, 4) ? place_load(r) : place_store(r);
    const uint64_t places[] = {LAPIC_BASE + p.offset, (uintptr_t)code_ram,
                               (uintptr_t)code_begin().page, 0x80, random_value(r, 0)};
    struct fault fault;

    for (unsigned reg = 0; reg < 4; reg++) {
        struct write w = {reg, RANDOM_OF(r, places)};

        trap_call(write_dr, &w, &fault);
    }
    struct write odd = {4 + random_below(r, 3), random_value(r, read_dr6())};
    struct write control = {7,
                            random_one_in(r, 4) ? random_value(r, 0) : random_64(r) & UINT32_MAX};

    trap_call(write_dr, &odd, &fault);
    trap_call(write_dr, &control, &fault);
    run(r, p.insn, p.offset);
    p = place_load(r);
    run(r, p.insn, p.offset);
}
