/* SPDX-License-Identifier: GPL-2.0-only */
/* How the other CPUs are brought in: what the boot CPU sends, to whom, and who is kept. */
#include "core/start/ap.h"

#include <stdlib.h>

#include "../test.h"
#include "apic/apic.h"
#include "apic/icr.h"
#include "apic/physical/lapic.h"
#include "core/exit.h"
#include "core/host/delay.h"
#include "core/host/idt.h"
#include "core/host/log.h"
#include "core/host/x86_insn.h"
#include "core/machine.h"
#include "core/msr.h"
#include "core/start/trampoline.h"
#include "core/virt.h"

#define PAGE      0x9000
#define ABSENT_ID 7
#define MAX_SENT  64

struct machine machine;

static struct {
    uint32_t id, command;
} sent[MAX_SENT];
static unsigned sent_count;
static struct vcpu *aimed;

void lapic_send_ipi(uint32_t apic_id, uint32_t command)
{
    CHECK(sent_count < MAX_SENT);
    sent[sent_count].id = apic_id;
    sent[sent_count++].command = command;
    if ((command & ICR_MODE_MASK) >> ICR_MODE_SHIFT == ICR_MODE_SIPI && apic_id != ABSENT_ID) {
        CHECK_EQ(command & ICR_VECTOR, PAGE >> 12);
        CHECK_EQ(apic_id, aimed->apic_id);
        aimed->smp.waiting = true;
    }
}

void trampoline_aim(hpa_t page, struct vcpu *v, void (*entry)(struct vcpu *v))
{
    (void)entry;
    CHECK_EQ(page, PAGE);
    aimed = v;
}

static uint64_t tsc = 5000;
static unsigned sent_before_wait;

uint64_t rdtsc(void)
{
    return tsc;
}

void delay_us(uint64_t us)
{
    (void)us;
}

void delay_since(uint64_t since, uint64_t us)
{
    CHECK_EQ(since, 5000);
    CHECK_EQ(us, 10000);
    sent_before_wait = sent_count;
}

void log_line(enum log_level level, const char *fmt, ...)
{
    (void)level;
    (void)fmt;
}

void refuse(const char *fmt, ...)
{
    (void)fmt;
    abort();
}

/* What an AP does itself, which no test runs. */
void lapic_attach(struct vcpu *v)
{
    (void)v;
}

int virt_enable_cpu(struct vcpu *v, const char **missing)
{
    (void)v;
    (void)missing;
    return 0;
}

void msr_traps_apply(struct vcpu *v)
{
    (void)v;
}

void virt_vcpu_reset(struct vcpu *v)
{
    (void)v;
}

void apic_cpu_init(struct vcpu *v)
{
    (void)v;
}

void idt_load(void)
{
}

void vcpu_loop(struct vcpu *v)
{
    (void)v;
    abort();
}

static struct vcpu cpu[3];
static struct vcpu *cpus[3];

static void start(cpu_id_t count, uint32_t second_id)
{
    memset(cpu, 0, sizeof(cpu));
    for (cpu_id_t i = 0; i < 3; i++) {
        cpus[i] = &cpu[i];
        cpu[i].apic_id = i;
    }
    cpu[1].apic_id = second_id;
    machine.cpus = cpus;
    machine.cpu_count = count;
    sent_count = 0;
    ap_init_others();
    tsc++; /* the boot CPU does other things */
    ap_start_all(PAGE);
    tsc--;
}

/* Whoever is in no table: such a CPU must not stay in code that a guest can change. */
static void all_others_get_an_init_first(void)
{
    start(1, 1);
    CHECK_EQ(sent_count, 1);
    CHECK_EQ(sent_before_wait, 1);
    CHECK_EQ((sent[0].command & ICR_SHORTHAND_MASK) >> ICR_SHORTHAND_SHIFT, ICR_SHORTHAND_OTHERS);
    CHECK_EQ((sent[0].command & ICR_MODE_MASK) >> ICR_MODE_SHIFT, ICR_MODE_INIT);
    CHECK(sent[0].command & ICR_ASSERT);
    CHECK_EQ(machine.cpu_count, 1);
}

static void each_gets_init_and_sipi(void)
{
    start(3, 1);
    CHECK_EQ(sent_count, 5);
    CHECK_EQ(sent_before_wait, 1);
    for (unsigned i = 1; i < 5; i++) {
        CHECK_EQ(sent[i].id, (i + 1) / 2);
        CHECK_EQ((sent[i].command & ICR_MODE_MASK) >> ICR_MODE_SHIFT,
                 i % 2 ? ICR_MODE_INIT : ICR_MODE_SIPI);
        CHECK_EQ(sent[i].command & ICR_SHORTHAND_MASK, 0);
    }
    CHECK_EQ(machine.cpu_count, 3);
}

static void one_that_does_not_answer_is_left_out_by_an_init(void)
{
    start(3, ABSENT_ID);
    CHECK_EQ(machine.cpu_count, 2);
    CHECK(machine.cpus[1] == &cpu[2]);
    CHECK_EQ(cpu[2].index, 1);
    CHECK_EQ(sent[sent_count - 3].id, ABSENT_ID);
    CHECK_EQ((sent[sent_count - 3].command & ICR_MODE_MASK) >> ICR_MODE_SHIFT, ICR_MODE_INIT);
}

int main(void)
{
    TEST_RUN(all_others_get_an_init_first);
    TEST_RUN(each_gets_init_and_sipi);
    TEST_RUN(one_that_does_not_answer_is_left_out_by_an_init);
    return test_done();
}
