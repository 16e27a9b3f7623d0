/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user-work: what costs a hypervisor most of what user programs do. Each kind lies between two marks
 * (mark.c), work-KIND-begin and work-KIND-end, whose ticks ./lapwing bench --boots compares with those
 * of a bare run.
 *
 *  fork    processes that are made, and end
 *  switch  two processes on CPU 0 that wait for each other's bytes
 *  wake    the same on CPU 0 and another one: each byte is an IPI, unless idle CPUs wait by MWAIT
 */

#include "guest.h"

#define NR_PIPE 42

#define FORKS  300
#define ROUNDS 1500

static void mark(const char *kind, const char *where)
{
    put_to_machine(MARK "work-");
    put_to_machine(kind);
    put_to_machine(where);
    put_to_machine("\n");
}

static void need(int good)
{
    if (good)
        return;
    put("LAPWING-GUEST: FAIL work");
    flush_line();
    leave(1);
}

static long new_process(void)
{
    const long child = syscall3(NR_FORK, 0, 0, 0);

    need(child >= 0);
    return child;
}

static void wait_for(long child)
{
    int status = 1;

    need(syscall3(NR_WAITPID, child, (long)&status, 0) == child && status == 0);
}

static void forks(void)
{
    for (unsigned i = 0; i < FORKS; i++) {
        const long child = new_process();

        if (!child)
            leave(0);
        wait_for(child);
    }
}

static void pass(long nr, int fd)
{
    char byte = 0;

    need(syscall3(nr, fd, (long)&byte, 1) == 1);
}

/* A byte goes to a process on the CPU `other` and comes back. */
static void ping_pong(unsigned other)
{
    int there[2], back[2];
    long child;

    need(!syscall3(NR_PIPE, (long)there, 0, 0) && !syscall3(NR_PIPE, (long)back, 0, 0));
    child = new_process();
    need(enter_cpu(child ? 0 : other));
    for (unsigned i = 0; i < ROUNDS; i++) {
        if (child)
            pass(NR_WRITE, there[1]);
        pass(NR_READ, child ? back[0] : there[0]);
        if (!child)
            pass(NR_WRITE, back[1]);
    }
    if (!child)
        leave(0);
    wait_for(child);
}

GUEST_ENTRY(work_main);

void work_main(const long *stack)
{
    (void)stack;
    need(!syscall3(NR_IOPL, 3, 0, 0) && enter_cpu(0));
    mark("fork", "-begin");
    forks();
    mark("fork", "-end");
    mark("switch", "-begin");
    ping_pong(0);
    mark("switch", "-end");
    if (enter_cpu(1)) {
        mark("wake", "-begin");
        ping_pong(1);
        mark("wake", "-end");
    }
    leave(0);
}
