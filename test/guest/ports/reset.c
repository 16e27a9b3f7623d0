/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resets of the CPUs alone. The shutdown code in CMOS RAM makes the firmware go on at 40:67, with
 * memory as it was. The guest must find itself where it was: under Lapwing, on every CPU.
 */
#include <lapwing/string.h>
#include "lib/acpi.h"
#include "lib/leaf.h"
#include "lib/pic.h"
#include "lib/smp.h"
#include "ports/cases.h"

#define CMOS_INDEX       0x70
#define CMOS_DATA        0x71
#define CMOS_SHUTDOWN    0x0F
#define SHUTDOWN_EOI     0x05 /* an EOI, then the jump */
#define SHUTDOWN_JUMP    0x0A
#define WARM_RESET_ENTRY 0x467 /* 40:67, offset and segment */
#define RESUME_PAGE      0x9000
#define CF9_SOFT         0x04

extern const uint8_t resume_start[], resume_end[];
void reset_and_resume(void (*reset)(void));

const char *unfit_for_reset(void)
{
    return bare_tcg() ? "TCG resets the whole machine" : NULL;
}

const char *unfit_for_cf9(void)
{
    return acpi_says_qemu() ? "QEMU resets the whole machine" : NULL;
}

static void set_shutdown_code(uint8_t code)
{
    outb(CMOS_INDEX, CMOS_SHUTDOWN);
    outb(CMOS_DATA, code);
}

static uint8_t shutdown_code(void)
{
    outb(CMOS_INDEX, CMOS_SHUTDOWN);
    return inb(CMOS_DATA);
}

static void prepare(uint8_t code)
{
    uintptr_t page = RESUME_PAGE, entry = WARM_RESET_ENTRY;

    __asm__("" : "+r"(page), "+r"(entry)); /* small constants are no null pointers */
    memcpy((void *)page, resume_start, (size_t)(resume_end - resume_start));
    *(volatile uint16_t *)entry = 0;
    *(volatile uint16_t *)(entry + 2) = RESUME_PAGE >> 4;
    set_shutdown_code(code);
}

/* INIT clears the bases of FS and GS, and disables the LAPIC. The firmware may have unmasked lines. */
static void set_up_again(struct percpu *cpu)
{
    pic_init(PIC_FIRMWARE_BASE1, PIC_FIRMWARE_BASE2);
    wrmsr(MSR_GS_BASE, (uintptr_t)cpu);
    trap_init_cpu(0);
    lapic_enable();
    for (unsigned i = 1; i < cpu_count(); i++)
        smp_forget(i);
}

static void check_reset(void (*reset)(void))
{
    static const uint8_t codes[] = {SHUTDOWN_JUMP, SHUTDOWN_EOI};
    const bool lapwing = under_lapwing();
    struct percpu *cpu = this_cpu();

    for (unsigned i = 0; i < sizeof(codes); i++) {
        prepare(codes[i]);
        irq_disable();
        reset_and_resume(reset);
        set_up_again(cpu);
        irq_enable();
        CHECK_EQ(shutdown_code(), 0); /* the firmware was there */
        CHECK(smp_start_all());
        check_all(lapwing);
    }
}

static void by_fast(void)
{
    outb(PORT_FAST, (uint8_t)(inb(PORT_FAST) | FAST_A20 | FAST_RESET));
}

static void by_pulse(void)
{
    kbc_command(KBC_PULSE | 0xE);
}

static void by_output(void)
{
    kbc_command(KBC_WRITE_OUTPUT);
    kbc_write(OUTPUT_A20);
}

static void by_cf9(void)
{
    outb(PORT_CF9, CF9_SOFT);
}

static void by_shutdown(void)
{
    static const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) no_idt = {0, 0};

    __asm__ volatile("lidt %0; int3" : : "m"(no_idt));
}

void case_reset_fast(void)
{
    check_reset(by_fast);
}

void case_reset_pulse(void)
{
    check_reset(by_pulse);
}

void case_reset_output(void)
{
    check_reset(by_output);
}

void case_reset_cf9(void)
{
    check_reset(by_cf9);
}

void case_reset_shutdown(void)
{
    check_reset(by_shutdown);
}
