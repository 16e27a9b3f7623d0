/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU wakes by the RTC's alarm, Bochs at once. QEMU's firmware leaves the power-management ports
 * of a q35 machine off, so they are turned on again. Boot CPU only, but for sleep_write().
 */
#include "suspend/sleep.h"

#include <lapwing/string.h>
#include "lib/acpi.h"
#include "lib/clock.h"
#include "lib/cpu_insn.h"
#include "lib/lapic.h"
#include "lib/pic.h"

#define FADT_FACS        36
#define FADT_PM1A_EVENT  56
#define FADT_PM1A_CNT    64
#define FADT_PM1_EVT_LEN 88
#define PM1_EN_RTC       BIT32(10)
#define PM1_SLP_EN       BIT32(13)
#define PM1_SLP_SHIFT    10

#define RTC_INDEX  0x70
#define RTC_DATA   0x71
#define RTC_ALARMS 1 /* seconds; minutes and hours follow at 3 and 5 */
#define RTC_ANY    0xC0
#define RTC_B      0x0B
#define RTC_B_AIE  0x20
#define RTC_C      0x0C
#define ALARM_S    2
#define TIMEOUT_MS 10000

#define PCI_ADDRESS 0xCF8
#define PCI_DATA    0xCFC
#define LPC_PMBASE  0x8000F840 /* 00:1f.0, offset 40H; 44H turns the ports on */

#define TRAMPOLINE_OF(page) ((uint8_t)((page) >> 12))

static struct facs *facs;
static uint16_t control, enable;
static uint32_t lpc[2];
static void *context[5]; /* __builtin_setjmp's */
static volatile uint64_t woken_page;
static struct reset_state woken_state;

static uint32_t field(const uint8_t *table, unsigned offset)
{
    uint32_t value;

    memcpy(&value, table + offset, sizeof(value));
    return value;
}

static uint32_t pci_read(uint32_t address)
{
    outl(PCI_ADDRESS, address);
    return inl(PCI_DATA);
}

static void pci_write(uint32_t address, uint32_t value)
{
    outl(PCI_ADDRESS, address);
    outl(PCI_DATA, value);
}

const char *sleep_init(void)
{
    const uint8_t *fadt = acpi_find("FACP");

    if (!fadt || !field(fadt, FADT_FACS) || !field(fadt, FADT_PM1A_CNT))
        return "the tables name no FACS";
    facs = (struct facs *)(uintptr_t)field(fadt, FADT_FACS);
    control = (uint16_t)field(fadt, FADT_PM1A_CNT);
    enable = (uint16_t)(field(fadt, FADT_PM1A_EVENT) + fadt[FADT_PM1_EVT_LEN] / 2);
    for (unsigned i = 0; i < 2; i++)
        lpc[i] = pci_read(LPC_PMBASE + 4 * i);
    return memcmp(facs->signature, "FACS", 4) ? "there is no FACS" : NULL;
}

struct facs *sleep_facs(void)
{
    return facs;
}

void sleep_write(unsigned type)
{
    outw(control, (uint16_t)(type << PM1_SLP_SHIFT | PM1_SLP_EN | 1));
}

static uint8_t rtc_read(uint8_t index)
{
    outb(RTC_INDEX, index);
    return inb(RTC_DATA);
}

static void rtc_write(uint8_t index, uint8_t value)
{
    outb(RTC_INDEX, index);
    outb(RTC_DATA, value);
}

/* The clock is in BCD. */
static void set_alarm(void)
{
    uint8_t bcd = rtc_read(0), at = (uint8_t)((bcd >> 4) * 10 + (bcd & 15) + ALARM_S);

    at = (uint8_t)(at % 60);
    rtc_write(RTC_ALARMS, (uint8_t)(at / 10 << 4 | at % 10));
    rtc_write(RTC_ALARMS + 2, RTC_ANY);
    rtc_write(RTC_ALARMS + 4, RTC_ANY);
    rtc_write(RTC_B, rtc_read(RTC_B) | RTC_B_AIE);
    (void)rtc_read(RTC_C);
    outw(enable, PM1_EN_RTC);
}

static void woken(uint64_t page)
{
    memcpy(&woken_state, (const void *)(uintptr_t)(page + TRAMPOLINE_STATE), sizeof(woken_state));
    woken_page = page;
    __builtin_longjmp(context, 1);
}

/* What the payload's start does for the boot CPU. */
static void set_up_again(void)
{
    smp_boot_cpu_woken = NULL;
    smp_init_bsp();
    lapic_enable();
    outb(0x21, PIC_ALL_MASKED);
    outb(0xA1, PIC_ALL_MASKED);
    for (unsigned i = 1; i < cpu_count(); i++)
        smp_forget(i);
    if (lpc[0] != UINT32_MAX) {
        for (unsigned i = 0; i < 2; i++)
            pci_write(LPC_PMBASE + 4 * i, lpc[i]);
    }
    irq_enable();
}

uint64_t sleep_by(void (*go)(void), struct reset_state *state)
{
    trampoline_install(TRAMPOLINE_OF(OTHER_PAGE));
    trampoline_install(TRAMPOLINE_OF(WAKE_PAGE));
    woken_page = 0;
    smp_boot_cpu_woken = woken;
    facs->vector = WAKE_PAGE;
    if (__builtin_setjmp(context) == 0) {
        uint64_t end;

        set_alarm();
        go();
        end = clock_us() + TIMEOUT_MS * UINT64_C(1000);
        while (clock_us() < end)
            cpu_pause();
        smp_boot_cpu_woken = NULL;
        return 0;
    }
    set_up_again();
    *state = woken_state;
    return woken_page;
}
