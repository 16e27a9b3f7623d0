/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fetches of the guest's code: a walk that is remembered must find what a new one finds, whatever
 * the guest has changed since. Host memory is the guest's RAM.
 */
#include "core/guest_mem.h"

#include <stdlib.h>

#include "core/machine.h"
#include "core/virt.h"
#include "test.h"

#define PAGES 16
#define CODE  UINT64_C(0xFFFFFFFF81234560)

enum page { PML5, PML4, PDPT, PD, PT, CODE_A, CODE_B, OTHER };

static uint8_t ram[PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static struct vcpu cpu;
static uint64_t regs[VREG_CPL + 1], code_bits;

struct machine machine;

uint64_t virt_read_reg(const struct vcpu *v, enum virt_reg reg)
{
    (void)v;
    return regs[reg];
}

unsigned virt_code_bits(const struct vcpu *v)
{
    (void)v;
    return (unsigned)code_bits;
}

void virt_code(const struct vcpu *v, struct virt_code *c)
{
    (void)v;
    *c = (struct virt_code){.rip = regs[VREG_RIP],
                            .cr3 = regs[VREG_CR3],
                            .cr4 = regs[VREG_CR4],
                            .paging = (uint32_t)((regs[VREG_CR0] & CR0_PG) | regs[VREG_EFER]),
                            .bits = (unsigned)code_bits};
}

bool virt_code_64(const struct vcpu *v, struct virt_code *c)
{
    virt_code(v, c);
    return code_bits == 64;
}

uint64_t virt_segment_base(const struct vcpu *v, enum virt_seg which)
{
    (void)v;
    (void)which;
    return 0;
}

struct virt_segment virt_segment(const struct vcpu *v, enum virt_seg which)
{
    (void)v;
    (void)which;
    return (struct virt_segment){.usable = false};
}

static uint64_t *entry(enum page table, unsigned level)
{
    return (uint64_t *)ram[table] + (CODE >> (12 + 9 * (level - 1)) & 0x1FF);
}

static void point(enum page table, unsigned level, enum page to)
{
    *entry(table, level) = (uint64_t)ram[to] | 3;
}

/* A store to [rdi + the page's number], and what is no known instruction. */
static void put_code(unsigned page)
{
    const uint8_t store[] = {0x89, 0x77, (uint8_t)page};

    memset(ram[page], (int)page, PAGE_SIZE);
    memcpy(&ram[page][CODE % PAGE_SIZE], store, sizeof(store));
}

/* Long mode with four levels, and code that differs from page to page. */
static void start(void)
{
    memset(&cpu, 0, sizeof(cpu));
    memset(ram, 0, sizeof(ram));
    for (unsigned i = CODE_A; i < PAGES; i++)
        put_code(i);
    machine.map.count = 1;
    machine.map.region[0] =
        (struct mem_region){.base = (hpa_t)ram, .size = sizeof(ram), .type = MEM_USABLE};
    machine.phys_bits = 52;
    point(PML5, 5, PML4);
    point(PML4, 4, PDPT);
    point(PDPT, 3, PD);
    point(PD, 2, PT);
    point(PT, 1, CODE_A);
    code_bits = 64;
    regs[VREG_CR0] = CR0_PG | CR0_PE;
    regs[VREG_CR4] = CR4_PAE;
    regs[VREG_EFER] = EFER_LMA;
    regs[VREG_CR3] = (uint64_t)ram[PML4];
    regs[VREG_RIP] = CODE;
}

/* Returns the first byte of the code, or -1 if there is none. */
static int fetched(void)
{
    uint8_t bytes[INSN_MAX_LENGTH];

    return guest_fetch(&cpu, bytes, sizeof(bytes)) == sizeof(bytes) ? bytes[14] : -1;
}

static void each_entry_counts(void)
{
    static const struct {
        enum page table;
        unsigned level;
    } path[] = {{PML4, 4}, {PDPT, 3}, {PD, 2}, {PT, 1}};

    for (unsigned i = 0; i < ARRAY_SIZE(path); i++) {
        uint64_t *e;

        start();
        e = entry(path[i].table, path[i].level);
        CHECK_EQ(fetched(), CODE_A);
        CHECK_EQ(fetched(), CODE_A);
        *e &= ~UINT64_C(1);
        CHECK_EQ(fetched(), -1);
        *e |= 1;
        CHECK_EQ(fetched(), CODE_A);
        *e |= BIT(51); /* above MAXPHYADDR of this machine, or outside RAM */
        CHECK_EQ(fetched(), -1);
    }
}

static void another_page_is_seen(void)
{
    start();
    CHECK_EQ(fetched(), CODE_A);
    point(PT, 1, CODE_B);
    CHECK_EQ(fetched(), CODE_B);
    memset(ram[CODE_B], OTHER, PAGE_SIZE); /* the code itself */
    CHECK_EQ(fetched(), OTHER);
    regs[VREG_RIP] += PAGE_SIZE;
    CHECK_EQ(fetched(), -1);
    regs[VREG_RIP] -= PAGE_SIZE;
    CHECK_EQ(fetched(), OTHER);
}

static void registers_count(void)
{
    start();
    CHECK_EQ(fetched(), CODE_A);
    regs[VREG_CR3] = (uint64_t)ram[PML4 + GUEST_WALKS]; /* no table; the same place in walks */
    CHECK_EQ(fetched(), -1);
    regs[VREG_CR3] = (uint64_t)ram[PML5];
    CHECK_EQ(fetched(), -1);
    regs[VREG_CR4] |= CR4_LA57;
    CHECK_EQ(fetched(), CODE_A);
    regs[VREG_CR3] = (uint64_t)ram[PML4];
    CHECK_EQ(fetched(), -1);
    regs[VREG_CR4] &= ~CR4_LA57;
    CHECK_EQ(fetched(), CODE_A);
    *entry(PT, 1) |= BIT(63);
    CHECK_EQ(fetched(), -1); /* reserved without NXE */
    regs[VREG_EFER] |= EFER_NXE;
    CHECK_EQ(fetched(), CODE_A);
    regs[VREG_EFER] &= ~EFER_NXE;
    CHECK_EQ(fetched(), -1);
    regs[VREG_CR0] &= ~CR0_PG;
    regs[VREG_EFER] = 0;
    code_bits = 32;
    CHECK_EQ(fetched(), -1); /* physical now, where there is nothing */
}

/* What is not RAM is not touched. */
static void only_ram_is_read(void)
{
    start();
    CHECK_EQ(fetched(), CODE_A);
    *entry(PT, 1) = ((uint64_t)ram + sizeof(ram)) | 3;
    CHECK_EQ(fetched(), -1);
    *entry(PT, 1) = (uint64_t)ram[OTHER] | 3;
    machine.map.region[0].size = OTHER * PAGE_SIZE + 0x600; /* it ends within the page */
    CHECK_EQ(fetched(), OTHER);
    CHECK_EQ(fetched(), OTHER);
    regs[VREG_RIP] += 0x100;
    CHECK_EQ(fetched(), -1);
}

/* Code at the end of a page goes on in the next one, or ends with the page. */
static void next_page_is_read(void)
{
    const uint64_t end = (CODE & PAGE_MASK) + PAGE_SIZE;
    struct guest_code code;

    start();
    CHECK_EQ(fetched(), CODE_A);
    for (unsigned left = 1; left < INSN_MAX_LENGTH + 3; left++) {
        const unsigned here = left < INSN_MAX_LENGTH ? left : INSN_MAX_LENGTH;

        regs[VREG_RIP] = end - left;
        entry(PT, 1)[1] = 0;
        guest_code(&cpu, &code);
        CHECK_EQ(code.size, here);
        CHECK_EQ(code.bytes.byte[here - 1], CODE_A);
        for (unsigned i = here; i < sizeof(code.bytes); i++)
            CHECK_EQ(code.bytes.byte[i], 0);
        entry(PT, 1)[1] = (uint64_t)ram[CODE_B] | 3;
        CHECK_EQ(fetched(), here < INSN_MAX_LENGTH ? CODE_B : CODE_A);
    }
}

/* Returns a number below `limit`; they look random and are the same in each run (xorshift). */
static unsigned number(unsigned limit)
{
    static uint64_t x = 88172645463325252;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (unsigned)((x >> 32) % limit);
}

/* Changes a table, a register, the code, or how it is decoded. */
static void change_something(void)
{
    static const uint64_t cr4_bits[] = {CR4_LA57, CR4_PAE, BIT(4)},
                          efer_bits[] = {EFER_LMA, EFER_NXE};
    static const unsigned bits[] = {16, 32, 64};

    switch (number(10)) {
    case 0:
        *entry(number(PT + 1), 1 + number(5)) ^= BIT(number(64));
        return;
    case 1:
        point(PT, 1, number(PAGES));
        return;
    case 2:
        regs[VREG_CR3] = (uint64_t)ram[number(PAGES)] | number(2) * 5;
        return;
    case 3:
        regs[VREG_CR4] ^= cr4_bits[number(ARRAY_SIZE(cr4_bits))];
        return;
    case 4:
        regs[VREG_EFER] ^= efer_bits[number(ARRAY_SIZE(efer_bits))];
        return;
    case 5:
        regs[VREG_CR0] ^= CR0_PG;
        return;
    case 6:
        code_bits = bits[number(ARRAY_SIZE(bits))];
        return;
    case 7:
        ram[CODE_A][number(2) ? number(PAGE_SIZE) : CODE % PAGE_SIZE + number(16)] ^=
            (uint8_t)(1U << number(8));
        return;
    case 8:
        regs[VREG_RIP] = number(2) ? CODE : (CODE & PAGE_MASK) + 0xFE0 + number(0x40);
        return;
    default:
        regs[VREG_RIP] = (uint64_t)ram[CODE_A] + number(2 * PAGE_SIZE);
    }
}

static void start_with(unsigned levels)
{
    start();
    if (levels == 5) {
        regs[VREG_CR3] = (uint64_t)ram[PML5];
        regs[VREG_CR4] |= CR4_LA57;
    }
}

/*
 * A store that is remembered must be the one that is there now. Returns whether one is remembered;
 * if not, it is from now on.
 */
static bool plain_is_exact(const struct guest_code *now)
{
    const struct insn *known = guest_plain(&cpu, INSN_PLAIN_STORE);
    struct insn insn = {0};

    if (!known) {
        insn_cache_decode(&cpu.stores, &now->bytes, now->size, (enum insn_mode)code_bits, &known);
        return false;
    }
    CHECK_EQ(code_bits, 64);
    CHECK_EQ(insn_decode_store(now->bytes.byte, now->size, INSN_MODE_64, &insn), 0);
    CHECK_EQ(insn_plain(&insn), INSN_PLAIN_STORE);
    CHECK(known->disp == insn.disp && known->src_reg == insn.src_reg && known->base == insn.base);
    return true;
}

/* Short runs of changes, each of which begins where there is code. */
static void walks_are_exact(void)
{
    static struct vcpu forgetful;
    unsigned found = 0, plain = 0;

    for (unsigned i = 0; i < 100000; i++) {
        struct guest_code code, expected;

        if (i % 8)
            change_something();
        else
            start_with(i % 16 ? 5 : 4);
        memset(forgetful.walks, 0, sizeof(forgetful.walks));
        guest_code(&forgetful, &expected);
        plain += plain_is_exact(&expected);
        guest_code(&cpu, &code);
        CHECK_EQ(code.size, expected.size);
        CHECK(memcmp(&code.bytes, &expected.bytes, sizeof(code.bytes)) == 0);
        found += code.size > 0;
    }
    CHECK(found > 20000 && plain > 5000); /* else nearly nothing was compared */
}

int main(void)
{
    TEST_RUN(each_entry_counts);
    TEST_RUN(another_page_is_seen);
    TEST_RUN(registers_count);
    TEST_RUN(only_ram_is_read);
    TEST_RUN(next_page_is_read);
    TEST_RUN(walks_are_exact);
    return test_done();
}
