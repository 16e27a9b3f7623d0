/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's GDT and IDTs. All tables are filled once by the boot CPU and then shared by all CPUs,
 * which only read them.
 */
#include "core/host/idt.h"

#include "boot/asm_const.h"
#include "core/host/x86_insn.h"

#define GATE_INTR64 0x8E00 /* present, DPL 0, 64-bit interrupt gate */

struct idt_gate {
    uint16_t offset_low, selector, flags, offset_mid;
    uint32_t offset_high, reserved;
};
_Static_assert(sizeof(struct idt_gate) == 16, "64-bit IDT gate");

struct table_register {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

extern const char isr_stubs[], isr_irq_stub[], isr_sx_or_irq_stub[];

static struct idt_gate idt[256];
/*
 * While a LAPIC is drained every vector is an interrupt, also below 32, and pushes no error code.
 */
static struct idt_gate drain_idt[256];
static uint64_t gdt[] = {0, UINT64_C(0x00AF9B000000FFFF), UINT64_C(0x00CF93000000FFFF), 0, 0};

static struct idt_gate gate(uint64_t to)
{
    return (struct idt_gate){
        .offset_low = (uint16_t)to,
        .selector = SEL_CODE64,
        .flags = GATE_INTR64,
        .offset_mid = (uint16_t)(to >> 16),
        .offset_high = (uint32_t)(to >> 32),
    };
}

void idt_init(void)
{
    for (unsigned i = 0; i < 256; i++) {
        uint64_t exception = (uint64_t)isr_stubs + (uint64_t)i * ISR_STUB_SIZE;
        uint64_t irq = (uint64_t)isr_irq_stub;
        idt[i] = gate(i < 32 ? exception : irq);
        /* NMI keeps its handler. The stub of #SX (a physical INIT) tells it from an interrupt. */
        drain_idt[i] = gate(i == VEC_NMI  ? exception
                            : i == VEC_SX ? (uint64_t)isr_sx_or_irq_stub
                                          : irq);
    }
}

static void load(const struct idt_gate *table)
{
    struct table_register idtr = {sizeof(idt) - 1, (uint64_t)table};

    __asm__ volatile("lidt %0" : : "m"(idtr) : "memory");
}

void idt_load(void)
{
    struct table_register gdtr = {sizeof(gdt) - 1, (uint64_t)gdt};

    load(idt);
    __asm__ volatile("lgdt %0\n\t"
                     "movl %1, %%eax\n\t"
                     "movl %%eax, %%ds\n\t"
                     "movl %%eax, %%es\n\t"
                     "movl %%eax, %%ss\n\t"
                     :
                     : "m"(gdtr), "i"(SEL_DATA)
                     : "rax", "memory");
}

hpa_t idt_base(void)
{
    return (hpa_t)idt;
}

hpa_t gdt_base(void)
{
    return (hpa_t)gdt;
}

bool idt_drain_interrupt(void)
{
    bool taken;

    load(drain_idt);
    /* CF is set only by the handler of an interrupt. */
    __asm__ volatile("clc; sti; nop; nop; cli" : "=@ccc"(taken) : : "memory");
    load(idt);
    return taken;
}
