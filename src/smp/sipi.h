/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Software wait-for-SIPI: what INIT and STARTUP IPIs do to one CPU, and the mailbox by which other
 * CPUs send them to it. Pure functions on values; knows no register, no vendor, no strategy. The
 * run state belongs to the CPU itself, which alone reads and writes it; the mailbox word is shared
 * and is driven by compare-exchange:
 *
 *     sender:    old = load(word); while (!cas(word, &old, mailbox_post(old, event, vector))) ;
 *                then kick the CPU
 *     consumer:  old = load(word); do take = mailbox_take(old); while (!cas(word, &old,
 * take.rest)); then sipi_next() with what was taken, until take.any is false
 *
 * Every INIT and SIPI goes through the mailbox, also one that arrived physically and one that a CPU
 * sends to itself: that an INIT overtakes an older SIPI is decided there. To the sender, INIT
 * is finished with the post.
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
    SIPI_EVENT_SIPI, /* the only one with a vector */
};

/* What the CPU has to do. */
enum sipi_action {
    SIPI_ACTION_NONE,               /* go on; the event is not sipi's business, or ignored */
    SIPI_ACTION_RESET_AND_PARK,     /* architectural INIT of vCPU and LAPIC, then wait */
    SIPI_ACTION_RESET_AND_CONTINUE, /* the same reset (BSP), then run from the reset vector */
    SIPI_ACTION_START_AT,           /* run with CS = vector << 8, IP = 0 */
    SIPI_ACTION_STAY_PARKED,        /* go on waiting */
};

struct sipi_step {
    enum run_state state;
    enum sipi_action action;
    uint8_t vector; /* of SIPI_ACTION_START_AT, else 0 */
};

/*
 * One event at a CPU in a state: the next state, and what to do. vector counts with SIPI_EVENT_SIPI
 * only. Nothing else wakes a parked CPU; holding or dropping NMIs and interrupts is the caller's.
 */
struct sipi_step sipi_next(enum run_state state, bool is_bsp, enum sipi_event event,
                           uint8_t vector);

/* The mailbox word: pending INIT, and at most one SIPI, which came after the INIT. 0 = empty. */
#define MAILBOX_EMPTY       UINT32_C(0)
#define MAILBOX_SIPI_VECTOR UINT32_C(0xff)
#define MAILBOX_SIPI        BIT32(8)
#define MAILBOX_INIT        BIT32(9)

/*
 * The word after an event is posted to it. INIT drops a SIPI that is still there; a SIPI is latched
 * behind an INIT; of several SIPIs the first stays, since the others would find the CPU running.
 * A SIPI without an INIT is kept as well: only the consumer knows whether its CPU waits for one.
 */
uint32_t mailbox_post(uint32_t mailbox, enum sipi_event event, uint8_t vector);

/* What the consumer takes out. */
struct mailbox_take {
    uint32_t rest;         /* the word without it */
    bool any;              /* false: it was empty, nothing below counts */
    enum sipi_event event; /* SIPI_EVENT_INIT, or SIPI_EVENT_SIPI if there is no INIT */
    uint8_t vector;
};

/* Takes one event, the older first. */
struct mailbox_take mailbox_take(uint32_t mailbox);

#endif
