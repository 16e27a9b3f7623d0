/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CMOS RAM; see cmos.h. State: `cmos`, which all CPUs share, guarded by its lock from the first guest
 * on. The lock is also held while a byte goes to the hardware. A soft reset reads the shutdown code
 * without the lock: it is one byte.
 */
#include "core/cmos.h"

#include <stdatomic.h>

#include <lapwing/string.h>
#include "core/host/x86_insn.h"

#define PAIRS      ((CMOS_LAST + 1 - CMOS_INDEX) / 2)
#define INDEX_MASK 0x7F /* bit 7 of port 70H holds NMIs back */

static struct {
    atomic_flag lock;
    bool reaches[PAIRS]; /* has the pair the byte of the first one? */
    uint8_t index[PAIRS];
    bool is_virtual[INDEX_MASK + 1];
    uint8_t value[INDEX_MASK + 1]; /* of a virtual byte */
} cmos = {.lock = ATOMIC_FLAG_INIT};

static void take(void)
{
    while (atomic_flag_test_and_set(&cmos.lock))
        pause();
}

static void release(void)
{
    atomic_flag_clear(&cmos.lock);
}

static uint16_t index_port(unsigned pair)
{
    return (uint16_t)(CMOS_INDEX + 2 * pair);
}

static uint16_t data_port(unsigned pair)
{
    return (uint16_t)(CMOS_DATA + 2 * pair);
}

static unsigned pair_of(uint16_t port)
{
    return (port - (unsigned)CMOS_INDEX) / 2;
}

uint8_t cmos_read(uint8_t index)
{
    outb(CMOS_INDEX, index);
    return inb(CMOS_DATA);
}

static void write_hardware(uint8_t index, uint8_t value)
{
    outb(CMOS_INDEX, index);
    outb(CMOS_DATA, value);
}

/* Chipsets differ in what the pairs after the first are: the same bytes, others, or nothing. */
static bool reaches(unsigned pair)
{
    static const uint8_t patterns[] = {0xA5, 0x5A};

    for (unsigned i = 0; i < ARRAY_SIZE(patterns); i++) {
        write_hardware(CMOS_SHUTDOWN, patterns[i]);
        outb(index_port(pair), CMOS_SHUTDOWN);
        if (inb(data_port(pair)) != patterns[i])
            return false;
    }
    return true;
}

void cmos_init(void)
{
    for (unsigned pair = 0; pair < PAIRS; pair++) {
        cmos.reaches[pair] = reaches(pair);
        cmos.index[pair] = CMOS_SHUTDOWN;
    }
    write_hardware(CMOS_SHUTDOWN, 0);
    memset(cmos.is_virtual, 0, sizeof(cmos.is_virtual));
    cmos_make_virtual(CMOS_SHUTDOWN, 0);
}

void cmos_make_virtual(uint8_t index, uint8_t value)
{
    cmos.is_virtual[index] = true;
    cmos.value[index] = value;
}

uint8_t cmos_shutdown_code(void)
{
    return cmos.value[CMOS_SHUTDOWN];
}

/*
 * Returns the virtual byte that the pair stands at, or NULL. A guest can make a chipset's pair reach
 * other bytes later, so the shutdown code is at each pair.
 */
static uint8_t *virtual_byte(unsigned pair)
{
    const uint8_t index = cmos.index[pair] & INDEX_MASK;
    const bool is_same = cmos.reaches[pair] || index == CMOS_SHUTDOWN;

    return is_same && cmos.is_virtual[index] ? &cmos.value[index] : NULL;
}

/* Firmware that does not run under Lapwing may have moved the hardware's index. */
static void write_data(unsigned pair, uint8_t value)
{
    uint8_t *byte = virtual_byte(pair);

    if (byte) {
        *byte = value;
        return;
    }
    outb(index_port(pair), cmos.index[pair]);
    outb(data_port(pair), value);
}

void cmos_port_read(struct vcpu *v, uint16_t port, uint8_t *value)
{
    const uint8_t *byte;

    (void)v;
    if (!(port & 1))
        return;
    take();
    byte = virtual_byte(pair_of(port));
    if (byte)
        *value = *byte;
    release();
}

enum port_verdict cmos_port_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    const unsigned pair = pair_of(port);

    (void)v;
    take();
    if (port & 1) {
        write_data(pair, *value);
    } else {
        cmos.index[pair] = *value;
        outb(port, *value);
    }
    release();
    return PORT_DONE;
}
