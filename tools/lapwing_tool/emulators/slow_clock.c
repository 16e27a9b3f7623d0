/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A library to preload into an emulator: its monotonic clock goes SLOW_CLOCK times as slowly. The
 * emulator's timers follow that clock, so the emulated CPU gets that many times as many instructions
 * done between two interrupts of a timer.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec start;
static long factor = 1;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("SLOW_CLOCK");

    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &start);
    if (text != NULL && atol(text) > 0) {
        factor = atol(text);
    }
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    const long second = 1000000000;
    int failed = (int)syscall(SYS_clock_gettime, clock, time);
    long passed;

    if (failed != 0 || clock != CLOCK_MONOTONIC) {
        return failed;
    }
    passed = (time->tv_sec - start.tv_sec) * second + time->tv_nsec - start.tv_nsec;
    passed = passed / factor + start.tv_nsec;
    time->tv_sec = start.tv_sec + passed / second;
    time->tv_nsec = passed % second;
    return 0;
}
