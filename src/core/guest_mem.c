/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guest memory through the guest's page tables; see guest_mem.h. State: v->walks, its own CPU only.
 */
#include "core/guest_mem.h"

#include <stdatomic.h>
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

static struct gwalk walk_of(struct vcpu *v, uint64_t cr0, uint64_t efer)
{
    return (struct gwalk){
        .cr0 = cr0,
        .cr3 = virt_read_reg(v, VREG_CR3),
        .cr4 = virt_read_reg(v, VREG_CR4),
        .efer = efer,
        .phys_bits = machine.phys_bits,
        .read = read_ram,
    };
}

static const enum virt_seg segs[] = {
    [INSN_ES] = VSEG_ES, [INSN_CS] = VSEG_CS, [INSN_SS] = VSEG_SS,
    [INSN_DS] = VSEG_DS, [INSN_FS] = VSEG_FS, [INSN_GS] = VSEG_GS,
};

/* A walk for an access that has succeeded. In 64-bit code CR0 and EFER need not be asked for. */
static struct gwalk walk_for_success(struct vcpu *v)
{
    if (virt_code_bits(v) == 64)
        return walk_of(v, CR0_PG, EFER_LMA | EFER_NXE);
    return walk_of(v, virt_read_reg(v, VREG_CR0), virt_read_reg(v, VREG_EFER));
}

/* In 64-bit mode only FS and GS have bases. */
uint64_t guest_linear(struct vcpu *v, enum insn_segment segment, uint64_t offset)
{
    const bool wide = virt_code_bits(v) == 64;

    if (wide && segment < INSN_FS)
        return offset;
    offset += virt_segment_base(v, segs[segment]);
    return wide ? offset : (uint32_t)offset;
}

static bool still_holds(const struct guest_walk *w, const struct gwalk *now, uint64_t page)
{
    if (w->count == 0 || w->page != page || w->cr3 != now->cr3 || w->cr0 != now->cr0 ||
        w->cr4 != now->cr4 || w->efer != now->efer)
        return false;
    for (unsigned i = 0; i < w->count; i++) {
        if (*w->entry[i].at != w->entry[i].value)
            return false;
    }
    return true;
}

/* Reads an entry for a walk, by one load as a CPU does, and remembers it. */
static int read_entry(void *context, gpa_t gpa, void *buf, size_t len)
{
    struct guest_walk *w = context;
    const volatile uint64_t *at = (const volatile uint64_t *)(gpa & ~UINT64_C(7));
    uint64_t value;

    if (!is_ram((gpa_t)at, sizeof(*at)))
        return -EFAULT;
    value = *at;
    w->entry[w->count].at = at;
    w->entry[w->count++].value = value;
    value >>= gpa % sizeof(*at) * 8;
    memcpy(buf, &value, len);
    return 0;
}

/* Walks anew. Returns false if the page is not RAM, or there is no paging. */
static bool remember(struct guest_walk *w, const struct gwalk *now, uint64_t page)
{
    struct gwalk walk = *now;

    *w = (struct guest_walk){
        .cr0 = now->cr0, .cr3 = now->cr3, .cr4 = now->cr4, .efer = now->efer, .page = page};
    walk.read = read_entry;
    walk.context = w;
    if (gwalk_translate(&walk, page, &w->gpa) || !is_ram(w->gpa, PAGE_SIZE))
        w->count = 0;
    return w->count > 0;
}

size_t guest_fetch(struct vcpu *v, uint8_t *buf, size_t len)
{
    const struct gwalk walk = walk_for_success(v);
    const uint64_t linear = guest_linear(v, INSN_CS, virt_read_reg(v, VREG_RIP));
    const uint64_t page = linear & PAGE_MASK;
    struct guest_walk *w = &v->walks[walk.cr3 / PAGE_SIZE % GUEST_WALKS];
    int got;

    if (linear - page + len <= PAGE_SIZE &&
        (still_holds(w, &walk, page) || remember(w, &walk, page))) {
        memcpy(buf, (const void *)(w->gpa + (linear - page)), len);
        return len;
    }
    got = gwalk_fetch(&walk, linear, buf, len);
    return got > 0 ? (size_t)got : 0;
}

/* As the CPU sets an accessed or dirty bit: only if the entry is as the walk has found it. */
static int mark_ram(void *context, gpa_t gpa, uint8_t low, uint8_t bits)
{
    (void)context;
    return atomic_compare_exchange_strong((_Atomic uint8_t *)gpa, &low, low | bits) ? 0 : -EAGAIN;
}

int guest_translate(struct vcpu *v, uint64_t linear, bool write, gpa_t *gpa)
{
    struct gwalk walk = walk_of(v, virt_read_reg(v, VREG_CR0), virt_read_reg(v, VREG_EFER));

    walk.mark = mark_ram;
    walk.access = (write ? GWALK_WRITE : 0) | (virt_read_reg(v, VREG_CPL) == 3 ? GWALK_USER : 0);
    walk.ac = virt_read_reg(v, VREG_RFLAGS) & RFLAGS_AC;
    return gwalk_translate(&walk, linear, gpa);
}

uint8_t *guest_ram(gpa_t gpa)
{
    return is_ram(gpa, 1) ? (uint8_t *)gpa : NULL;
}

/* Are `size` bytes from `offset` on within the limit? An expand-down segment has what is above. */
static bool in_limit(const struct virt_segment *s, uint64_t offset, unsigned size)
{
    const uint64_t last = offset + size - 1;

    if (s->type & VSEG_CODE || !(s->type & VSEG_EXPAND_DOWN))
        return last <= s->limit;
    return offset > s->limit && last <= (s->big ? UINT32_MAX : UINT16_MAX);
}

bool guest_segment_allows(struct vcpu *v, enum insn_segment segment, uint64_t offset, unsigned size,
                          bool write)
{
    const struct virt_segment s = virt_segment(v, segs[segment]);

    if (virt_code_bits(v) == 64)
        return true;
    if (!(virt_read_reg(v, VREG_CR0) & CR0_PE) || (virt_read_reg(v, VREG_RFLAGS) & RFLAGS_VM))
        return offset + size - 1 <= s.limit;
    if (!s.usable || (write ? (s.type & (VSEG_CODE | VSEG_WRITABLE)) != VSEG_WRITABLE
                            : (s.type & (VSEG_CODE | VSEG_READABLE)) == VSEG_CODE))
        return false;
    return in_limit(&s, offset, size);
}

bool guest_stack_is_in(struct vcpu *v, gpa_t page)
{
    const struct gwalk walk = walk_for_success(v);
    gpa_t gpa;

    return gwalk_translate(&walk, guest_linear(v, INSN_SS, v->gpr[GPR_RSP] - 1), &gpa) == 0 &&
           (gpa & PAGE_MASK) == page;
}
