/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers of a virtual LAPIC against a table written from the manual ("Local APIC Register
 * Address Map", "x2APIC Register Address Space" and the figures of the registers).
 */
#include "test.h"

#include "apic/apicv/vlapic.h"
#include "apic/icr.h"

#define VERSION_6 UINT32_C(0x00050014) /* 6 LVT entries: no CMCI, no EOI suppression */
#define VERSION_7 UINT32_C(0x01060015)
#define CPU_ID    UINT32_C(0x25)

static uint32_t page[PAGE_SIZE / sizeof(uint32_t)];

static struct vlapic fresh(enum apic_mode mode, uint32_t version)
{
    struct vlapic vl = {.regs = page, .id = CPU_ID, .version = version, .mode = mode};

    memset(page, 0xa5, sizeof(page));
    vl.tsc_deadline = true;
    vlapic_reset(&vl);
    return vl;
}

static uint32_t reg(unsigned offset)
{
    return page[offset / 4];
}

/* What a register is, on an APIC with 7 LVT entries, software-enabled. */
struct want {
    unsigned offset;
    uint32_t reset;
    uint32_t kept; /* of all ones written in xAPIC mode, these bits stay */
    bool x2_read, x2_write;
    uint32_t x2_ok; /* bits that WRMSR takes */
    enum vlapic_effect effect;
};

static const struct want wants[] = {
    {APIC_REG_ID, 0, 0, true, false, 0, VLAPIC_NOTHING},
    {APIC_REG_VERSION, 0, 0, true, false, 0, VLAPIC_NOTHING},
    {APIC_REG_TPR, 0, 0xff, true, true, 0xff, VLAPIC_TPR},
    {APIC_REG_APR, 0, 0, false, false, 0, VLAPIC_NOTHING},
    {APIC_REG_PPR, 0, 0, true, false, 0, VLAPIC_NOTHING},
    {APIC_REG_EOI, 0, 0, false, true, 0, VLAPIC_EOI},
    {APIC_REG_RRD, 0, 0, false, false, 0, VLAPIC_NOTHING},
    {APIC_REG_LDR, 0, 0xff000000, true, false, 0, VLAPIC_IDENTITY},
    {APIC_REG_DFR, 0xffffffff, 0xffffffff, false, false, 0, VLAPIC_IDENTITY},
    {APIC_REG_SVR, 0xff, 0x13ff, true, true, 0x13ff, VLAPIC_ENABLING},
    {APIC_REG_ESR, 0, 0, true, true, 0, VLAPIC_NOTHING},
    {APIC_REG_LVT_CMCI, 0x10000, 0x107ff, true, true, 0x117ff, VLAPIC_LOCAL},
    {APIC_REG_ICR_LO, 0, 0xccfff, true, true, 0xcdfff, VLAPIC_SEND},
    {APIC_REG_ICR_HI, 0, 0xff000000, false, false, 0, VLAPIC_NOTHING},
    {APIC_REG_LVT_TIMER, 0x10000, 0x700ff, true, true, 0x710ff, VLAPIC_LOCAL},
    {APIC_REG_LVT_THERMAL, 0x10000, 0x107ff, true, true, 0x117ff, VLAPIC_LOCAL},
    {APIC_REG_LVT_PERF, 0x10000, 0x107ff, true, true, 0x117ff, VLAPIC_LOCAL},
    {APIC_REG_LVT_LINT0, 0x10000, 0x1a7ff, true, true, 0x1f7ff, VLAPIC_LOCAL},
    {APIC_REG_LVT_LINT1, 0x10000, 0x1a7ff, true, true, 0x1f7ff, VLAPIC_LOCAL},
    {APIC_REG_LVT_ERROR, 0x10000, 0x100ff, true, true, 0x110ff, VLAPIC_LOCAL},
    {APIC_REG_TIMER_INITIAL, 0, 0xffffffff, true, true, 0xffffffff, VLAPIC_TIMER},
    {APIC_REG_TIMER_CURRENT, 0, 0, true, false, 0, VLAPIC_NOTHING},
    {APIC_REG_TIMER_DIVIDE, 0, 0xb, true, true, 0xb, VLAPIC_LOCAL},
    {APIC_REG_SELF_IPI, 0, 0, false, true, 0xff, VLAPIC_ABSENT},
};

static const struct want *find(unsigned offset)
{
    for (unsigned i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        if (wants[i].offset == offset)
            return &wants[i];
    }
    return NULL;
}

/* ISR, TMR and IRR: read-only in both modes. */
static bool is_vectors(unsigned offset)
{
    return offset >= 0x100 && offset <= 0x270;
}

static void reset_values(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_7);

    for (unsigned offset = 0; offset < PAGE_SIZE; offset += 4) {
        const struct want *w = find(offset);
        uint32_t expect = w ? w->reset : 0;

        if (offset == APIC_REG_ID)
            expect = CPU_ID << 24;
        else if (offset == APIC_REG_VERSION)
            expect = VERSION_7;
        CHECK_MSG(reg(offset) == expect, "offset %x: %x, want %x", offset, reg(offset), expect);
    }
    vl = fresh(APIC_MODE_X2APIC, VERSION_7);
    CHECK_EQ(reg(APIC_REG_ID), CPU_ID);
    CHECK_EQ(reg(APIC_REG_LDR), 0x20020);
    vl = fresh(APIC_MODE_XAPIC, VERSION_6);
    CHECK_EQ(reg(APIC_REG_LVT_CMCI), 0);
    CHECK(!vlapic_has(&vl, APIC_REG_LVT_CMCI));
}

static void enable(struct vlapic *vl)
{
    CHECK_EQ(vlapic_write(vl, APIC_REG_SVR, 0x1ff), VLAPIC_ENABLING);
}

static void xapic_writes(void)
{
    for (unsigned offset = 0; offset < PAGE_SIZE; offset += 16) {
        const struct want *w = find(offset);
        struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_7);
        uint32_t before, expect;
        enum vlapic_effect effect;

        enable(&vl);
        before = reg(offset);
        effect = vlapic_write(&vl, offset, 0xffffffff);
        if (!w) {
            CHECK_MSG(effect == (is_vectors(offset) ? VLAPIC_NOTHING : VLAPIC_ABSENT) &&
                          reg(offset) == before,
                      "offset %x", offset);
            continue;
        }
        CHECK_MSG(effect == w->effect, "offset %x: effect %d, want %d", offset, effect, w->effect);
        expect = w->kept;
        if (offset == APIC_REG_ID || offset == APIC_REG_VERSION)
            expect = before;
        CHECK_MSG(reg(offset) == expect, "offset %x: %x, want %x", offset, reg(offset), expect);
        effect = vlapic_write(&vl, offset, 0);
        expect = offset == APIC_REG_DFR ? 0x0fffffff : 0;
        if (offset == APIC_REG_ID || offset == APIC_REG_VERSION)
            expect = before;
        CHECK_MSG(reg(offset) == expect, "offset %x: %x, want %x", offset, reg(offset), expect);
    }
}

/* The processor stores a guest's write to the ID before it exits. */
static void id_is_restored(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_7);

    page[APIC_REG_ID / 4] = 0x07000000;
    CHECK_EQ(vlapic_write(&vl, APIC_REG_ID, 0x07000000), VLAPIC_NOTHING);
    CHECK_EQ(reg(APIC_REG_ID), CPU_ID << 24);
}

static void x2apic_every_bit(void)
{
    for (unsigned offset = 0; offset < PAGE_SIZE; offset += 16) {
        const struct want *w = find(offset);
        const bool writable = w && w->x2_write;
        uint64_t value;

        for (unsigned bit = 0; bit <= 64; bit++) {
            struct vlapic vl = fresh(APIC_MODE_X2APIC, VERSION_7);
            uint64_t ok = w ? w->x2_ok : 0;
            bool gp;

            if (offset == APIC_REG_ICR_LO)
                ok |= UINT64_C(0xffffffff00000000);
            enable(&vl);
            value = bit == 64 ? 0 : UINT64_C(1) << bit;
            gp = vlapic_write(&vl, offset, value) == VLAPIC_GP;
            CHECK_MSG(gp == (!writable || (value & ~ok) != 0), "offset %x value %llx: gp %d",
                      offset, (unsigned long long)value, gp);
        }
    }
}

static void x2apic_reads(void)
{
    struct vlapic vl = fresh(APIC_MODE_X2APIC, VERSION_7);
    uint64_t value;

    for (unsigned offset = 0; offset < PAGE_SIZE; offset += 16) {
        const struct want *w = find(offset);
        bool readable = (w && w->x2_read) || is_vectors(offset);

        CHECK_MSG(vlapic_read(&vl, offset, &value) == readable, "offset %x", offset);
    }
    CHECK_EQ(vlapic_write(&vl, APIC_REG_ICR_LO, UINT64_C(0x1234567800000641)), VLAPIC_SEND);
    CHECK(vlapic_read(&vl, APIC_REG_ICR_LO, &value));
    CHECK_EQ(value, 0x1234567800000641);
    CHECK_EQ(vlapic_icr(&vl), 0x1234567800000641);
    CHECK_EQ(reg(VLAPIC_X2APIC_ICR_HI), 0x12345678);
    CHECK_EQ(reg(APIC_REG_ICR_HI), 0);
}

static void x2apic_refusal_changes_nothing(void)
{
    struct vlapic vl = fresh(APIC_MODE_X2APIC, VERSION_7);
    uint32_t before[PAGE_SIZE / 4];

    memcpy(before, page, sizeof(page));
    for (unsigned offset = 0; offset < PAGE_SIZE; offset += 16) {
        if (vlapic_write(&vl, offset, UINT64_C(0xfffffffffff30000)) == VLAPIC_GP)
            CHECK_MEM(page, before, sizeof(page));
        else
            CHECK_MSG(false, "offset %x took reserved bits", offset);
    }
}

static void xapic_reads(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_6);
    uint64_t value = 1;

    CHECK(vlapic_read(&vl, APIC_REG_EOI, &value));
    CHECK_EQ(value, 0);
    CHECK(!vlapic_read(&vl, APIC_REG_LVT_CMCI, &value));
    CHECK(!vlapic_read(&vl, 0x40, &value));
    CHECK(!vlapic_read(&vl, APIC_REG_SELF_IPI, &value));
    CHECK(vlapic_read(&vl, APIC_REG_VERSION, &value));
    CHECK_EQ(value, VERSION_6);
}

static void features_that_lack(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_6);

    vl.tsc_deadline = false;
    CHECK_EQ(vlapic_write(&vl, APIC_REG_SVR, 0x1fff), VLAPIC_ENABLING);
    CHECK_EQ(reg(APIC_REG_SVR), 0x3ff);
    vlapic_write(&vl, APIC_REG_LVT_TIMER, 0x40031);
    CHECK_EQ(reg(APIC_REG_LVT_TIMER), 0x31);
    CHECK_EQ(vlapic_write(&vl, APIC_REG_LVT_CMCI, 0x31), VLAPIC_ABSENT);
    CHECK_EQ(reg(APIC_REG_LVT_CMCI), 0);
    vl = fresh(APIC_MODE_X2APIC, VERSION_6);
    vl.tsc_deadline = false;
    CHECK_EQ(vlapic_write(&vl, APIC_REG_SVR, 0x11ff), VLAPIC_GP);
    CHECK_EQ(vlapic_write(&vl, APIC_REG_LVT_TIMER, 0x40031), VLAPIC_GP);
    CHECK_EQ(vlapic_write(&vl, APIC_REG_LVT_CMCI, 0x31), VLAPIC_GP);
}

/* What the processor has stored to the page is not the count if the mode has none. */
static void initial_count_by_mode(void)
{
    for (enum apic_mode mode = APIC_MODE_XAPIC; mode <= APIC_MODE_X2APIC; mode++) {
        struct vlapic vl = fresh(mode, VERSION_7);

        enable(&vl);
        CHECK_EQ(vlapic_write(&vl, APIC_REG_TIMER_INITIAL, 0x1234), VLAPIC_TIMER);
        CHECK_EQ(vlapic_write(&vl, APIC_REG_LVT_TIMER, APIC_LVT_TIMER_TSC_DEADLINE | 0x40),
                 VLAPIC_LOCAL);
        page[APIC_REG_TIMER_INITIAL / 4] = 0x5678;
        CHECK_EQ(vlapic_write(&vl, APIC_REG_TIMER_INITIAL, 0x5678), VLAPIC_NOTHING);
        CHECK_EQ(reg(APIC_REG_TIMER_INITIAL), 0x1234);
        CHECK_EQ(vlapic_write(&vl, APIC_REG_LVT_TIMER, APIC_LVT_TIMER_PERIODIC | 0x40),
                 VLAPIC_LOCAL);
        CHECK_EQ(vlapic_write(&vl, APIC_REG_TIMER_INITIAL, 0x9abc), VLAPIC_TIMER);
        CHECK_EQ(reg(APIC_REG_TIMER_INITIAL), 0x9abc);
    }
}

static void software_disable(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_7);

    CHECK(!vlapic_enabled(&vl));
    vlapic_write(&vl, APIC_REG_LVT_LINT0, 0x700);
    CHECK_EQ(reg(APIC_REG_LVT_LINT0), 0x10700);
    enable(&vl);
    CHECK(vlapic_enabled(&vl));
    for (const uint16_t *lvt = vlapic_lvts; *lvt != 0; lvt++) {
        vlapic_write(&vl, *lvt, 0x41);
        CHECK_EQ(reg(*lvt), 0x41);
    }
    vlapic_write(&vl, APIC_REG_TPR, 0x20);
    CHECK_EQ(vlapic_write(&vl, APIC_REG_SVR, 0xff), VLAPIC_ENABLING);
    CHECK(!vlapic_enabled(&vl));
    for (const uint16_t *lvt = vlapic_lvts; *lvt != 0; lvt++)
        CHECK_EQ(reg(*lvt), 0x10041);
    CHECK_EQ(reg(APIC_REG_TPR), 0x20);
    enable(&vl);
    CHECK_EQ(reg(APIC_REG_LVT_TIMER), 0x10041); /* enabling does not unmask */
}

static void errors(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_7);

    CHECK_EQ(vlapic_error(&vl, 0), VLAPIC_NO_VECTOR);
    CHECK_EQ(vlapic_error(&vl, APIC_ESR_ILLEGAL_REGISTER), VLAPIC_NO_VECTOR);
    CHECK_EQ(reg(APIC_REG_ESR), 0);
    enable(&vl);
    vlapic_write(&vl, APIC_REG_LVT_ERROR, 0xfe);
    CHECK_EQ(vlapic_error(&vl, APIC_ESR_SEND_ILLEGAL_VECTOR), 0xfe);
    vlapic_write(&vl, APIC_REG_ESR, 0);
    CHECK_EQ(reg(APIC_REG_ESR), APIC_ESR_ILLEGAL_REGISTER | APIC_ESR_SEND_ILLEGAL_VECTOR);
    vlapic_write(&vl, APIC_REG_ESR, 0x1234);
    CHECK_EQ(reg(APIC_REG_ESR), 0);
    vlapic_write(&vl, APIC_REG_LVT_ERROR, 0x0f);
    CHECK_EQ(vlapic_error(&vl, APIC_ESR_SEND_ACCEPT), VLAPIC_NO_VECTOR);
    vlapic_write(&vl, APIC_REG_ESR, 0);
    CHECK_EQ(reg(APIC_REG_ESR), APIC_ESR_SEND_ACCEPT | APIC_ESR_RECEIVE_ILLEGAL_VECTOR);
}

static void mode_changes(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_7);

    enable(&vl);
    vlapic_write(&vl, APIC_REG_TPR, 0x30);
    vlapic_write(&vl, APIC_REG_LDR, 0x04000000);
    vlapic_write(&vl, APIC_REG_ICR_HI, 0x07000000);
    vlapic_write(&vl, APIC_REG_LVT_TIMER, 0x2ec);
    vlapic_set_mode(&vl, APIC_MODE_X2APIC);
    CHECK_EQ(reg(APIC_REG_ID), CPU_ID);
    CHECK_EQ(reg(APIC_REG_LDR), 0x20020);
    CHECK_EQ(reg(APIC_REG_TPR), 0x30);
    CHECK_EQ(reg(APIC_REG_LVT_TIMER), 0xec);
    CHECK_EQ(vlapic_icr(&vl) >> 32, 0);
    CHECK(vlapic_enabled(&vl));
    vlapic_set_mode(&vl, APIC_MODE_DISABLED);
    CHECK(!vlapic_enabled(&vl));
    CHECK(!vlapic_identity(&vl).enabled);
    vlapic_set_mode(&vl, APIC_MODE_XAPIC);
    CHECK_EQ(reg(APIC_REG_SVR), 0xff);
    CHECK_EQ(reg(APIC_REG_TPR), 0);
    CHECK_EQ(reg(APIC_REG_LDR), 0);
    CHECK_EQ(reg(APIC_REG_ID), CPU_ID << 24);
    /* INIT keeps the mode. */
    vlapic_set_mode(&vl, APIC_MODE_X2APIC);
    vlapic_reset(&vl);
    CHECK_EQ(reg(APIC_REG_ID), CPU_ID);
    CHECK_EQ(reg(APIC_REG_LDR), 0x20020);
}

static void identity(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_7);
    struct lapic_id id;

    vlapic_write(&vl, APIC_REG_LDR, 0x04ffffff);
    vlapic_write(&vl, APIC_REG_DFR, 0);
    id = vlapic_identity(&vl);
    CHECK_EQ(id.id, CPU_ID);
    CHECK_EQ(id.ldr, 0x04000000);
    CHECK_EQ(id.dfr, 0x0fffffff);
    CHECK(id.enabled && !id.x2apic);
    vlapic_set_mode(&vl, APIC_MODE_X2APIC);
    CHECK(vlapic_identity(&vl).x2apic);
}

static void physical_side(void)
{
    struct vlapic vl = fresh(APIC_MODE_XAPIC, VERSION_7);

    CHECK_EQ(vlapic_physical(&vl, APIC_REG_SVR), 0x107);
    vlapic_write(&vl, APIC_REG_SVR, 0x12e1);
    CHECK_EQ(vlapic_spurious_vector(&vl), 0xe1);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_SVR), 0x107); /* EOIs of what it refuses */
    vlapic_write(&vl, APIC_REG_SVR, 0x13e1);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_SVR), 0x1107); /* bit 9: no focus checking */
    enable(&vl);
    vlapic_write(&vl, APIC_REG_LVT_TIMER, 0x400ec);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_LVT_TIMER), 0x400ec);
    vlapic_write(&vl, APIC_REG_LDR, 0x02000000);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_LDR), 0x02000000);
    vlapic_write(&vl, APIC_REG_DFR, 0);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_DFR), 0x0fffffff);
    vlapic_set_mode(&vl, APIC_MODE_DISABLED);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_LVT_LINT0), 0x700);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_LVT_LINT1), 0x400);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_LVT_TIMER), 0x10000);
    CHECK_EQ(vlapic_physical(&vl, APIC_REG_SVR), 0x107);
}

int main(void)
{
    TEST_RUN(reset_values);
    TEST_RUN(xapic_writes);
    TEST_RUN(id_is_restored);
    TEST_RUN(x2apic_every_bit);
    TEST_RUN(x2apic_reads);
    TEST_RUN(x2apic_refusal_changes_nothing);
    TEST_RUN(xapic_reads);
    TEST_RUN(features_that_lack);
    TEST_RUN(initial_count_by_mode);
    TEST_RUN(software_disable);
    TEST_RUN(errors);
    TEST_RUN(mode_changes);
    TEST_RUN(identity);
    TEST_RUN(physical_side);
    return test_done();
}
