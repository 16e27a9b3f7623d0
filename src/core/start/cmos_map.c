/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory sizes in CMOS RAM; see cmos_map.h. The size above 4 GiB stays, since Lapwing's range is
 * below. No state but the guest's bytes. (IBM Personal Computer AT Technical Reference, "CMOS RAM
 * Address Map"; the bytes from 30H on are what PC firmware has made a habit of)
 */
#include "core/start/cmos_map.h"

#include "core/cmos.h"
#include "core/machine.h"

/* Where a word has its bytes. */
struct place {
    uint8_t low, high;
};

static const struct place kb_above_1m = {0x17, 0x18};       /* within the checksum */
static const struct place kb_above_1m_found = {0x30, 0x31}; /* the same, by the self-test */
static const struct place blocks_64k_above_16m = {0x34, 0x35};
static const struct place checksum = {0x2F, 0x2E};

static uint16_t read_word(struct place at)
{
    return (uint16_t)(cmos_read(at.low) | cmos_read(at.high) << 8);
}

static void show_word(struct place at, uint16_t word)
{
    cmos_make_virtual(at.low, (uint8_t)word);
    cmos_make_virtual(at.high, (uint8_t)(word >> 8));
}

static unsigned sum(uint16_t word)
{
    return (word & 0xFFU) + (unsigned)(word >> 8);
}

/*
 * Returns by how much the sum of the two bytes has become smaller. What need not be smaller stays the
 * hardware's, and so does the checksum: a guest may write both for the firmware.
 */
static unsigned limit(struct place at, uint64_t most)
{
    const uint16_t old = read_word(at);
    const uint16_t new = old < most ? old : (uint16_t)most;

    if (new != old)
        show_word(at, new);
    return sum(old) - sum(new);
}

void cmos_map_install(void)
{
    const uint64_t above_1m = machine.own_base - MIB;
    const uint64_t above_16m = machine.own_base > 16 * MIB ? machine.own_base - 16 * MIB : 0;
    const unsigned less = limit(kb_above_1m, above_1m / KIB);

    if (less)
        show_word(checksum, (uint16_t)(read_word(checksum) - less));
    limit(kb_above_1m_found, above_1m / KIB);
    limit(blocks_64k_above_16m, above_16m / (64 * KIB));
}
