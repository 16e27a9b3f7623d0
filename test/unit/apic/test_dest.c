/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Destinations against an independent model without masks. The model takes numbers apart into
 * digits by division, and an x2APIC's logical ID into a cluster number and a set of members.
 */
#include "apic/apic_regs.h"
#include "apic/dest.h"

#include "fakes/lapic_word.h"
#include "test.h"

#define FLAT    0xffffffff
#define CLUSTER 0x0fffffff

static struct ipi_msg to(uint32_t dest, bool logical, bool x2apic)
{
    return (struct ipi_msg){
        .mode = ICR_MODE_FIXED, .vector = 0x40, .dest = dest, .logical = logical, .x2apic = x2apic};
}

static struct lapic_id xapic(uint32_t id, uint32_t logical_id, uint32_t dfr)
{
    return (struct lapic_id){
        .id = id, .ldr = logical_id * 16777216, .dfr = dfr, .x2apic = false, .enabled = true};
}

static struct lapic_id x2apic(uint32_t id)
{
    /* Rubbish in LDR and DFR: they do not exist as such in this mode. */
    return (struct lapic_id){
        .id = id, .ldr = 0xff000000, .dfr = CLUSTER, .x2apic = true, .enabled = true};
}

static bool matches(const struct ipi_msg *m, const struct lapic_id *me, bool is_self)
{
    return dest_matches(m, lapic_id_pack(me), is_self);
}

static void check(struct ipi_msg m, struct lapic_id me, bool want)
{
    CHECK_MSG(matches(&m, &me, false) == want,
              "dest 0x%x %s from %s to id 0x%x ldr 0x%x dfr 0x%x %s: want %d", m.dest,
              m.logical ? "logical" : "physical", m.x2apic ? "x2APIC" : "xAPIC", me.id, me.ldr,
              me.dfr, me.x2apic ? "x2APIC" : "xAPIC", want);
    /* Without a shorthand it does not matter who sent it. */
    CHECK(matches(&m, &me, true) == want);
    me.enabled = false;
    CHECK(!matches(&m, &me, false));
}

/* Have two numbers a binary digit 1 in common, among the lowest `digits`? */
static bool share_a_digit(unsigned a, unsigned b, unsigned digits)
{
    for (; digits > 0; digits--, a /= 2, b /= 2)
        if (a % 2 == 1 && b % 2 == 1)
            return true;
    return false;
}

static void xapic_physical(void)
{
    for (uint32_t dest = 0; dest < 256; dest++)
        for (uint32_t id = 0; id < 256; id++)
            check(to(dest, false, false), xapic(id, 1, FLAT), dest == id || dest == 255);
}

static void xapic_flat(void)
{
    for (uint32_t dest = 0; dest < 256; dest++)
        for (uint32_t logical_id = 0; logical_id < 256; logical_id++)
            check(to(dest, true, false), xapic(7, logical_id, FLAT),
                  share_a_digit(dest, logical_id, 8));
}

static void xapic_cluster(void)
{
    for (uint32_t dest = 0; dest < 256; dest++)
        for (uint32_t logical_id = 0; logical_id < 256; logical_id++) {
            const bool same_cluster = dest / 16 == logical_id / 16;

            check(to(dest, true, false), xapic(7, logical_id, CLUSTER),
                  dest == 255 || (same_cluster && share_a_digit(dest % 16, logical_id % 16, 4)));
        }
}

/* Only bits 31:28 of DFR select, and only two values of them are models. */
static void xapic_models(void)
{
    for (uint32_t model = 0; model < 16; model++)
        for (uint32_t low = 0; low < 2; low++) {
            const uint32_t dfr = model * 268435456 + low * 0x0fffffff;

            check(to(0x13, true, false), xapic(0, 0x22, dfr), model == 15);
            check(to(0x31, true, false), xapic(0, 0x31, dfr), model == 15 || model == 0);
            check(to(0xff, true, false), xapic(0, 0, dfr), model == 0);
        }
    /* Only bits 31:24 of LDR are the logical ID. */
    const struct lapic_id junk = {.ldr = 0x00ffffff, .dfr = FLAT, .enabled = true};

    check(to(0xff, true, false), junk, false);
}

static void x2apic_physical(void)
{
    static const uint32_t ids[] = {0, 1, 0xfe, 0xff, 0x100, 0x101, 0x1ff, 0xffff, 0xfffffffe};

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(ids); j++)
            check(to(ids[i], false, true), x2apic(ids[j]), i == j);
        check(to(0xffffffff, false, true), x2apic(ids[i]), true);
    }
}

static void x2apic_ldr_is_derived(void)
{
    CHECK_EQ(x2apic_ldr(0), 0x00000001);
    CHECK_EQ(x2apic_ldr(3), 0x00000008);
    CHECK_EQ(x2apic_ldr(0xf), 0x00008000);
    CHECK_EQ(x2apic_ldr(0x10), 0x00010001);
    CHECK_EQ(x2apic_ldr(0x11f), 0x00118000);
    CHECK_EQ(x2apic_ldr(0xfffff), 0xffff8000);
    for (uint32_t id = 0; id < 0x100000; id++) {
        uint32_t member = 1;

        for (uint32_t i = 0; i < id % 16; i++)
            member *= 2;
        CHECK_EQ(x2apic_ldr(id), id / 16 * 65536 + member);
    }
}

static void check_x2apic_logical(uint32_t cluster, uint32_t members, uint32_t id)
{
    unsigned bit = members;

    for (uint32_t i = 0; i < id % 16; i++)
        bit /= 2;
    check(to(cluster * 65536 + members, true, true), x2apic(id),
          cluster == id / 16 && bit % 2 == 1);
}

static void x2apic_logical(void)
{
    static const uint32_t members[] = {0, 1, 2, 3, 8, 0x80, 0x100, 0x5555, 0x8000, 0xfffe, 0xffff};

    for (uint32_t m = 0; m < 65536; m++) {
        check_x2apic_logical(0, m, 5);
        check_x2apic_logical(17, m, 17 * 16 + 15);
    }
    for (uint32_t cluster = 0; cluster < 33; cluster++)
        for (size_t m = 0; m < ARRAY_SIZE(members); m++)
            for (uint32_t id = 0; id < 33 * 16; id++)
                check_x2apic_logical(cluster, members[m], id);
    for (uint32_t id = 0; id < 1024; id++)
        check(to(0xffffffff, true, true), x2apic(id), true);
}

/* IDs of two clusters ORed name a third one, not both. */
static void x2apic_clusters_do_not_or(void)
{
    const uint32_t both = x2apic_ldr(0x10) | x2apic_ldr(0x20);

    check(to(both, true, true), x2apic(0x10), false);
    check(to(both, true, true), x2apic(0x20), false);
    check(to(both, true, true), x2apic(0x30), true);
}

/* While a guest switches mode CPU by CPU. */
static void mixed_modes(void)
{
    /* From xAPIC to x2APIC: the 8-bit broadcast is one, IDs are IDs. */
    check(to(0xff, false, false), x2apic(3), true);
    check(to(0xff, false, false), x2apic(0x1234), true);
    check(to(3, false, false), x2apic(3), true);
    check(to(3, false, false), x2apic(0x103), false);
    check(to(0xff, true, false), x2apic(0x1234), true);
    check(to(0x08, true, false), x2apic(3), true); /* flat, and member of cluster 0 */
    check(to(0x08, true, false), x2apic(0x13), false);
    /* From x2APIC to xAPIC: 0xFF is a CPU, 32 ones are all; wide numbers do not wrap to 8 bits. */
    check(to(0xffffffff, false, true), xapic(3, 8, FLAT), true);
    check(to(0xffffffff, true, true), xapic(3, 8, FLAT), true);
    check(to(0xffffffff, true, true), xapic(3, 0, FLAT), true);
    check(to(0xffffffff, true, true), xapic(3, 0, CLUSTER), true);
    check(to(0xff, false, true), xapic(3, 8, FLAT), false);
    check(to(0xff, false, true), x2apic(3), false);
    check(to(0xff, false, true), x2apic(0xff), true);
    check(to(3, false, true), xapic(3, 8, FLAT), true);
    check(to(0x103, false, true), xapic(3, 8, FLAT), false);
    check(to(0x08, true, true), xapic(3, 8, FLAT), true);
    check(to(0x10008, true, true), xapic(3, 8, FLAT), false);
    check(to(0xff, true, true), xapic(3, 0x13, CLUSTER), false);
    /* An ID that xAPIC mode cannot show is still the CPU's. */
    check(to(0x103, false, true), xapic(0x103, 8, FLAT), true);
}

static void shorthands(void)
{
    /* A destination field that would say otherwise does not count. */
    static const uint32_t dests[] = {0, 3, 0xff, 0xffffffff};

    for (size_t d = 0; d < ARRAY_SIZE(dests); d++)
        for (unsigned n = 0; n < 16; n++) {
            struct ipi_msg m = to(dests[d], n % 2 == 1, n / 2 % 2 == 1);
            struct lapic_id me = n / 4 % 2 == 1 ? x2apic(3) : xapic(3, 8, FLAT);

            me.enabled = n / 8 == 1;
            m.shorthand = ICR_SHORTHAND_SELF;
            CHECK_EQ(matches(&m, &me, true), me.enabled);
            CHECK(!matches(&m, &me, false));
            m.shorthand = ICR_SHORTHAND_ALL;
            CHECK_EQ(matches(&m, &me, true), me.enabled);
            CHECK_EQ(matches(&m, &me, false), me.enabled);
            m.shorthand = ICR_SHORTHAND_OTHERS;
            CHECK(!matches(&m, &me, true));
            CHECK_EQ(matches(&m, &me, false), me.enabled);
        }
}

static void identity_fits_one_word(void)
{
    const struct lapic_id ids[] = {
        {.id = 0},
        {.id = 0xFFFFFFFE, .x2apic = true, .enabled = true},
        {.id = 7, .ldr = 0x80u << 24, .dfr = APIC_DFR_FLAT, .enabled = true},
        {.id = 254, .ldr = 0xFFu << 24, .dfr = APIC_DFR_CLUSTER, .enabled = true},
    };

    for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct lapic_id got = lapic_id_unpack(lapic_id_pack(&ids[i]));

        CHECK_EQ(got.id, ids[i].id);
        CHECK_EQ(got.ldr, ids[i].ldr);
        CHECK_EQ(got.dfr, ids[i].dfr);
        CHECK_EQ(got.x2apic, ids[i].x2apic);
        CHECK_EQ(got.enabled, ids[i].enabled);
    }
}

int main(void)
{
    TEST_RUN(xapic_physical);
    TEST_RUN(xapic_flat);
    TEST_RUN(xapic_cluster);
    TEST_RUN(xapic_models);
    TEST_RUN(x2apic_physical);
    TEST_RUN(x2apic_ldr_is_derived);
    TEST_RUN(x2apic_logical);
    TEST_RUN(x2apic_clusters_do_not_or);
    TEST_RUN(mixed_modes);
    TEST_RUN(shorthands);
    TEST_RUN(identity_fits_one_word);
    return test_done();
}
