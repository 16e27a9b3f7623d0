/* SPDX-License-Identifier: GPL-2.0-only */
/* The cases of payload ports, and what they share. */
#ifndef GUEST_PORTS_CASES_H
#define GUEST_PORTS_CASES_H

#include "lib/control.h"
#include "lib/cpu_insn.h"
#include "lib/tap.h"

#define PORT_FAST   0x92 /* bit 0 resets, bit 1 is the A20 gate */
#define FAST_RESET  0x01
#define FAST_A20    0x02
#define PORT_CF9    0xCF9
#define KBC_DATA    0x60
#define KBC_COMMAND 0x64

/* Commands of the keyboard controller. */
#define KBC_READ_CONFIG  0x20
#define KBC_WRITE_CONFIG 0x60
#define KBC_KEYBOARD_OFF 0xAD
#define KBC_KEYBOARD_ON  0xAE
#define KBC_READ_OUTPUT  0xD0
#define KBC_WRITE_OUTPUT 0xD1
#define KBC_CLOSE_A20    0xDD
#define KBC_OPEN_A20     0xDF
#define KBC_PULSE        0xF0

/* In the output port. */
#define OUTPUT_NO_RESET 0x01
#define OUTPUT_A20      0x02

/* payload.c */
/* Checks that each CPU answers and is where the boot CPU was: under Lapwing, or not. */
void check_all(bool expected);
const char *unfit_for_gate(void);
const char *unfit_for_race(void);
void kbc_command(uint8_t command);
uint8_t kbc_read(void);
void kbc_write(uint8_t value);
/* Reads the output port, or the configuration byte, by its command. */
uint8_t kbc_ask(uint8_t command);
/* Has KBC_KEYBOARD_OFF arrived, and no KBC_KEYBOARD_ON since? */
bool keyboard_is_off(void);

/* a20.c: the gate is closed, then everything happens that makes Lapwing run. */
void case_a20_fast(void);
void case_a20_output(void);
void case_a20_command(void);
void case_a20_pulse(void);
void case_a20_race(void);

/* forms.c: each form of access at trapped ports. */
/* Returns RAX after an IN of 1, 2 or 4 bytes; RAX was 1122334455667788H. */
uint64_t in_of_width(uint16_t port, unsigned width);
void case_in(void);
void case_pci(void);
void case_unaligned(void);
void case_strings(void);
void case_string_registers(void);
void case_string_faults(void);
void case_user(void);
void case_cost(void);

/* legacy.c: string forms in 16-bit code, and under the guest's own single step. */
void case_strings_16bit(void);
void case_string_trap(void);

/* reset.c: resets of the CPUs after which the firmware goes on at 40:67. */
const char *unfit_for_reset(void);
const char *unfit_for_cf9(void);
void case_reset_fast(void);
void case_reset_pulse(void);
void case_reset_output(void);
void case_reset_cf9(void);
void case_reset_shutdown(void);

#endif
