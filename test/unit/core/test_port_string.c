/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INS and OUTS at trapped ports, carried out in a guest memory that is this program's: every address
 * size, segments with their limits and rights, faults, and what each leaves in the registers.
 */
#include "core/port_string.h"

#include <stdlib.h>
#include <sys/mman.h>
#include "core/machine.h"
#include "core/ports.h"
#include "core/virt.h"
#include "test.h"

#define PORT  0x164
#define PAGES 8
#define CODE  0 /* the pages of the guest's memory */
#define DATA  1
#define TABLE 3 /* maps linear addresses from 0 on: page n to page n, of 4 KiB */

#define ENTRY_ALL 7U /* present, writable, user */
#define CR0_PAGED (CR0_PE | CR0_WP | CR0_PG)
#define TYPE_DATA VSEG_WRITABLE

struct machine machine;

static struct vcpu cpu;
static uint8_t *memory;
static struct {
    uint64_t rip, rflags, cr0, cr2, cr3, cr4, efer, cpl;
    unsigned bits;
    uint64_t bases[6];
    struct virt_segment segments[6];
} guest;
static struct vm_event injected;
static unsigned injections, skips, ins, outs;
static uint32_t brought, sent;

uint64_t virt_read_reg(const struct vcpu *v, enum virt_reg reg)
{
    (void)v;
    switch (reg) {
    case VREG_RIP:
        return guest.rip;
    case VREG_RFLAGS:
        return guest.rflags;
    case VREG_CR0:
        return guest.cr0;
    case VREG_CR3:
        return guest.cr3;
    case VREG_CR4:
        return guest.cr4;
    case VREG_EFER:
        return guest.efer;
    case VREG_CPL:
        return guest.cpl;
    default:
        abort();
    }
}

void virt_code(const struct vcpu *v, struct virt_code *c)
{
    (void)v;
    *c = (struct virt_code){.rip = guest.rip,
                            .cr3 = guest.cr3,
                            .cr4 = guest.cr4,
                            .paging = (uint32_t)((guest.cr0 & CR0_PG) | guest.efer),
                            .bits = guest.bits};
}

bool virt_code_64(const struct vcpu *v, struct virt_code *c)
{
    virt_code(v, c);
    return c->bits == 64;
}

void virt_write_reg(struct vcpu *v, enum virt_reg reg, uint64_t value)
{
    (void)v;
    if (reg == VREG_CR2)
        guest.cr2 = value;
    else if (reg == VREG_RFLAGS)
        guest.rflags = value;
    else
        abort();
}

uint64_t virt_segment_base(const struct vcpu *v, enum virt_seg which)
{
    (void)v;
    return guest.bases[which];
}

struct virt_segment virt_segment(const struct vcpu *v, enum virt_seg which)
{
    (void)v;
    return guest.segments[which];
}

unsigned virt_code_bits(const struct vcpu *v)
{
    (void)v;
    return guest.bits;
}

void virt_skip_bytes(struct vcpu *v, unsigned length)
{
    (void)v;
    CHECK_EQ(length, 0);
    guest.rflags &= ~RFLAGS_RF;
    skips++;
}

void virt_inject(struct vcpu *v, const struct vm_event *e)
{
    (void)v;
    injected = *e;
    injections++;
}

uint32_t port_in(struct vcpu *v, uint16_t port, unsigned width)
{
    (void)v;
    (void)width;
    CHECK_EQ(port, PORT);
    ins++;
    return brought;
}

void port_out(struct vcpu *v, uint16_t port, unsigned width, uint32_t value)
{
    (void)v;
    CHECK_EQ(port, PORT);
    sent = value & (uint32_t)((UINT64_C(1) << 8 * width) - 1);
    outs++;
}

static uint64_t page(unsigned number)
{
    return (uintptr_t)memory + number * PAGE_SIZE;
}

/* A guest with paging off, flat segments, and the instruction `code` at RIP. */
static void start(unsigned bits, uint32_t code)
{
    memset(memory, 0, PAGES * PAGE_SIZE);
    memset(&guest, 0, sizeof(guest));
    memset(&cpu, 0, sizeof(cpu));
    memset(&injected, 0, sizeof(injected));
    injections = skips = ins = outs = 0;
    brought = 0x44332211;
    guest.bits = bits;
    guest.cr0 = CR0_PE | CR0_WP;
    guest.rip = page(CODE);
    for (unsigned i = 0; i < 6; i++)
        guest.segments[i] = (struct virt_segment){UINT32_MAX, TYPE_DATA, true, true};
    memcpy(memory, &code, sizeof(code));
}

/* Then: 32-bit paging, by which linear page n is page n of the memory. */
static void map(void)
{
    guest.cr0 = CR0_PAGED;
    guest.cr3 = page(TABLE);
    guest.rip = 0;
    *(uint32_t *)page(TABLE) = (uint32_t)page(TABLE + 1) | ENTRY_ALL;
    for (unsigned i = 0; i < PAGES; i++)
        ((uint32_t *)page(TABLE + 1))[i] = (uint32_t)page(i) | ENTRY_ALL;
}

static uint32_t *entry(unsigned number)
{
    return &((uint32_t *)page(TABLE + 1))[number];
}

static enum exit_result run(bool in, unsigned width, bool rep)
{
    const struct vm_exit x = {
        .kind = EXIT_IO,
        .info = PORT,
        .io = {.width = (uint8_t)width, .in = in, .string = true, .rep = rep}};

    return port_string_handle(&cpu, &x);
}

static void check_fault(uint8_t vector, uint32_t error)
{
    CHECK(injections == 1 && injected.vector == vector && injected.has_error);
    CHECK_EQ(injected.error, error);
    CHECK(guest.rflags & RFLAGS_RF);
    CHECK(ins == 0 && outs == 0 && skips == 0);
}

#define OUTSB    0x6EU
#define OUTSD    0x6FU
#define INSB     0x6CU
#define INSD     0x6DU
#define REP_OUTS 0x6EF3U
#define REP_INS  0x6DF3U
#define CS_OUTSB 0x6E2EU
#define SS_OUTSB 0x6E36U
#define A32_OUTS 0x6E67U /* the other address size */

static void widths_and_direction(void)
{
    for (unsigned width = 1; width <= 4; width *= 2) {
        const uint32_t mask = (uint32_t)((UINT64_C(1) << 8 * width) - 1);

        start(32, OUTSD);
        memcpy((void *)page(DATA), &(uint32_t){0x87654321}, 4);
        cpu.gpr[GPR_RSI] = page(DATA);
        CHECK_EQ(run(false, width, false), EXIT_SKIP_INSN);
        CHECK_EQ(sent, 0x87654321 & mask);
        CHECK_EQ(cpu.gpr[GPR_RSI], page(DATA) + width);
        start(32, INSD);
        cpu.gpr[GPR_RDI] = page(DATA) + 4;
        guest.rflags = RFLAGS_DF;
        CHECK_EQ(run(true, width, false), EXIT_SKIP_INSN);
        CHECK_EQ(*(uint32_t *)(page(DATA) + 4), 0x44332211 & mask);
        CHECK_EQ(cpu.gpr[GPR_RDI], page(DATA) + 4 - width);
        CHECK_EQ(injections, 0);
    }
}

/* One iteration an exit; RIP stays and RF is set until the last. */
static void repeats(void)
{
    start(32, REP_OUTS);
    memcpy((void *)page(DATA), "ab", 2);
    cpu.gpr[GPR_RSI] = page(DATA);
    cpu.gpr[GPR_RCX] = 2;
    CHECK_EQ(run(false, 1, true), EXIT_RESUME);
    CHECK(cpu.gpr[GPR_RCX] == 1 && cpu.gpr[GPR_RSI] == page(DATA) + 1 && sent == 'a');
    CHECK(skips == 1 && (guest.rflags & RFLAGS_RF));
    CHECK_EQ(run(false, 1, true), EXIT_SKIP_INSN);
    CHECK(cpu.gpr[GPR_RCX] == 0 && cpu.gpr[GPR_RSI] == page(DATA) + 2 && sent == 'b');
    CHECK_EQ(run(false, 1, true), EXIT_SKIP_INSN); /* a count of 0 */
    CHECK(outs == 2 && skips == 1 && cpu.gpr[GPR_RSI] == page(DATA) + 2);
}

/* What is above the address size counts for nothing; 16 bits leave it alone, 32 bits clear it. */
static void address_sizes(void)
{
    const uint64_t junk = UINT64_C(0xABCD123400000000);

    start(16, REP_OUTS);
    guest.bases[VSEG_DS] = page(DATA) - 0x8000;
    memory[DATA * PAGE_SIZE + 0x7FF] = 5;
    cpu.gpr[GPR_RSI] = junk | 0x56787FFF;
    cpu.gpr[GPR_RSI] += 0x800;
    cpu.gpr[GPR_RCX] = junk | 0x10001;
    CHECK_EQ(run(false, 1, true), EXIT_SKIP_INSN);
    CHECK_EQ(sent, 5);
    CHECK_EQ(cpu.gpr[GPR_RSI], junk | 0x56788800);
    CHECK_EQ(cpu.gpr[GPR_RCX], junk | 0x10000);
    start(16, A32_OUTS);
    memory[DATA * PAGE_SIZE] = 6;
    cpu.gpr[GPR_RSI] = junk | page(DATA);
    CHECK_EQ(run(false, 1, false), EXIT_SKIP_INSN);
    CHECK_EQ(sent, 6);
    CHECK_EQ(cpu.gpr[GPR_RSI], page(DATA) + 1);
    start(16, INSB); /* DI wraps */
    guest.bases[VSEG_ES] = page(DATA) - 0xF000;
    cpu.gpr[GPR_RDI] = 0x7FFFFFFF;
    CHECK_EQ(run(true, 1, false), EXIT_SKIP_INSN);
    CHECK_EQ(memory[DATA * PAGE_SIZE + 0xFFF], 0x11);
    CHECK_EQ(cpu.gpr[GPR_RDI], 0x7FFF0000);
}

static void segments(void)
{
    start(16, CS_OUTSB);
    guest.bases[VSEG_CS] = page(CODE);
    guest.rip = 0;
    cpu.gpr[GPR_RSI] = 1;
    guest.segments[VSEG_CS].type = VSEG_CODE | VSEG_READABLE;
    CHECK_EQ(run(false, 1, false), EXIT_SKIP_INSN);
    CHECK_EQ(sent, OUTSB);
    guest.segments[VSEG_CS].type = VSEG_CODE; /* execute only */
    outs = 0;
    CHECK_EQ(run(false, 1, false), EXIT_RESUME);
    check_fault(VEC_GP, 0);
    start(16, INSB);
    cpu.gpr[GPR_RDI] = 0x100;
    guest.bases[VSEG_ES] = page(DATA);
    guest.segments[VSEG_ES].type = 0; /* read only */
    CHECK_EQ(run(true, 1, false), EXIT_RESUME);
    check_fault(VEC_GP, 0);
    guest.cr0 &= ~CR0_PE; /* real mode knows no rights */
    injections = 0;
    CHECK_EQ(run(true, 1, false), EXIT_SKIP_INSN);
    start(32, INSB);
    guest.segments[VSEG_ES].usable = false;
    cpu.gpr[GPR_RDI] = page(DATA);
    CHECK_EQ(run(true, 1, false), EXIT_RESUME);
    check_fault(VEC_GP, 0);
}

static void limits(void)
{
    static const struct {
        uint32_t limit, offset;
        uint8_t type, width;
        bool big, fits;
    } cases[] = {
        {0xFFFF, 0xFFFF, TYPE_DATA, 1, false, true},
        {0xFFFF, 0xFFFF, TYPE_DATA, 2, false, false},
        {0xFFFE, 0xFFFF, TYPE_DATA, 1, false, false},
        {0xFFF, 0xFFC, TYPE_DATA, 4, false, true},
        {0xFFF, 0xFFD, TYPE_DATA, 4, false, false},
        {0xFFF, 0x1000, TYPE_DATA | VSEG_EXPAND_DOWN, 1, false, true},
        {0xFFF, 0xFFF, TYPE_DATA | VSEG_EXPAND_DOWN, 1, true, false},
        {0xFFF, 0xFFFF, TYPE_DATA | VSEG_EXPAND_DOWN, 2, false, false},
        {0xFFF, 0xFFFF, TYPE_DATA | VSEG_EXPAND_DOWN, 2, true, true},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        start(32, 0x6F36); /* SS: OUTSD */
        guest.segments[VSEG_SS] =
            (struct virt_segment){cases[i].limit, cases[i].type, true, cases[i].big};
        guest.bases[VSEG_SS] = page(DATA) - cases[i].offset;
        cpu.gpr[GPR_RSI] = cases[i].offset;
        CHECK_EQ(run(false, cases[i].width, false), cases[i].fits ? EXIT_SKIP_INSN : EXIT_RESUME);
        if (!cases[i].fits)
            check_fault(VEC_SS, 0);
    }
    start(64, SS_OUTSB); /* 64-bit mode has no limits, and no SS prefix */
    memset(&guest.segments, 0, sizeof(guest.segments));
    cpu.gpr[GPR_RSI] = page(DATA);
    CHECK_EQ(run(false, 1, false), EXIT_SKIP_INSN);
}

static void page_faults(void)
{
    const uint64_t end = DATA * PAGE_SIZE + PAGE_SIZE;

    start(32, INSD);
    map();
    *entry(DATA + 1) = 0;
    cpu.gpr[GPR_RDI] = end - 2;
    CHECK_EQ(run(true, 4, false), EXIT_RESUME);
    check_fault(VEC_PF, PF_ERROR_WRITE);
    CHECK_EQ(guest.cr2, end); /* the first byte that is not there */
    CHECK_EQ(cpu.gpr[GPR_RDI], end - 2);
    injections = 0;
    *entry(DATA + 1) = (uint32_t)page(DATA + 1) | 5U; /* read-only */
    guest.cpl = 3;
    CHECK_EQ(run(true, 4, false), EXIT_RESUME);
    check_fault(VEC_PF, PF_ERROR_PRESENT | PF_ERROR_WRITE | PF_ERROR_USER);
    injections = 0;
    guest.cpl = 0;
    guest.cr4 = BIT(4); /* PSE */
    *(uint32_t *)(page(TABLE) + 4) = BIT32(21) | BIT32(7) | ENTRY_ALL;
    cpu.gpr[GPR_RDI] = BIT(22);
    CHECK_EQ(run(true, 1, false), EXIT_RESUME);
    check_fault(VEC_PF, PF_ERROR_PRESENT | PF_ERROR_WRITE | PF_ERROR_RESERVED);
    start(32, OUTSB);
    map();
    cpu.gpr[GPR_RSI] = BIT(23);
    CHECK_EQ(run(false, 1, false), EXIT_RESUME);
    check_fault(VEC_PF, 0);
    start(32, INSD);
    map();
    cpu.gpr[GPR_RDI] = end - 2;
    CHECK_EQ(run(true, 4, false), EXIT_SKIP_INSN);
    CHECK(memcmp((void *)(page(DATA) + PAGE_SIZE - 2), &brought, 4) == 0);
    CHECK((*entry(DATA) & *entry(DATA + 1) & 0x60) == 0x60); /* accessed, dirty */
}

static void alignment(void)
{
    start(32, OUTSD);
    map();
    guest.cr0 |= CR0_AM;
    guest.rflags = RFLAGS_AC;
    cpu.gpr[GPR_RSI] = DATA * PAGE_SIZE + 1;
    CHECK_EQ(run(false, 2, false), EXIT_SKIP_INSN);
    guest.cpl = 3;
    cpu.gpr[GPR_RSI] = DATA * PAGE_SIZE + 1;
    CHECK_EQ(run(false, 1, false), EXIT_SKIP_INSN);
    cpu.gpr[GPR_RSI] = DATA * PAGE_SIZE + 2;
    outs = 0;
    CHECK_EQ(run(false, 4, false), EXIT_RESUME);
    check_fault(VEC_AC, 0);
}

static void not_canonical(void)
{
    start(64, OUTSB);
    guest.cr0 = CR0_PAGED;
    guest.cr4 = CR4_PAE;
    guest.efer = EFER_LMA;
    cpu.gpr[GPR_RSI] = BIT(60);
    CHECK_EQ(run(false, 1, false), EXIT_RESUME);
    check_fault(VEC_GP, 0);
}

/* Devices and Lapwing's own memory: nothing is sent, and what a port brings is dropped. */
static void outside_of_ram(void)
{
    start(32, OUTSB);
    cpu.gpr[GPR_RSI] = page(PAGES);
    CHECK_EQ(run(false, 1, false), EXIT_SKIP_INSN);
    CHECK_EQ(outs, 0);
    CHECK_EQ(cpu.gpr[GPR_RSI], page(PAGES) + 1);
    start(32, INSB);
    cpu.gpr[GPR_RDI] = page(PAGES) - 1;
    CHECK_EQ(run(true, 2, false), EXIT_SKIP_INSN);
    CHECK_EQ(memory[PAGES * PAGE_SIZE - 1], 0x11);
    CHECK_EQ(memory[PAGES * PAGE_SIZE], 0);
}

int main(void)
{
    /* Below 4 GiB, so that code without long mode reaches it. The last page is no RAM. */
    memory = mmap(NULL, (PAGES + 1) * PAGE_SIZE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    if (memory == MAP_FAILED)
        abort();
    machine.map.count = 1;
    machine.map.region[0] =
        (struct mem_region){.base = page(0), .size = PAGES * PAGE_SIZE, .type = MEM_USABLE};
    TEST_RUN(widths_and_direction);
    TEST_RUN(repeats);
    TEST_RUN(address_sizes);
    TEST_RUN(segments);
    TEST_RUN(limits);
    TEST_RUN(page_faults);
    TEST_RUN(alignment);
    TEST_RUN(not_canonical);
    TEST_RUN(outside_of_ram);
    return test_done();
}
