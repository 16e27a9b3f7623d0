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
    return (enum insn_mode)virt_code_bits(v);
}

static const enum virt_seg segs[] = {
    [INSN_ES] = VSEG_ES, [INSN_CS] = VSEG_CS, [INSN_SS] = VSEG_SS,
    [INSN_DS] = VSEG_DS, [INSN_FS] = VSEG_FS, [INSN_GS] = VSEG_GS,
};

/* A walk for an access that has succeeded. Out of line: it is long, and no frequent exit walks. */
static __attribute__((noinline)) struct gwalk walk_for_success(const struct virt_code *c)
{
    return (struct gwalk){
        .cr0 = c->paging & CR0_PG,
        .cr3 = c->cr3,
        .cr4 = c->cr4,
        .efer = c->paging & (EFER_LMA | EFER_NXE),
        .phys_bits = machine.phys_bits,
        .read = read_ram,
    };
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

static inline bool entry_holds(const struct guest_walk *w, unsigned i)
{
    return *w->entry[i].at == w->entry[i].value;
}

/* Are all bytes on one page, the one after the longest instruction too? */
static bool is_within_page(uint64_t linear)
{
    return linear % PAGE_SIZE <= PAGE_SIZE - sizeof(struct insn_bytes);
}

static inline __attribute__((always_inline)) bool
is_same(const struct guest_walk *w, const struct virt_code *c, uint64_t linear)
{
    return linear - w->page <= PAGE_SIZE - sizeof(struct insn_bytes) && w->cr3 == c->cr3 &&
           w->cr4 == c->cr4 && w->paging == c->paging && w->count > 0;
}

static bool still_holds(const struct guest_walk *w, const struct virt_code *c, uint64_t linear)
{
    unsigned i = 0;

    if (!is_same(w, c, linear))
        return false;
    while (i < w->count && entry_holds(w, i))
        i++;
    return i == w->count;
}

/* The same in fewer instructions; most code is in large pages, which have three entries. */
static inline __attribute__((always_inline)) bool
still_holds_fast(const struct guest_walk *w, const struct virt_code *c, uint64_t linear)
{
    return is_same(w, c, linear) && entry_holds(w, 0) && entry_holds(w, 1) && entry_holds(w, 2) &&
           (w->count <= 3 || (entry_holds(w, 3) && entry_holds(w, 4)));
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
static bool remember(struct guest_walk *w, const struct virt_code *c, uint64_t page,
                     struct gwalk *walk)
{
    int err;

    *w = (struct guest_walk){.page = page, .cr3 = c->cr3, .cr4 = c->cr4, .paging = c->paging};
    walk->read = read_entry;
    walk->context = w;
    err = gwalk_translate(walk, page, &w->gpa);
    walk->read = read_ram;
    if (err || !is_ram(w->gpa, PAGE_SIZE))
        w->count = 0;
    for (unsigned i = w->count; i < GUEST_WALK_ENTRIES; i++)
        w->entry[i].at = &w->entry[i].value; /* which holds for ever */
    return w->count > 0;
}

/* Bytes that other CPUs may change meanwhile are read once. */
static uint64_t read_word(gpa_t gpa)
{
    typedef uint64_t __attribute__((aligned(1))) unaligned;

    return *(const volatile unaligned *)gpa;
}

/* The rest of an instruction, and a zero. */
static uint64_t last_word(gpa_t gpa)
{
    return read_word(gpa + sizeof(uint64_t)) & ~UINT64_C(0) >> 8;
}

static struct guest_walk *walk_of(struct vcpu *v, uint64_t cr3)
{
    return &v->walks[cr3 / PAGE_SIZE % GUEST_WALKS];
}

const struct insn *guest_plain(struct vcpu *v, enum insn_plain wanted)
{
    struct virt_code c;
    const struct guest_walk *w;
    const struct insn_cache_entry *e;
    uint64_t word;
    gpa_t gpa;

    if (!virt_code_64(v, &c))
        return NULL;
    w = walk_of(v, c.cr3);
    if (!still_holds_fast(w, &c, c.rip))
        return NULL;
    gpa = w->gpa + (c.rip - w->page);
    word = read_word(gpa);
    e = insn_cache_entry(&v->stores, word);
    if (e->bytes.word[0] != word || e->bytes.word[1] != last_word(gpa) ||
        e->plain != (uint16_t)wanted)
        return NULL;
    return &e->insn;
}

static void read_code(const struct guest_walk *w, uint64_t linear, struct guest_code *code)
{
    const gpa_t gpa = w->gpa + (linear - w->page);

    code->bytes.word[0] = read_word(gpa);
    code->bytes.word[1] = last_word(gpa);
    code->size = INSN_MAX_LENGTH;
}

/* Walks anew, for each part if the code is on two pages or not all of it is RAM. Out of line. */
static __attribute__((cold, noinline)) void fetch_anew(struct guest_walk *w, uint64_t linear,
                                                       struct guest_code *code)
{
    struct gwalk walk = walk_for_success(&code->at);
    int got;

    if (is_within_page(linear) && remember(w, &code->at, linear & PAGE_MASK, &walk)) {
        read_code(w, linear, code);
        return;
    }
    code->bytes = (struct insn_bytes){0};
    got = gwalk_fetch(&walk, linear, code->bytes.byte, INSN_MAX_LENGTH);
    code->size = got > 0 ? (size_t)got : 0;
}

void guest_code(struct vcpu *v, struct guest_code *code)
{
    const struct virt_code *c = &code->at;
    struct guest_walk *w;
    uint64_t linear;

    virt_code(v, &code->at);
    linear = c->bits == 64 ? c->rip : guest_linear(v, INSN_CS, c->rip);
    w = walk_of(v, c->cr3);
    if (still_holds(w, c, linear))
        read_code(w, linear, code);
    else
        fetch_anew(w, linear, code);
}

size_t guest_fetch(struct vcpu *v, uint8_t *buf, size_t len)
{
    struct guest_code code;

    guest_code(v, &code);
    if (len > code.size)
        len = code.size;
    memcpy(buf, code.bytes.byte, len);
    return len;
}

/* As the CPU sets an accessed or dirty bit: only if the entry is as the walk has found it. */
static int mark_ram(void *context, gpa_t gpa, uint8_t low, uint8_t bits)
{
    (void)context;
    return atomic_compare_exchange_strong((_Atomic uint8_t *)gpa, &low, low | bits) ? 0 : -EAGAIN;
}

int guest_translate(struct vcpu *v, uint64_t linear, bool write, gpa_t *gpa)
{
    const struct gwalk walk = {
        .cr0 = virt_read_reg(v, VREG_CR0),
        .cr3 = virt_read_reg(v, VREG_CR3),
        .cr4 = virt_read_reg(v, VREG_CR4),
        .efer = virt_read_reg(v, VREG_EFER),
        .access = (write ? GWALK_WRITE : 0) | (virt_read_reg(v, VREG_CPL) == 3 ? GWALK_USER : 0),
        .ac = virt_read_reg(v, VREG_RFLAGS) & RFLAGS_AC,
        .phys_bits = machine.phys_bits,
        .read = read_ram,
        .mark = mark_ram,
    };

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

bool guest_stack_is_in(struct vcpu *v, const struct virt_code *c, gpa_t page)
{
    const struct gwalk walk = walk_for_success(c);
    gpa_t gpa;

    return gwalk_translate(&walk, guest_linear(v, INSN_SS, v->gpr[GPR_RSP] - 1), &gpa) == 0 &&
           (gpa & PAGE_MASK) == page;
}
