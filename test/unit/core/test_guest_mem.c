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

/* Long mode with four levels, and code that differs from page to page. */
static void start(void)
{
    memset(&cpu, 0, sizeof(cpu));
    memset(ram, 0, sizeof(ram));
    for (unsigned i = CODE_A; i < PAGES; i++)
        memset(ram[i], (int)i, PAGE_SIZE);
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

int main(void)
{
    TEST_RUN(each_entry_counts);
    TEST_RUN(another_page_is_seen);
    TEST_RUN(registers_count);
    TEST_RUN(only_ram_is_read);
    TEST_RUN(next_page_is_read);
    return test_done();
}
