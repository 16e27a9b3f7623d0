/* SPDX-License-Identifier: GPL-2.0-only */
/* Instructions that have to do with no LAPIC: some exit, some must not. */
#include "bench/measure.h"

#include "lib/cpu_insn.h"
#include "lib/trap.h"
#include "lib/window.h"

#define MODE      "any"
#define PORT_POST 0x80 /* trapped by nobody */
#define PORT_A20  0x92 /* trapped, because it closes the A20 gate */

#define LOAD_BYTES 2 /* of `movb (%rax), %al` */

static void do_cpuid(unsigned n)
{
    (void)n;
    (void)cpuid(1, 0);
}

static void read_msr(unsigned n)
{
    (void)n;
    (void)rdmsr(MSR_APIC_BASE);
}

static void out_untrapped(unsigned n)
{
    (void)n;
    outb(PORT_POST, 0);
}

static void in_trapped(unsigned n)
{
    (void)n;
    (void)inb(PORT_A20);
}

static void skip_load(struct trap_frame *frame)
{
    frame->rip += LOAD_BYTES;
}

static void fault(unsigned n)
{
    (void)n;
    __asm__ volatile("movb (%%rax), %%al" : : "a"(window_va(0)) : "memory");
}

void case_instructions(void)
{
    bench_measure(MODE, "cpuid", do_cpuid);
    bench_measure(MODE, "rdmsr-apic-base", read_msr);
    bench_measure(MODE, "out-untrapped", out_untrapped);
    bench_measure(MODE, "in-92h", in_trapped);
    window_unmap(0);
    trap_set_handler(VECTOR_PF, skip_load);
    bench_measure(MODE, "page-fault", fault);
}
