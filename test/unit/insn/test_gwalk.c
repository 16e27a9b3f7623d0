/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page-table walk against hand-built tables in a small fake memory, in every paging mode: every
 * kind of bad entry, tables outside of memory, tables that point at themselves, and random bytes.
 */
#include "core/insn/gwalk.h"

#include <lapwing/errno.h>
#include "core/host/x86.h"

#include "test.h"

#define MEMORY_SIZE (16 * PAGE_SIZE)

#define P  BIT(0)
#define PS BIT(7)

#define CR4_PSE BIT(4)

#define ACCESSED 0x20
#define DIRTY    0x40

static uint8_t memory[MEMORY_SIZE];
static unsigned long reads;

static int read_memory(void *context, gpa_t gpa, void *buf, size_t len)
{
    CHECK(context == memory);
    CHECK(len >= 1 && len <= PAGE_SIZE);
    CHECK((gpa & PAGE_MASK) == ((gpa + len - 1) & PAGE_MASK));
    reads++;
    if (gpa >= MEMORY_SIZE)
        return -EFAULT;
    memcpy(buf, memory + gpa, len);
    return 0;
}

/* Another CPU changes the entry at `disturbed` between the read and the mark. */
static gpa_t disturbed = UINT64_MAX;

static int mark_memory(void *context, gpa_t gpa, uint8_t low, uint8_t bits)
{
    CHECK(context == memory);
    CHECK(gpa < MEMORY_SIZE && memory[gpa] == low && (low & bits) != bits);
    if (gpa == disturbed)
        return -EAGAIN;
    memory[gpa] |= bits;
    return 0;
}

static struct gwalk start(uint64_t cr4, uint64_t efer, uint64_t cr3)
{
    memset(memory, 0, sizeof(memory));
    reads = 0;
    return (struct gwalk){.cr0 = CR0_PG | 1,
                          .cr3 = cr3,
                          .cr4 = cr4,
                          .efer = efer,
                          .read = read_memory,
                          .context = memory};
}

static void put64(unsigned page, unsigned index, uint64_t entry)
{
    memcpy(memory + page * PAGE_SIZE + index * 8, &entry, 8);
}

static void put32(unsigned page, unsigned index, uint64_t entry)
{
    uint32_t e = (uint32_t)entry;

    memcpy(memory + page * PAGE_SIZE + index * 4, &e, 4);
}

/* The translation of `linear`, or a value with all bits set if there is none. */
static uint64_t translate(const struct gwalk *walk, uint64_t linear)
{
    gpa_t gpa = 0;
    int err = gwalk_translate(walk, linear, &gpa);

    CHECK(err == 0 || err == -EFAULT || err == -EINVAL || err == -ERANGE || err == -EPERM);
    return err ? UINT64_MAX : gpa;
}

#define NOWHERE UINT64_MAX

static int error(const struct gwalk *walk, uint64_t linear)
{
    gpa_t gpa;

    return gwalk_translate(walk, linear, &gpa);
}

/* A walk for an access of that kind that is yet to be made. */
static void will_access(struct gwalk *walk, uint64_t access)
{
    walk->mark = mark_memory;
    walk->access = access;
}

static void no_paging(void)
{
    struct gwalk walk = start(CR4_PAE | CR4_PSE, 0, 0x12345000);

    walk.cr0 = 1;
    CHECK_EQ(translate(&walk, 0x1234), 0x1234);
    CHECK_EQ(translate(&walk, 0xFFFFFFFF00001234), 0x1234);
    CHECK_EQ(reads, 0);
}

static void paging_32(void)
{
    struct gwalk walk = start(CR4_PSE, 0, 0xFFFFFFFF00001018);

    put32(1, 0x3FB, 0x2000 | P);
    put32(2, 0x200, 0xFEE00000 | P);
    put32(1, 0x001, 0x80000000 | PS | P);
    put32(1, 0x002, 0x80000000 | PS | P | 0xFF << 13);
    put32(1, 0x003, 0x80000000 | PS | P | BIT(21));
    put32(1, 0x004, 0x00100000 | P);
    CHECK_EQ(translate(&walk, 0xFEE00300), 0xFEE00300);
    CHECK_EQ(translate(&walk, 0xABCDFEE00300), 0xFEE00300);
    CHECK_EQ(translate(&walk, 0xFEE01300), NOWHERE);
    CHECK_EQ(translate(&walk, 0x0), NOWHERE);
    CHECK_EQ(translate(&walk, 0x00789ABC), 0x80389ABC);
    CHECK_EQ(translate(&walk, 0x00BFFFFF), 0xFF803FFFFF);
    CHECK_EQ(translate(&walk, 0x00C00000), NOWHERE); /* reserved bit 21 */
    CHECK_EQ(translate(&walk, 0x01000000), NOWHERE); /* table outside memory */
    walk.phys_bits = 36;
    CHECK_EQ(translate(&walk, 0x00BFFFFF), NOWHERE);
    CHECK_EQ(translate(&walk, 0x00789ABC), 0x80389ABC);
    /* Without CR4.PSE the PS bit is ignored: it is a pointer to a table. */
    walk.cr4 = 0;
    put32(1, 0x001, 0x2000 | PS | P);
    CHECK_EQ(translate(&walk, 0x00600ABC), 0xFEE00ABC);
}

static void paging_pae(void)
{
    struct gwalk walk = start(CR4_PAE, EFER_NXE, 0x1020);

    put64(1, 4 + 3, 0x2000 | P); /* CR3 is 32-byte aligned: PDPTE 3 */
    put64(2, 0x1F7, 0x3000 | P); /* 0xFEE00000 */
    put64(3, 0x000, 0x9FEE00000 | P | BIT(63));
    put64(2, 0x000, 0xA40000000 | PS | P | BIT(12));
    put64(2, 0x001, 0xA40000000 | PS | P | BIT(13));
    put64(1, 4 + 2, 0x80000000 | PS | P); /* no 1 GiB pages here */
    CHECK_EQ(translate(&walk, 0xFEE00123), 0x9FEE00123);
    CHECK_EQ(translate(&walk, 0xC01FFFFF), 0xA401FFFFF);
    CHECK_EQ(translate(&walk, 0xC0200000), NOWHERE);
    CHECK_EQ(translate(&walk, 0x80000000), NOWHERE);
    CHECK_EQ(translate(&walk, 0x40000000), NOWHERE);
    /* EFER.LME without LMA cannot be with paging on; LMA alone decides. */
    walk.efer = EFER_NXE | BIT(8);
    CHECK_EQ(translate(&walk, 0xFEE00123), 0x9FEE00123);
    walk.efer = 0;
    CHECK_EQ(error(&walk, 0xFEE00123), -EINVAL); /* NX is reserved */
}

static void paging_4_level(void)
{
    struct gwalk walk = start(CR4_PAE, EFER_LMA | EFER_NXE, 0x1018);
    const uint64_t kernel = 0xFFFFFFFF80000000;

    put64(1, 511, 0x2000 | P);
    put64(2, 510, 0x3000 | P);
    put64(3, 1, 0x4000 | P);
    put64(4, 5, 0x5000 | P | PS); /* PAT in a 4 KiB entry */
    put64(3, 2, 0x80200000 | PS | P);
    put64(2, 511, 0x1C0000000 | PS | P | BIT(63));
    put64(2, 509, 0x1C0200000 | PS | P); /* 1 GiB page, not aligned */
    put64(1, 0, 0x8000000000 | PS | P);  /* PS in a PML4 entry */
    put64(4, 6, BIT(51) | P);
    CHECK_EQ(translate(&walk, kernel + 0x205ABC), 0x5ABC);
    CHECK_EQ(translate(&walk, kernel + 0x5ABCDE), 0x803ABCDE);
    CHECK_EQ(translate(&walk, kernel + 0x7FFFFFFF), 0x1FFFFFFFF);
    CHECK_EQ(translate(&walk, kernel - 0x40000000), NOWHERE);
    CHECK_EQ(translate(&walk, 0x1000), NOWHERE);
    CHECK_EQ(translate(&walk, kernel + 0x206000), BIT(51));
    walk.phys_bits = 40;
    CHECK_EQ(translate(&walk, kernel + 0x206000), NOWHERE);
    /* Not canonical. */
    reads = 0;
    CHECK_EQ(translate(&walk, 0x00007FFF80205ABC | BIT(47)), NOWHERE);
    CHECK_EQ(translate(&walk, (kernel + 0x205ABC) & ~BIT(63)), NOWHERE);
    CHECK_EQ(translate(&walk, (kernel + 0x205ABC) & ~BIT(48)), NOWHERE);
    CHECK_EQ(error(&walk, BIT(47)), -ERANGE);
    CHECK_EQ(reads, 0);
}

static void paging_5_level(void)
{
    struct gwalk walk = start(CR4_PAE | CR4_LA57, EFER_LMA, 0x1000);

    put64(1, 0x0FF, 0x2000 | P);
    put64(2, 0x1FF, 0x3000 | P);
    put64(3, 0x1FF, 0x4000 | P);
    put64(4, 0x1FF, 0x5000 | P);
    put64(5, 0x1FF, 0x6000 | P);
    CHECK_EQ(translate(&walk, 0x00FFFFFFFFFFF123), 0x6123);
    CHECK_EQ(translate(&walk, 0x01FFFFFFFFFFF123), NOWHERE);
    walk.cr4 &= ~CR4_LA57;
    CHECK_EQ(translate(&walk, 0x00FFFFFFFFFFF123), NOWHERE);
}

/* A table whose entries point at the table itself is legal, and the walk ends after its levels. */
static void self_reference(void)
{
    struct gwalk walk = start(CR4_PAE | CR4_LA57, EFER_LMA, 0x1000);

    for (unsigned i = 0; i < 512; i++)
        put64(1, i, 0x1000 | P);
    CHECK_EQ(translate(&walk, 0x123456), 0x1456);
    CHECK_EQ(reads, 5);
}

#define ALL (P | GWALK_WRITE | GWALK_USER)

/* Each level must allow what is asked for; a PDPTE of PAE paging has no rights. */
static void rights(void)
{
    struct gwalk walk = start(CR4_PAE, EFER_LMA, 0x1000);

    walk.cr0 |= CR0_WP;
    for (uint64_t level = 1; level <= 4; level++)
        put64((unsigned)level, 0, (level + 1) << 12 | ALL);
    for (uint64_t level = 1; level <= 4; level++) {
        will_access(&walk, GWALK_WRITE | GWALK_USER);
        CHECK_EQ(translate(&walk, 0x123), 0x5123);
        put64((unsigned)level, 0, (level + 1) << 12 | P | GWALK_WRITE);
        CHECK_EQ(error(&walk, 0x123), -EPERM);
        put64((unsigned)level, 0, (level + 1) << 12 | P | GWALK_USER);
        CHECK_EQ(error(&walk, 0x123), -EPERM);
        will_access(&walk, GWALK_USER);
        CHECK_EQ(translate(&walk, 0x123), 0x5123);
        put64((unsigned)level, 0, (level + 1) << 12 | ALL);
    }
    walk = start(CR4_PAE, 0, 0x1000);
    walk.cr0 |= CR0_WP;
    will_access(&walk, GWALK_WRITE);
    put64(1, 0, 0x2000 | P);
    put64(2, 0, 0x3000 | ALL);
    put64(3, 0, 0x4000 | ALL);
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    put64(3, 0, 0x4000 | P);
    CHECK_EQ(error(&walk, 0x123), -EPERM);
    walk = start(0, 0, 0x1000);
    walk.cr0 |= CR0_WP;
    will_access(&walk, GWALK_WRITE);
    put32(1, 0, 0x2000 | ALL);
    put32(2, 0, 0x4000 | ALL);
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    put32(1, 0, 0x2000 | P);
    CHECK_EQ(error(&walk, 0x123), -EPERM);
}

/* What a supervisor may: CR0.WP, SMAP and RFLAGS.AC. */
static void supervisor_rights(void)
{
    struct gwalk walk = start(0, 0, 0x1000);

    put32(1, 0, 0x2000 | ALL);
    put32(2, 0, 0x4000 | P);
    will_access(&walk, GWALK_WRITE);
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    walk.cr0 |= CR0_WP;
    CHECK_EQ(error(&walk, 0x123), -EPERM);
    put32(2, 0, 0x4000 | ALL);
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    walk.cr4 |= CR4_SMAP;
    CHECK_EQ(error(&walk, 0x123), -EPERM);
    walk.ac = true;
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    put32(2, 0, 0x4000 | P | GWALK_WRITE); /* a supervisor's page */
    walk.ac = false;
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    put32(2, 0, 0x4000 | GWALK_WRITE); /* not present comes before all rights */
    CHECK_EQ(error(&walk, 0x123), -EFAULT);
}

/* Accessed bits on the way, a dirty bit at its end, nothing of a walk that is not for an access. */
static void marks(void)
{
    struct gwalk walk = start(CR4_PAE, 0, 0x1000);

    put64(1, 0, 0x2000 | P);
    put64(2, 0, 0x3000 | ALL);
    put64(3, 0, 0x4000 | ALL);
    put64(2, 1, 0x200000 | ALL | PS);
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    CHECK(memory[0x2000] == ALL && memory[0x3000] == ALL);
    will_access(&walk, 0);
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    CHECK(memory[0x1000] == P && memory[0x2000] == (ALL | ACCESSED));
    CHECK_EQ(memory[0x3000], ALL | ACCESSED);
    will_access(&walk, GWALK_WRITE);
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    CHECK_EQ(memory[0x2000], ALL | ACCESSED);
    CHECK_EQ(memory[0x3000], ALL | ACCESSED | DIRTY);
    CHECK_EQ(translate(&walk, 0x200123), 0x200123);
    CHECK_EQ(memory[0x2008], (uint8_t)(ALL | PS | ACCESSED | DIRTY));
    put64(3, 0, 0x4000 | ALL);
    disturbed = 0x3000;
    CHECK_EQ(error(&walk, 0x123), -EAGAIN);
    disturbed = UINT64_MAX;
    walk = start(CR4_PSE, 0, 0x1000);
    will_access(&walk, GWALK_WRITE);
    put32(1, 0, 0x2000 | ALL);
    put32(2, 0, 0x4000 | ALL);
    CHECK_EQ(translate(&walk, 0x123), 0x4123);
    CHECK(memory[0x1000] == (ALL | ACCESSED) && memory[0x2000] == (ALL | ACCESSED | DIRTY));
}

static void fetch(void)
{
    struct gwalk walk = start(CR4_PAE, EFER_LMA, 0x1000);
    uint8_t buf[3 * PAGE_SIZE];

    put64(1, 0, 0x2000 | P);
    put64(2, 0, 0x3000 | P);
    put64(3, 0, 0x4000 | P);
    put64(4, 1,
          0x7000 | P); /* page 1 -> 7, page 2 -> 5, page 3 not present, page 4 outside memory */
    put64(4, 2, 0x5000 | P);
    put64(4, 4, 0x7000000 | P);
    memory[0x7FFF] = 0x11;
    memory[0x5000] = 0x22;
    memory[0x5FFF] = 0x33;
    memset(buf, 0xEE, sizeof(buf));
    CHECK_EQ(gwalk_fetch(&walk, 0x1FFF, buf, 2), 2);
    CHECK(buf[0] == 0x11 && buf[1] == 0x22 && buf[2] == 0xEE);
    CHECK_EQ(gwalk_fetch(&walk, 0x2FFF, buf, 15), 1);
    CHECK(buf[0] == 0x33 && buf[1] == 0x22);
    CHECK_EQ(gwalk_fetch(&walk, 0x1000, buf, sizeof(buf)), 2 * PAGE_SIZE);
    CHECK_EQ(buf[PAGE_SIZE - 1], 0x11);
    CHECK_EQ(gwalk_fetch(&walk, 0x3000, buf, 15), -EFAULT);
    CHECK_EQ(gwalk_fetch(&walk, 0x4FFF, buf, 15), -EFAULT);
    CHECK_EQ(gwalk_fetch(&walk, 0x3000, buf, 0), 0);
    /* The last page of the address space is followed by page 0, which is not mapped. */
    CHECK_EQ(gwalk_fetch(&walk, UINT64_MAX, buf, 15), -EFAULT);
}

/* A 32-bit guest's fetch wraps from 4 GiB to 0. */
static void fetch_wraps_at_4g(void)
{
    struct gwalk walk = start(0, 0, 0x1000);
    uint8_t buf[4];

    put32(1, 0x3FF, 0x2000 | P);
    put32(1, 0, 0x2000 | P);
    put32(2, 0x3FF, 0x3000 | P);
    put32(2, 0, 0x4000 | P);
    memory[0x3FFF] = 0x44;
    memory[0x4000] = 0x55;
    CHECK_EQ(gwalk_fetch(&walk, 0xFFFFFFFF, buf, 4), 4);
    CHECK(buf[0] == 0x44 && buf[1] == 0x55);
}

static void random_tables(void)
{
    static const uint64_t cr4s[] = {0, CR4_PSE, CR4_PAE, CR4_PAE | CR4_LA57};
    uint64_t state = 88172645463325252;
    unsigned long translated = 0;

    for (unsigned round = 0; round < 400; round++) {
        struct gwalk walk = start(cr4s[round % 4], round & 4 ? EFER_LMA : 0, 0);

        for (size_t i = 0; i < MEMORY_SIZE; i += 8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            uint64_t entry = round & 8 ? state : (state & 0x8000F0000000F0FF) | P;
            memcpy(memory + i, &entry, 8);
        }
        walk.cr3 = state;
        if (round & 16)
            walk.cr3 &= 0xF000;
        for (unsigned i = 0; i < 100; i++) {
            reads = 0;
            translated += translate(&walk, (state * i) >> (i % 40)) != NOWHERE;
            CHECK(reads <= 5);
        }
    }
    CHECK_MSG(translated > 1000, "%lu", translated);
}

int main(void)
{
    TEST_RUN(no_paging);
    TEST_RUN(paging_32);
    TEST_RUN(paging_pae);
    TEST_RUN(paging_4_level);
    TEST_RUN(paging_5_level);
    TEST_RUN(self_reference);
    TEST_RUN(rights);
    TEST_RUN(supervisor_rights);
    TEST_RUN(marks);
    TEST_RUN(fetch);
    TEST_RUN(fetch_wraps_at_4g);
    TEST_RUN(random_tables);
    return test_done();
}
