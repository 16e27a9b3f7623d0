/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ports: the I/O ports by which a guest could take CPUs away, the A20 gates and the resets, by each
 * form of access. Bare, the same cases show what the machine does. Soft resets are left out bare on
 * TCG, which resets the whole machine instead.
 */
#include "lib/leaf.h"
#include "ports/cases.h"

const char payload_name[] = "ports";

#define STATUS_OUTPUT_FULL 0x01
#define STATUS_INPUT_FULL  0x02
#define CONFIG_OFF         0x10 /* in the configuration byte: the keyboard's clock is off */
#define POLLS              100000

void check_all(bool expected)
{
    CHECK_EQ(under_lapwing(), expected);
    check_control();
}

const char *unfit_for_gate(void)
{
    return bare_kvm() ? "KVM has no A20 gate" : NULL;
}

const char *unfit_for_race(void)
{
    return under_lapwing() ? NULL : "what the keyboard gets is left to chance";
}

static void wait_status(uint8_t mask, uint8_t want)
{
    for (unsigned i = 0; i < POLLS && (inb(KBC_COMMAND) & mask) != want; i++)
        cpu_pause();
}

void kbc_command(uint8_t command)
{
    wait_status(STATUS_INPUT_FULL, 0);
    outb(KBC_COMMAND, command);
}

void kbc_write(uint8_t value)
{
    wait_status(STATUS_INPUT_FULL, 0);
    outb(KBC_DATA, value);
}

uint8_t kbc_read(void)
{
    wait_status(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL);
    return inb(KBC_DATA);
}

uint8_t kbc_ask(uint8_t command)
{
    while (inb(KBC_COMMAND) & STATUS_OUTPUT_FULL)
        (void)inb(KBC_DATA);
    kbc_command(command);
    return kbc_read();
}

bool keyboard_is_off(void)
{
    return kbc_ask(KBC_READ_CONFIG) & CONFIG_OFF;
}

const struct payload_case payload_cases[] = {
    {"in", case_in, NULL},
    {"pci", case_pci, NULL},
    {"unaligned", case_unaligned, NULL},
    {"strings", case_strings, NULL},
    {"string-registers", case_string_registers, NULL},
    {"string-faults", case_string_faults, NULL},
    {"strings-16-bit", case_strings_16bit, NULL},
    {"string-trap", case_string_trap, NULL},
    {"user", case_user, NULL},
    {"cost", case_cost, NULL},
    {"a20-fast", case_a20_fast, unfit_for_gate},
    {"a20-output", case_a20_output, unfit_for_gate},
    {"a20-command", case_a20_command, unfit_for_gate},
    {"a20-pulse", case_a20_pulse, NULL},
    {"a20-race", case_a20_race, unfit_for_race},
    {"reset-fast", case_reset_fast, unfit_for_reset},
    {"reset-pulse", case_reset_pulse, unfit_for_reset},
    {"reset-output", case_reset_output, unfit_for_reset},
    {"reset-cf9", case_reset_cf9, unfit_for_cf9},
    {"reset-shutdown", case_reset_shutdown, unfit_for_reset},
    {NULL, NULL, NULL},
};
