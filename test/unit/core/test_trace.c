/* SPDX-License-Identifier: GPL-2.0-only */
/* The ring of last exits: what a dump of memory shows of it, the filter, and who gets the cycles. */
#include "core/trace.h"

#include <stdarg.h>
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "test.h"

static uint64_t tsc;
static unsigned lines;
static struct trace t;
static struct trace_record *last; /* of the last exit */

uint64_t rdtsc(void)
{
    return tsc++;
}

void log_raw(const char *word, const char *fmt, ...)
{
    (void)word;
    (void)fmt;
    lines++;
}

static void start(uint32_t kinds)
{
    memset(&t, 0, sizeof(t));
    trace_init(&t, 3);
    trace_kinds = kinds;
    tsc = 100;
    lines = 0;
}

static void add(enum vm_exit_kind kind)
{
    const struct vm_exit x = {.kind = kind, .reason = 0x30, .info = 0x830};

    last = trace_exit(&t, &x, 0x1234);
}

static void a_dump_shows_whose_ring_it_is(void)
{
    start(TRACE_ALL);
    CHECK(memcmp(&t, "LWTRACE1", 8) == 0);
    CHECK_EQ(t.cpu, 3);
    CHECK_EQ(t.records, CONFIG_TRACE_RECORDS);
    CHECK_EQ(sizeof(struct trace_record), 40);
    CHECK_EQ((uint64_t)t.ring - (uint64_t)&t, 24);
}

static void an_exit_gets_its_own_cycles(void)
{
    start(TRACE_ALL);
    add(EXIT_MSR_WRITE);
    tsc = 877;
    CHECK_EQ(trace_exit_done(last), 777);
    CHECK_EQ(t.next, 1);
    CHECK_EQ(t.ring[0].kind, EXIT_MSR_WRITE);
    CHECK_EQ(t.ring[0].tsc, 100);
    CHECK_EQ(t.ring[0].rip, 0x1234);
    CHECK_EQ(t.ring[0].info, 0x830);
    CHECK_EQ(t.ring[0].reason, 0x30);
    CHECK_EQ(t.ring[0].cycles, 777);
}

static void an_ipi_takes_its_exits_place(void)
{
    start(TRACE_ALL);
    add(EXIT_CPUID);
    add(EXIT_MSR_WRITE);
    trace_ipi(&t, 0xC4608, TRACE_IPI_X2APIC);
    trace_ipi_cpus(&t, 3);
    tsc = 878;
    CHECK_EQ(trace_exit_done(last), 777);
    CHECK_EQ(t.next, 2);
    CHECK_EQ(t.ring[0].kind, EXIT_CPUID);
    CHECK_EQ(t.ring[1].kind, TRACE_IPI);
    CHECK_EQ(t.ring[1].tsc, 101);
    CHECK_EQ(t.ring[1].rip, 0x1234);
    CHECK_EQ(t.ring[1].info, 0xC4608);
    CHECK_EQ(t.ring[1].reason, TRACE_IPI_X2APIC | 3);
    CHECK_EQ(t.ring[1].cycles, 777);
}

static void an_ipi_alone_has_a_record_of_its_own(void)
{
    start(BIT32(TRACE_IPI));
    add(EXIT_MSR_WRITE);
    trace_ipi(&t, 0xC4608, 0);
    trace_ipi_cpus(&t, 3);
    tsc = 877;
    CHECK_EQ(trace_exit_done(last), 777);
    CHECK_EQ(t.next, 1);
    CHECK_EQ(t.ring[0].kind, TRACE_IPI);
    CHECK_EQ(t.ring[0].tsc, 101);
    CHECK_EQ(t.ring[0].rip, 0);
    CHECK_EQ(t.ring[0].reason, 3);
    CHECK_EQ(t.ring[0].cycles, 0);
}

static void what_is_filtered_out_leaves_nothing(void)
{
    start(BIT32(TRACE_IPI) | BIT32(EXIT_CPUID));
    add(EXIT_CPUID);
    add(EXIT_MSR_WRITE);
    tsc += 776;
    CHECK_EQ(trace_exit_done(last), 777);
    CHECK_EQ(t.next, 1);
    CHECK_EQ(t.ring[0].cycles, 0);
    trace_kinds = 0;
    add(EXIT_CPUID);
    trace_ipi(&t, 0, 0);
    trace_ipi_cpus(&t, 3);
    CHECK_EQ(t.next, 1);
    CHECK_EQ(t.ring[0].reason, 0x30);
}

static void the_ring_goes_round(void)
{
    start(TRACE_ALL);
    for (unsigned i = 0; i < CONFIG_TRACE_RECORDS + 2; i++)
        add(EXIT_CPUID);
    tsc += 4;
    CHECK_EQ(trace_exit_done(last), 5);
    CHECK_EQ(t.ring[1].tsc, 100 + CONFIG_TRACE_RECORDS + 1);
    CHECK_EQ(t.ring[1].cycles, 5);
    CHECK_EQ(t.ring[2].tsc, 102);
    trace_print(&t, 8);
    CHECK_EQ(lines, 8);
}

static void each_kind_has_a_name_of_its_own_or_shares_it(void)
{
    for (uint32_t kind = 0; kind < TRACE_KIND_COUNT; kind++)
        CHECK_MSG(trace_kind_name(kind)[0] > 'Z', "kind %u", kind);
    CHECK_STR(trace_kind_name(TRACE_IPI), "ipi");
    CHECK_STR(trace_kind_name(TRACE_KIND_COUNT), "?");
}

int main(void)
{
    TEST_RUN(a_dump_shows_whose_ring_it_is);
    TEST_RUN(an_exit_gets_its_own_cycles);
    TEST_RUN(an_ipi_takes_its_exits_place);
    TEST_RUN(an_ipi_alone_has_a_record_of_its_own);
    TEST_RUN(what_is_filtered_out_leaves_nothing);
    TEST_RUN(the_ring_goes_round);
    TEST_RUN(each_kind_has_a_name_of_its_own_or_shares_it);
    return test_done();
}
