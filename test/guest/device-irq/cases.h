/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the cases of device-irq share: three interrupt lines that software can raise, and a record
 * of what their handlers saw. Only the BSP arms, disarms and checks lines; any CPU may raise one.
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

/* Long enough to see an interrupt that should not come. */
#define QUIET_US 500

/* For two CPUs that take turns many times: on a busy host each turn takes a time slice. */
#define LONG_TIMEOUT_MS (12 * CPU_TIMEOUT_MS)

struct line {
    const char *name;
    unsigned pin, vector;
    void (*prepare)(void); /* afterwards the device can interrupt, and does not yet */
    void (*restore)(void);
    void (*raise)(void);
    void (*lower)(void);
};

/* lines.c. Up while the UART's transmitter is empty and may interrupt. Print nothing meanwhile. */
extern const struct line uart;
/* Up until the byte that the controller was told to deliver is read. Bochs takes 250 us. */
extern const struct line keyboard;
/* One pulse of the PIT, about 50 us later. Edges only. */
extern const struct line timer;

/* What came of a line since line_arm(). */
struct record {
    const struct line *line;
    bool armed, level;
    bool quick;           /* the handler reads no register */
    unsigned keep;        /* so many deliveries leave the line as it is; later ones lower it */
    void (*during)(void); /* runs in the handler, before EOI, with interrupts off */

    atomic_uint begun, ended;            /* handlers; `ended` counts after the EOI */
    atomic_uint by_cpu[MAX_CPUS];        /* begun */
    atomic_uint first_begun, last_ended; /* record_time() of the first and the last */
    atomic_bool in_service;
    atomic_uint nested, no_isr, wrong_tmr, irr_too, wrong_remote_irr;
};

enum arm_flags { ARM_EDGE = 0, ARM_LEVEL = 1, ARM_LOGICAL = 2, ARM_LOWEST = 4 };

/* record.c: prepares the device, clears its record and routes its pin to CPU `cpu`. */
struct record *line_arm(const struct line *line, enum arm_flags flags, unsigned cpu);
/* The same for any destination. */
struct record *line_arm_at(const struct line *line, enum arm_flags flags, uint32_t dest);
/*
 * Routes the line to another CPU from now on. An interrupt on its way still comes to the old one.
 */
void line_reroute(const struct line *line, unsigned cpu);
void line_disarm(const struct line *line);
struct record *record_of(const struct line *line);

/* Waits until so many handlers have ended. Returns false after CPU_TIMEOUT_MS. */
bool line_wait(const struct line *line, unsigned count);
/*
 * Waits until the calling CPU's LAPIC has the line's request. Returns false after CPU_TIMEOUT_MS.
 */
bool line_wait_requested(const struct line *line);
/* Raises the line `times` times, each time after the one before has ended. */
bool line_repeat(const struct line *line, unsigned times);
/* Checks that the line came exactly so often and never wrongly. Waits a moment for further ones. */
void line_check(const struct line *line, unsigned count);

/* Returns a number that is higher than all before. */
unsigned record_time(void);
/* Waits until an atomic has reached a value. Returns false after CPU_TIMEOUT_MS. */
bool wait_for(const atomic_uint *value, unsigned least);

/* Returns the last CPU's index: an AP if there is one. */
unsigned last_cpu(void);

/* Installs a handler for VECTOR_IPI, which counts here. */
extern atomic_uint ipis;
void count_ipis(void);

const char *unfit_for_xapic(void);
const char *unfit_for_x2apic(void);
const char *unfit_for_two(void);

void case_level(void);
void case_again(void);
void case_nested(void);
void case_both(void);
void case_spurious(void);
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
