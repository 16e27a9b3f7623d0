/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine of software wait-for-SIPI, and the contents of its mailbox word; see sipi.h. No
 * state of its own, no lock.
 */
#include "smp/sipi.h"

static struct sipi_step step_running(bool is_bsp, enum sipi_event event)
{
    if (event == SIPI_EVENT_INIT) {
        if (is_bsp)
            return (struct sipi_step){RUN_STATE_RUNNING, SIPI_ACTION_RESET_AND_CONTINUE, 0};
        return (struct sipi_step){RUN_STATE_WAIT_SIPI, SIPI_ACTION_RESET_AND_PARK, 0};
    }
    /* A running CPU ignores a SIPI. Linux always sends two. */
    return (struct sipi_step){RUN_STATE_RUNNING, SIPI_ACTION_NONE, 0};
}

static struct sipi_step step_waiting(enum sipi_event event, uint8_t vector)
{
    if (event == SIPI_EVENT_SIPI)
        return (struct sipi_step){RUN_STATE_RUNNING, SIPI_ACTION_START_AT, vector};
    /* A further INIT finds the CPU reset already. */
    return (struct sipi_step){RUN_STATE_WAIT_SIPI, SIPI_ACTION_STAY_PARKED, 0};
}

struct sipi_step sipi_next(enum run_state state, bool is_bsp, enum sipi_event event, uint8_t vector)
{
    if (state == RUN_STATE_WAIT_SIPI)
        return step_waiting(event, vector);
    return step_running(is_bsp, event);
}

uint32_t mailbox_post(uint32_t mailbox, enum sipi_event event, uint8_t vector)
{
    if (event == SIPI_EVENT_INIT)
        return (mailbox & MAILBOX_HOLD) | MAILBOX_INIT;
    if ((mailbox & MAILBOX_SIPI) != 0)
        return mailbox;
    return mailbox | MAILBOX_SIPI | vector;
}

struct mailbox_take mailbox_take(uint32_t mailbox)
{
    if ((mailbox & MAILBOX_INIT) != 0)
        return (struct mailbox_take){mailbox & ~MAILBOX_INIT, true, SIPI_EVENT_INIT, 0};
    if ((mailbox & MAILBOX_SIPI) != 0) {
        const uint8_t vector = (uint8_t)(mailbox & MAILBOX_SIPI_VECTOR);

        return (struct mailbox_take){mailbox & ~(MAILBOX_SIPI | MAILBOX_SIPI_VECTOR), true,
                                     SIPI_EVENT_SIPI, vector};
    }
    return (struct mailbox_take){.rest = mailbox, .any = false};
}
