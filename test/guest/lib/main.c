/* SPDX-License-Identifier: GPL-2.0-only */
/* What every payload does: starts console and CPUs, runs the cases, switches the machine off. */
#include <lapwing/string.h>
#include "clock.h"
#include "console.h"
#include "cpu_insn.h"
#include "leaf.h"
#include "acpi.h"
#include "memory_map.h"
#include "multiboot2.h"
#include "power.h"
#include "smp.h"
#include "tap.h"

#include "segments.h"

#define MULTIBOOT_INFO_CMDLINE BIT32(2)

#define PIC1_DATA 0x21
#define PIC2_DATA 0xA1

void payload_main(uint32_t magic, const uint32_t *info);

static char command_line[256];

/* Copies the command line early: low memory, where it may lie, is for trampolines. */
static void save_command_line(uint32_t magic, const uint32_t *info)
{
    uint32_t size;
    const char *from = (const char *)multiboot2_find(magic, info, MULTIBOOT2_COMMAND_LINE, &size);

    if (magic == MULTIBOOT_BOOTED && (info[0] & MULTIBOOT_INFO_CMDLINE))
        from = (const char *)(uintptr_t)info[4];
    if (!from)
        return;
    for (size_t i = 0; i + 1 < sizeof(command_line) && from[i]; i++)
        command_line[i] = from[i];
}

const char *payload_option(const char *key)
{
    static char value[64];
    size_t n = strlen(key);

    memset(value, 0, sizeof(value));
    for (const char *c = command_line; *c; c++) {
        if (strncmp(c, key, n) != 0 || (c != command_line && c[-1] != ' '))
            continue;
        c += n;
        for (size_t i = 0; i + 1 < sizeof(value) && *c && *c != ' '; i++)
            value[i] = *c++;
        break;
    }
    return value;
}

uint64_t payload_number(const char *key, uint64_t otherwise)
{
    const char *digit = payload_option(key);
    uint64_t number = 0;

    if (!*digit)
        return otherwise;
    for (; *digit >= '0' && *digit <= '9'; digit++)
        number = number * 10 + (uint64_t)(*digit - '0');
    return number;
}

bool payload_has_word(const char *word)
{
    size_t n = strlen(word);

    for (const char *c = command_line; *c; c++) {
        if (strncmp(c, word, n) == 0 && (c == command_line || c[-1] == ' ') &&
            (c[n] == ' ' || c[n] == '\0'))
            return true;
    }
    return false;
}

/*
 * 1. Nothing legacy interrupts us: firmware leaves the PIC's vectors on exceptions.
 * 2. Per-CPU data, IDT, time.
 * 3. All other CPUs, by plain INIT and SIPI; not if there are more than the payload is for.
 * 4. The cases; `case=TEXT` on the command line picks those whose name contains TEXT.
 */
void payload_main(uint32_t magic, const uint32_t *info)
{
    struct leaf_info leaf;

    outb(PIC1_DATA, 0xFF);
    outb(PIC2_DATA, 0xFF);
    save_command_line(magic, info);
    memory_map_save(magic, info);
    acpi_save_rsdp(magic, info);
    smp_init_bsp();
    clock_init();

    unsigned found = smp_find(), online;

    if (found > payload_max_cpus) {
        tap_refuse("%s is for up to %u CPUs, here are %u", payload_name, payload_max_cpus, found);
        power_off();
    }
    if (payload_unfit()) {
        tap_refuse("%s", payload_unfit());
        power_off();
    }
    online = smp_init();
    leaf_read(&leaf);
    print("# payload %s: %u of %u CPUs, TSC %lu kHz, %s %s %s\n", payload_name, online, cpu_count(),
          (unsigned long)clock_tsc_khz(), leaf.base ? "Lapwing" : "bare", leaf.strategy,
          leaf.method);
    irq_enable();
    tap_run(payload_option("case="));
    power_off();
}
