/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory through the guest's page tables; see guest_mem.h. Reads only this CPU's guest state.
 */
#include "core/guest_mem.h"

#include <lapwing/errno.h>
#include <lapwing/string.h>
#include "core/insn/gwalk.h"
#include "core/machine.h"
#include "core/virt.h"

static bool is_ram(gpa_t gpa, size_t len)
{
    for (unsigned i = 0; i < machine.map.count; i++) {
        const struct mem_region *r = &machine.map.region[i];
        if (gpa >= r->base && gpa - r->base < r->size && r->size - (gpa - r->base) >= len)
            return r->type == MEM_USABLE || r->type == MEM_ACPI || r->type == MEM_NVS;
    }
    return false;
}

static int read_ram(void *context, gpa_t gpa, void *buf, size_t len)
{
    (void)context;
    if (!is_ram(gpa, len))
        return -EFAULT;
    memcpy(buf, (const void *)gpa, len);
    return 0;
}

enum insn_mode guest_insn_mode(struct vcpu *v)
{
    const unsigned bits = virt_code_bits(v);

    return bits == 64 ? INSN_MODE_64 : bits == 32 ? INSN_MODE_32 : INSN_MODE_16;
}

static struct gwalk walk_of(struct vcpu *v)
{
    return (struct gwalk){
        .cr0 = virt_read_reg(v, VREG_CR0),
        .cr3 = virt_read_reg(v, VREG_CR3),
        .cr4 = virt_read_reg(v, VREG_CR4),
        .efer = virt_read_reg(v, VREG_EFER),
        .phys_bits = machine.phys_bits,
        .read = read_ram,
    };
}

/* In 64-bit mode only FS and GS have bases. */
uint64_t guest_linear(struct vcpu *v, enum insn_segment segment, uint64_t offset)
{
    static const enum virt_seg segs[] = {
        [INSN_ES] = VSEG_ES, [INSN_CS] = VSEG_CS, [INSN_SS] = VSEG_SS,
        [INSN_DS] = VSEG_DS, [INSN_FS] = VSEG_FS, [INSN_GS] = VSEG_GS,
    };
    const bool wide = virt_code_bits(v) == 64;

    if (wide && segment < INSN_FS)
        return offset;
    offset += virt_segment_base(v, segs[segment]);
    return wide ? offset : (uint32_t)offset;
}

size_t guest_read(struct vcpu *v, uint64_t linear, void *buf, size_t len)
{
    const struct gwalk walk = walk_of(v);
    const int got = gwalk_fetch(&walk, linear, buf, len);

    return got > 0 ? (size_t)got : 0;
}

size_t guest_fetch(struct vcpu *v, uint8_t *buf, size_t len)
{
    return guest_read(v, guest_linear(v, INSN_CS, virt_read_reg(v, VREG_RIP)), buf, len);
}

void guest_write(struct vcpu *v, uint64_t linear, const void *buf, size_t len)
{
    const uint8_t *bytes = buf;
    struct gwalk walk = walk_of(v);
    gpa_t gpa;

    if (virt_read_reg(v, VREG_CPL) == 3)
        walk.needed = GWALK_WRITE | GWALK_USER;
    else if (walk.cr0 & CR0_WP)
        walk.needed = GWALK_WRITE;
    for (size_t i = 0; i < len; i++) {
        if (gwalk_translate(&walk, linear + i, &gpa) || !is_ram(gpa, 1))
            return;
        *(uint8_t *)gpa = bytes[i];
    }
}

bool guest_stack_is_in(struct vcpu *v, gpa_t page)
{
    const struct gwalk walk = walk_of(v);
    gpa_t gpa;

    return gwalk_translate(&walk, guest_linear(v, INSN_SS, v->gpr[GPR_RSP] - 1), &gpa) == 0 &&
           (gpa & PAGE_MASK) == page;
}
