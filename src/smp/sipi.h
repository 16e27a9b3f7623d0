/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software wait-for-SIPI: what INIT and STARTUP IPIs do to one CPU, and the mailbox word by which
 * CPUs send them. Pure functions on values; they know no register, no vendor and no strategy. Only
 * the CPU itself reads and writes its run state. All CPUs share the mailbox word and change it by
 * compare-and-exchange:
 *
 *    sender:    old = load(word); while (!cas(word, &old, mailbox_post(old, event, vector))) ;
 *               then kick the CPU
 *    consumer:  old = load(word);
 *               do take = mailbox_take(old); while (!cas(word, &old, take.rest));
 *               then sipi_next() with what was taken; again until take.any is false
 *
 * Every INIT and SIPI goes through the mailbox, also one that arrived physically and one that a CPU
 * sends to itself, because the mailbox lets an INIT overtake an older SIPI. To the sender an INIT
 * is finished when it is posted.
 *
 * Source: Intel SDM Vol. 3A, "MP Initialization Protocol Algorithm for MP Systems", "Local APIC
 * State After It Receives an INIT Reset" and the delivery modes of "Interrupt Command Register
 * (ICR)".
 */
#ifndef SMP_SIPI_H
#define SMP_SIPI_H

#include <lapwing/types.h>

enum run_state {
    RUN_STATE_RUNNING,
    RUN_STATE_WAIT_SIPI,
};

enum sipi_event {
    SIPI_EVENT_INIT,
    SIPI_EVENT_SIPI, /* the only event with a vector */
};

/* What the CPU must do. */
enum sipi_action {
    SIPI_ACTION_NONE,               /* nothing: the event is ignored */
    SIPI_ACTION_RESET_AND_PARK,     /* INIT of vCPU and LAPIC, then wait for a SIPI */
    SIPI_ACTION_RESET_AND_CONTINUE, /* the same reset (BSP), then run from the reset vector */
    SIPI_ACTION_START_AT,           /* run with CS = vector << 8, IP = 0 */
    SIPI_ACTION_STAY_PARKED,        /* go on waiting */
};

struct sipi_step {
    enum run_state state;
    enum sipi_action action;
    uint8_t vector; /* for SIPI_ACTION_START_AT, else 0 */
};

/*
 * Returns the next state and the action for one event at a CPU. `vector` counts only with
 * SIPI_EVENT_SIPI. Nothing else wakes a parked CPU; the caller holds or drops its NMIs and
 * interrupts.
 */
struct sipi_step sipi_next(enum run_state state, bool is_bsp, enum sipi_event event,
                           uint8_t vector);

/*
 * The mailbox word: a pending INIT, at most one SIPI, which came after the INIT, and smp_hold()'s
 * request, which none of the functions below touches.
 */
#define MAILBOX_EMPTY       UINT32_C(0)
#define MAILBOX_SIPI_VECTOR UINT32_C(0xff)
#define MAILBOX_SIPI        BIT32(8)
#define MAILBOX_INIT        BIT32(9)
#define MAILBOX_HOLD        BIT32(10)

/*
 * Returns the word after an event is posted. An INIT drops a SIPI that is still in the word. A SIPI
 * stays behind an INIT. The first of several SIPIs stays, because the others would find the CPU
 * running. A SIPI without an INIT stays too: only the consumer knows whether its CPU waits for one.
 */
uint32_t mailbox_post(uint32_t mailbox, enum sipi_event event, uint8_t vector);

/* One event taken from the word. */
struct mailbox_take {
    uint32_t rest;         /* the word without the event */
    bool any;              /* false: the word was empty, and the fields below mean nothing */
    enum sipi_event event; /* SIPI_EVENT_INIT if there is one, else SIPI_EVENT_SIPI */
    uint8_t vector;
};

/* Takes one event from the word, the older one first. */
struct mailbox_take mailbox_take(uint32_t mailbox);

#endif
