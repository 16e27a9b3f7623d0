/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dispatch of I/O exits over the rows; see ports.h. State: the rows that were added at boot, which
 * nobody changes afterwards.
 */
#include "core/ports.h"

#include "apic/apic.h"
#include "core/a20.h"
#include "core/cmos.h"
#include "core/host/log.h"
#include "core/i8042.h"
#include "core/insn/insn.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"

#define BYTE(i) (UINT32_C(0xFF) << 8 * (i))

static const struct port_trap core_traps[] = {
    {.first = I8042_DATA, .last = I8042_DATA, .read = i8042_read, .write = i8042_write},
    {.first = I8042_COMMAND, .last = I8042_COMMAND, .write = i8042_write},
    {.first = A20_PORT, .last = A20_PORT, .read = a20_port_read, .write = a20_port_write},
    {.first = CMOS_INDEX, .last = CMOS_LAST, .read = cmos_port_read, .write = cmos_port_write},
};

static const unsigned core_trap_count = ARRAY_SIZE(core_traps);
static struct port_trap added[PORT_ROWS_ADDED];
static unsigned added_count;

static const struct {
    const struct port_trap *rows;
    const unsigned *count;
} sets[] = {
    {apic_port_traps, &apic_port_trap_count},
    {core_traps, &core_trap_count},
    {added, &added_count},
};

static void apply(const struct port_trap *t)
{
    for (uint32_t port = t->first; port <= t->last; port++)
        virt_trap_port((uint16_t)port, t->at_request);
}

void port_trap_add(const struct port_trap *row)
{
    if (added_count == PORT_ROWS_ADDED)
        panic("no room for the row of port %x", row->first);
    added[added_count++] = *row;
    apply(row);
}

void port_traps_apply(void)
{
    for (unsigned s = 0; s < ARRAY_SIZE(sets); s++) {
        for (unsigned i = 0; i < *sets[s].count; i++)
            apply(&sets[s].rows[i]);
    }
}

static bool means(const struct port_trap *t, uint16_t at, bool by_dword)
{
    return at >= t->first && at <= t->last && !(by_dword && t->not_by_dword);
}

/* Returns the row of the port `at`, which an access of `width` bytes from `port` on covers. */
static const struct port_trap *find(uint16_t at, uint16_t port, unsigned width)
{
    const bool by_dword = width == sizeof(uint32_t) && port % sizeof(uint32_t) == 0;

    for (unsigned s = 0; s < ARRAY_SIZE(sets); s++) {
        for (unsigned i = 0; i < *sets[s].count; i++) {
            if (means(&sets[s].rows[i], at, by_dword))
                return &sets[s].rows[i];
        }
    }
    return NULL;
}

static uint32_t hardware_in(uint16_t port, unsigned width)
{
    return width == 1 ? inb(port) : width == 2 ? inw(port) : inl(port);
}

static void hardware_out(uint16_t port, unsigned width, uint32_t value)
{
    if (width == 1)
        outb(port, (uint8_t)value);
    else if (width == 2)
        outw(port, (uint16_t)value);
    else
        outl(port, value);
}

/* Is the access of a register that ends at the port `at`, or of a part of it? */
static bool is_of_register(const struct port_trap *t, uint16_t at, uint16_t port, unsigned width)
{
    return port + width - 1 == at && width <= 1U + t->low_bytes;
}

/*
 * May the access reach the hardware as one? A chipset may hand the bytes of an access that is wider
 * than a register to the register one after the other, so each byte goes alone.
 */
static bool is_one(uint16_t port, unsigned width)
{
    for (unsigned i = 0; width > 1 && i < width; i++) {
        const uint16_t at = (uint16_t)(port + i);
        const struct port_trap *t = find(at, port, width);

        if (t && !is_of_register(t, at, port, width))
            return false;
    }
    return true;
}

static uint32_t in_one(struct vcpu *v, uint16_t port, unsigned width)
{
    uint32_t value = hardware_in(port, width);

    for (unsigned i = 0; i < width; i++) {
        const uint16_t at = (uint16_t)(port + i);
        const struct port_trap *t = find(at, port, width);
        uint8_t byte = (uint8_t)(value >> 8 * i);

        if (t && t->read)
            t->read(v, at, &byte);
        value = (value & ~BYTE(i)) | (uint32_t)byte << 8 * i;
    }
    return value;
}

static void out_one(struct vcpu *v, uint16_t port, unsigned width, uint32_t value)
{
    bool done = false;

    for (unsigned i = 0; i < width; i++) {
        const uint16_t at = (uint16_t)(port + i);
        const struct port_trap *t = find(at, port, width);
        uint8_t byte = (uint8_t)(value >> 8 * i);

        if (t && t->write && t->write(v, at, &byte) == PORT_DONE)
            done = true;
        value = (value & ~BYTE(i)) | (uint32_t)byte << 8 * i;
    }
    if (!done)
        hardware_out(port, width, value);
    for (unsigned i = 0; i < width; i++) {
        const struct port_trap *t = find((uint16_t)(port + i), port, width);

        if (t && t->written)
            t->written(v);
    }
}

uint32_t port_in(struct vcpu *v, uint16_t port, unsigned width)
{
    uint32_t value = 0;

    if (is_one(port, width))
        return in_one(v, port, width);
    for (unsigned i = 0; i < width; i++)
        value |= in_one(v, (uint16_t)(port + i), 1) << 8 * i;
    return value;
}

void port_out(struct vcpu *v, uint16_t port, unsigned width, uint32_t value)
{
    if (is_one(port, width)) {
        out_one(v, port, width, value);
        return;
    }
    for (unsigned i = 0; i < width; i++)
        out_one(v, (uint16_t)(port + i), 1, value >> 8 * i);
}

enum exit_result port_handle(struct vcpu *v, const struct vm_exit *x)
{
    if (x->io.in)
        insn_write_reg(&v->gpr[GPR_RAX], x->io.width, 0, port_in(v, x->port, x->io.width));
    else
        port_out(v, x->port, x->io.width, x->io.value);
    return EXIT_SKIP_INSN;
}
