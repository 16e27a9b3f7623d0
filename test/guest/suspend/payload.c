/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suspend: to RAM and back, as a system does it and as a hostile one does. After each resume the
 * boot CPU is at the vector that the guest left, the others wait for a SIPI, and every CPU is under
 * control if it was so before. KVM on AMD (the word `kvm` on the command line): CR4.MCE is not tested.
 */
#include <lapwing/string.h>
#include "lib/clock.h"
#include "lib/control.h"
#include "lib/cpu_insn.h"
#include "lib/leaf.h"
#include "lib/tap.h"
#include "suspend/sleep.h"

const char payload_name[] = "suspend";

#define FIRMWARE_AP_PAGE 0x10000
#define MARK             0x800

#define NO_SLEEP_TYPE 7 /* neither QEMU nor Bochs knows it */
#define AWAKE_US      5000000

static bool expected; /* Lapwing, when the payload began */

const char *payload_unfit(void)
{
    expected = under_lapwing();
    return sleep_init();
}

/* A busy host lets QEMU take a SIPI before the INIT, right after a resume, and so lose the SIPI. */
static bool start_all(void)
{
    return smp_start_all() || smp_start_all() || smp_start_all();
}

static void check_resumed(void)
{
    tap_check(under_lapwing() == expected, "CPU 0 escaped");
    CHECK(start_all());
    check_control();
}

static void to_s3(void)
{
    sleep_write(SLEEP_S3);
}

static void check_state(const struct reset_state *s, uint64_t page)
{
    CHECK_EQ(s->cs, page >> 4);
    CHECK_EQ(s->cr0 & 0x80000001, 0);
    CHECK_EQ(s->cr4 & reset_cr4_bits(), 0);
    CHECK_EQ(s->efer, 0);
    CHECK_EQ(s->eflags & EFLAGS_IF, 0);
}

static void case_wake(void)
{
    struct reset_state state;
    const uint64_t page = sleep_by(to_s3, &state);

    if (!CHECK_EQ(page, WAKE_PAGE))
        return;
    check_state(&state, WAKE_PAGE);
    CHECK_EQ(sleep_facs()->vector, WAKE_PAGE);
    for (unsigned i = 1; i < cpu_count(); i++)
        CHECK(!cpu_alive(i));
    check_resumed();
}

/* Other CPUs want the machine to wake elsewhere, up to the last moment. */
static void write_facs(void *arg)
{
    struct facs *facs = sleep_facs();

    (void)arg;
    for (;;) {
        facs->vector = OTHER_PAGE;
        facs->x_vector = OTHER_PAGE;
        facs->version = 1;
    }
}

static void case_race(void)
{
    const uint8_t version = sleep_facs()->version;
    struct reset_state state;
    uint64_t page;

    for (unsigned i = 1; i < cpu_count(); i++)
        cpu_post(i, write_facs, NULL);
    page = sleep_by(to_s3, &state);
    sleep_facs()->version = version;
    sleep_facs()->x_vector = 0;
    if (!CHECK(page == WAKE_PAGE || page == OTHER_PAGE))
        return;
    check_state(&state, page);
    check_resumed();
}

static void job_to_s3(void *arg)
{
    (void)arg;
    to_s3();
    for (;;)
        cpu_pause();
}

static void let_cpu_1_sleep(void)
{
    cpu_post(1, job_to_s3, NULL);
}

static void case_other_cpu(void)
{
    struct reset_state state;
    uint64_t page;

    if (cpu_count() < 2) {
        tap_skip("needs two CPUs");
        return;
    }
    page = sleep_by(let_cpu_1_sleep, &state);
    CHECK_EQ(page, WAKE_PAGE);
    check_resumed();
}

static void all_to_s3(void)
{
    for (unsigned i = 1; i < cpu_count(); i++)
        cpu_post(i, job_to_s3, NULL);
    to_s3();
}

static void case_all_cpus(void)
{
    struct reset_state state;
    const uint64_t page = sleep_by(all_to_s3, &state);

    CHECK_EQ(page, WAKE_PAGE);
    check_resumed();
}

/*
 * SeaBIOS starts the other CPUs in this page while the machine wakes, and leaves it to the guest before
 * all have come: what the guest has there must not run outside of Lapwing.
 */
static void case_late_cpus(void)
{
    static const uint8_t code[] = {0x2E, 0xC6, 0x06, 0x00, 0x08, 0x01, /* MOV [CS:MARK], 1 */
                                   0xF4, 0xEB, 0xFD};
    volatile uint8_t *mark = (uint8_t *)FIRMWARE_AP_PAGE + MARK;
    struct reset_state state;

    memcpy((void *)FIRMWARE_AP_PAGE, code, sizeof(code));
    *mark = 0;
    if (!CHECK_EQ(sleep_by(to_s3, &state), WAKE_PAGE))
        return;
    if (expected) {
        CHECK_EQ(*mark, 0);
        CHECK_EQ(memcmp((void *)FIRMWARE_AP_PAGE, code, 4), 0);
    }
    check_resumed();
}

/* No state of the machine's: everybody goes on, and the FACS is the guest's. */
static void case_awake(void)
{
    const uint64_t begin = clock_us();

    sleep_facs()->vector = OTHER_PAGE;
    sleep_write(NO_SLEEP_TYPE);
    CHECK(clock_us() - begin < AWAKE_US);
    CHECK_EQ(sleep_facs()->vector, OTHER_PAGE);
    for (unsigned i = 1; i < cpu_count(); i++)
        CHECK(cpu_alive(i));
    check_resumed();
}

const struct payload_case payload_cases[] = {
    {"wake", case_wake, NULL},         {"wake-again", case_wake, NULL},
    {"race", case_race, NULL},         {"race-again", case_race, NULL},
    {"race-3", case_race, NULL},       {"other-cpu", case_other_cpu, NULL},
    {"all-cpus", case_all_cpus, NULL}, {"late-cpus", case_late_cpus, NULL},
    {"awake", case_awake, NULL},       {NULL, NULL, NULL},
};
