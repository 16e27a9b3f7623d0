/* SPDX-License-Identifier: GPL-2.0-only */
/* The three devices, which every PC and every emulator of a PC has. */
#include "device-irq/cases.h"
#include "lib/pic.h"

#define COM1       0x3F8
#define COM1_IER   (COM1 + 1)
#define COM1_MCR   (COM1 + 4)
#define COM1_LSR   (COM1 + 5)
#define IER_ETBEI  0x02 /* transmitter holding register empty */
#define MCR_OUT2   0x08 /* lets the interrupt out of the board */
#define LSR_EMPTY  0x60 /* holding and shift register */
#define WAIT_LIMIT 1000000

#define KBC_DATA      0x60
#define KBC_COMMAND   0x64
#define KBC_READ      0x20 /* the command byte */
#define KBC_WRITE     0x60
#define KBC_OUTPUT    0xD2 /* the next byte is as if it came from the keyboard */
#define KBC_OBF       0x01
#define KBC_IBF       0x02
#define KBC_IRQ1      0x01 /* in the command byte */
#define KBC_DISABLE   0x10
#define KEYBOARD_BYTE 0x5A

#define PIT_PULSE 60

static uint8_t saved_ier, saved_mcr, saved_command;

static void uart_raise(void)
{
    outb(COM1_IER, IER_ETBEI);
}

static void uart_lower(void)
{
    outb(COM1_IER, 0);
}

static void uart_prepare(void)
{
    for (unsigned i = 0; i < WAIT_LIMIT && (inb(COM1_LSR) & LSR_EMPTY) != LSR_EMPTY; i++)
        cpu_pause();
    saved_ier = inb(COM1_IER);
    saved_mcr = inb(COM1_MCR);
    outb(COM1_IER, 0);
    outb(COM1_MCR, saved_mcr | MCR_OUT2);
}

static void uart_restore(void)
{
    outb(COM1_IER, saved_ier);
    outb(COM1_MCR, saved_mcr);
}

static void kbc_send(uint16_t port, uint8_t value)
{
    for (unsigned i = 0; i < WAIT_LIMIT && (inb(KBC_COMMAND) & KBC_IBF); i++)
        cpu_pause();
    outb(port, value);
}

static void keyboard_lower(void)
{
    for (unsigned i = 0; i < WAIT_LIMIT && (inb(KBC_COMMAND) & KBC_OBF); i++)
        (void)inb(KBC_DATA);
}

static void keyboard_raise(void)
{
    kbc_send(KBC_COMMAND, KBC_OUTPUT);
    kbc_send(KBC_DATA, KEYBOARD_BYTE);
}

static void write_command_byte(uint8_t value)
{
    kbc_send(KBC_COMMAND, KBC_WRITE);
    kbc_send(KBC_DATA, value);
}

static void keyboard_prepare(void)
{
    keyboard_lower();
    kbc_send(KBC_COMMAND, KBC_READ);
    for (unsigned i = 0; i < WAIT_LIMIT && !(inb(KBC_COMMAND) & KBC_OBF); i++)
        cpu_pause();
    saved_command = inb(KBC_DATA);
    write_command_byte((uint8_t)((saved_command | KBC_IRQ1) & ~KBC_DISABLE));
}

static void keyboard_restore(void)
{
    write_command_byte(saved_command);
}

static void timer_raise(void)
{
    pit_pulse(PIT_PULSE);
}

const struct line uart = {"UART",       4,          VECTOR_UART, uart_prepare,
                          uart_restore, uart_raise, uart_lower};
const struct line keyboard = {
    "keyboard",    1, VECTOR_KEYBOARD, keyboard_prepare, keyboard_restore, keyboard_raise,
    keyboard_lower};
/* IRQ 0 is pin 2 (MADT, "Interrupt Source Override"). */
const struct line timer = {"timer",     2,           VECTOR_TIMER, pit_lower,
                           pit_restore, timer_raise, pit_lower};
