/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IDT, TSSes and the handler tables. Exceptions use IST 1, NMI IST 2 and #DB IST 3, so that a test
 * may point RSP anywhere. Interrupts use the current stack.
 */
#include "trap.h"

#include <lapwing/string.h>
#include "console.h"
#include "cpu_insn.h"
#include "segments.h"
#include "smp.h"

#define IST_BYTES              4096
#define GATE_PRESENT_INTERRUPT UINT64_C(0x8E00)

struct tss {
    uint32_t reserved0;
    uint32_t
        stacks[26]; /* RSP0-2, reserved, IST1-7, reserved, I/O map base: 64-bit fields, unaligned */
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 108, "TSS lengths end before the I/O map base's word");

struct table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

extern const uint8_t vector_stubs[256][16];
extern uint64_t boot_gdt[];

static uint64_t idt[256][2] __attribute__((aligned(16)));
static struct tss tss[MAX_CPUS];
static uint8_t ist[MAX_CPUS][3][IST_BYTES] __attribute__((aligned(16)));
static trap_handler handlers[256], permanent_handlers[256];

void trap_init(void)
{
    for (unsigned v = 0; v < 256; v++) {
        uint64_t stub = (uintptr_t)vector_stubs[v];
        uint64_t stack = v == VECTOR_NMI ? 2 : v == VECTOR_DB ? 3 : v < 32 ? 1 : 0;

        idt[v][0] = (stub & 0xFFFF) | SEG_CODE64 << 16 | stack << 32 |
                    GATE_PRESENT_INTERRUPT << 32 | (stub >> 16 & 0xFFFF) << 48;
        idt[v][1] = stub >> 32;
    }
}

void trap_init_cpu(unsigned cpu)
{
    struct table_pointer gdt_pointer = {SEG_GDT_BYTES - 1, (uintptr_t)boot_gdt};
    struct table_pointer idt_pointer = {sizeof(idt) - 1, (uintptr_t)idt};
    uint64_t base = (uintptr_t)&tss[cpu];
    unsigned entry = SEG_TSS / 8 + 2 * cpu;

    for (unsigned i = 0; i < 3; i++) {
        uint64_t top = (uintptr_t)ist[cpu][i] + IST_BYTES;

        memcpy(&tss[cpu].stacks[8 + 2 * i], &top, sizeof(top));
    }
    tss[cpu].stacks[24] = sizeof(struct tss) << 16; /* the I/O map begins behind the limit */
    boot_gdt[entry] = (sizeof(struct tss) - 1) | (base & 0xFFFFFF) << 16 | UINT64_C(0x89) << 40 |
                      (base >> 24 & 0xFF) << 56;
    boot_gdt[entry + 1] = base >> 32;
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2"
                     :
                     : "m"(gdt_pointer), "m"(idt_pointer), "r"(SEG_TSS + 16 * cpu)
                     : "memory");
}

void trap_set_handler(unsigned vector, trap_handler handler)
{
    handlers[vector] = handler;
}

void trap_set_permanent_handler(unsigned vector, trap_handler handler)
{
    permanent_handlers[vector] = handler;
    handlers[vector] = handler;
}

void trap_reset_handlers(void)
{
    memcpy(handlers, permanent_handlers, sizeof(handlers));
}

/* Nobody expected it and nobody can go on: say so and stop this CPU. */
static void die(const struct trap_frame *frame)
{
    print("# CPU %u: vector %lu error 0x%lx rip 0x%lx cr2 0x%lx, stopped\n", this_cpu()->index,
          (unsigned long)frame->vector, (unsigned long)frame->error, (unsigned long)frame->rip,
          (unsigned long)read_cr2());
    for (;;) {
        irq_disable();
        cpu_halt();
    }
}

void trap_dispatch(struct trap_frame *frame)
{
    struct percpu *cpu = this_cpu();
    trap_handler handler = handlers[frame->vector & 0xFF];
    struct trap_context *context = cpu->catcher;

    if (handler) {
        handler(frame);
        return;
    }
    if (!context || frame->vector > 31)
        die(frame);
    cpu->caught = (struct fault){
        .vector = (unsigned)frame->vector,
        .error = frame->error,
        .rip = frame->rip,
        .cr2 = read_cr2(),
        .rsp = frame->rsp,
        .rflags = frame->rflags,
        .rcx = frame->rcx,
        .rsi = frame->rsi,
        .rdi = frame->rdi,
    };
    trap_restore(context);
}

bool trap_call(void (*fn)(void *), void *arg, struct fault *fault)
{
    struct percpu *cpu = this_cpu();
    struct trap_context *outer = cpu->catcher;
    struct trap_context context;

    if (trap_save(&context)) {
        cpu->catcher = outer;
        *fault = cpu->caught;
        return true;
    }
    cpu->catcher = &context;
    fn(arg);
    cpu->catcher = outer;
    return false;
}
