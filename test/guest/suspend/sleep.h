/* SPDX-License-Identifier: GPL-2.0-only */
/* Putting the machine to sleep (S3), and coming back in the payload. */
#ifndef GUEST_SUSPEND_SLEEP_H
#define GUEST_SUSPEND_SLEEP_H

#include <lapwing/types.h>
#include "lib/smp.h"

/* Pages with a trampoline, each of which may be the waking vector. */
#define WAKE_PAGE  0x8000
#define OTHER_PAGE 0x9000

struct facs {
    char signature[4];
    uint32_t length, hardware_signature;
    volatile uint32_t vector;
    uint32_t global_lock, flags;
    volatile uint64_t x_vector;
    volatile uint8_t version;
};

/* Reads the tables. Returns why the machine cannot sleep, or NULL. */
const char *sleep_init(void);

struct facs *sleep_facs(void);

/* Writes SLP_EN with that SLP_TYP. On any CPU. */
void sleep_write(unsigned type);
#define SLEEP_S3 1 /* QEMU's and Bochs' */

/*
 * Calls `go`, which must put the machine to sleep, with the alarm set and the vector at WAKE_PAGE.
 * Returns the page whose trampoline the boot CPU came through and its state there; 0: the machine
 * did not sleep. The other CPUs are gone then.
 */
uint64_t sleep_by(void (*go)(void), struct reset_state *state);

#endif
