/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the cases of device-irq share: three interrupt lines that software can raise, and a record
 * of what their handlers saw. Only the BSP arms, disarms and checks; anybody may raise.
 */
#ifndef GUEST_DEVICE_IRQ_CASES_H
#define GUEST_DEVICE_IRQ_CASES_H

#include "lib/clock.h"
#include "lib/cpu_insn.h"
#include "lib/io_apic.h"
#include "lib/lapic.h"
#include "lib/leaf.h"
#include "lib/smp.h"
#include "lib/tap.h"

#define VECTOR_UART     0x64
#define VECTOR_TIMER    0x74
#define VECTOR_KEYBOARD 0x84
#define VECTOR_IPI      0x94 /* above all lines */

/* Long enough for an interrupt that should not come. */
#define QUIET_US 500

/* For two CPUs that take turns many times: on a busy host each turn is a time slice of its. */
#define LONG_TIMEOUT_MS (12 * CPU_TIMEOUT_MS)

struct line {
    const char *name;
    unsigned pin, vector;
    void (*prepare)(void); /* the device can interrupt, and does not yet */
    void (*restore)(void);
    void (*raise)(void);
    void (*lower)(void);
};

/* lines.c. UART: as long as its transmitter is empty and may interrupt; nothing may be printed. */
extern const struct line uart;
/* A byte that the controller has been told to deliver; Bochs takes 250 us. Until it is read. */
extern const struct line keyboard;
/* One pulse of the PIT, some 50 us later. Edges only. */
extern const struct line timer;

/* What came of a line since line_arm(). */
struct record {
    const struct line *line;
    bool armed, level;
    bool quick;           /* the handler looks at no register */
    unsigned keep;        /* that many deliveries leave the line as it is, the next ones lower it */
    void (*during)(void); /* in the handler, before EOI, interrupts off */

    atomic_uint begun, ended;            /* handlers; `ended` is counted after EOI */
    atomic_uint by_cpu[MAX_CPUS];        /* begun */
    atomic_uint first_begun, last_ended; /* when: record_time() */
    atomic_bool in_service;
    atomic_uint nested, no_isr, wrong_tmr, irr_too, wrong_remote_irr;
};

enum arm_flags { ARM_EDGE = 0, ARM_LEVEL = 1, ARM_LOGICAL = 2, ARM_LOWEST = 4 };

/* record.c: prepares the device, forgets its record, routes its pin to CPU `cpu`. */
struct record *line_arm(const struct line *line, enum arm_flags flags, unsigned cpu);
/* The same for any destination. */
struct record *line_arm_at(const struct line *line, enum arm_flags flags, uint32_t dest);
/* Another CPU from now on; what is on its way stays so. */
void line_reroute(const struct line *line, unsigned cpu);
void line_disarm(const struct line *line);
struct record *record_of(const struct line *line);

/* Waits until so many handlers have ended; false after CPU_TIMEOUT_MS. */
bool line_wait(const struct line *line, unsigned count);
/* Waits until the calling CPU's LAPIC has the line's request; the same. */
bool line_wait_requested(const struct line *line);
/* Raises it `times` times, each time when the one before has ended. */
bool line_repeat(const struct line *line, unsigned times);
/* Checks that the line came so often and never in the wrong way; waits a moment for too many. */
void line_check(const struct line *line, unsigned count);

/* A number that is higher than all before. */
unsigned record_time(void);
/* Waits for an atomic to reach a value, CPU_TIMEOUT_MS at most. */
bool wait_for(const atomic_uint *value, unsigned least);

/* The last of the CPUs: an AP if there is one. */
unsigned last_cpu(void);

/* A handler for VECTOR_IPI, which counts here. */
extern atomic_uint ipis;
void count_ipis(void);

const char *unfit_for_xapic(void);
const char *unfit_for_x2apic(void);
const char *unfit_for_two(void);

void case_level(void);
void case_again(void);
void case_nested(void);
void case_both(void);
void case_edge(void);
void case_edge_load(void);
void case_edge_window(void);
void case_halted(void);
void case_software_off(void);
void case_enter_x2apic(void);
void case_switched_off(void);
void case_restart(void);
void case_priority(void);
void case_lowest(void);
void case_extint(void);
void case_cost(void);
void case_msi(void);

const char *unfit_for_software_off(void);
const char *unfit_for_switching_off(void);
const char *unfit_for_cost(void);
const char *unfit_for_msi(void);

#endif
