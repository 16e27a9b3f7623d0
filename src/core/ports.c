/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dispatch of I/O exits over the rows; see ports.h. State: the rows that were added at boot, which
 * nobody changes afterwards.
 */
#include "core/ports.h"

#include "apic/apic.h"
#include "core/host/log.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"

#define BYTE(i) (UINT32_C(0xFF) << 8 * (i))

struct trap_set {
    const struct port_trap *rows;
    unsigned count;
};

#define SETS 2

static struct port_trap added[PORT_ROWS_ADDED];
static unsigned added_count;

static void trap_sets(struct trap_set sets[SETS])
{
    sets[0] = (struct trap_set){apic_port_traps, apic_port_trap_count};
    sets[1] = (struct trap_set){added, added_count};
}

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
    struct trap_set sets[SETS];

    trap_sets(sets);
    for (unsigned s = 0; s < SETS; s++) {
        for (unsigned i = 0; i < sets[s].count; i++)
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
    struct trap_set sets[SETS];

    trap_sets(sets);
    for (unsigned s = 0; s < SETS; s++) {
        for (unsigned i = 0; i < sets[s].count; i++) {
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

uint32_t port_in(struct vcpu *v, uint16_t port, unsigned width)
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

/* Lets the handlers look at each byte. Returns those that are done (bit i: byte i). */
static unsigned show_handlers(struct vcpu *v, uint16_t port, unsigned width, uint32_t *value)
{
    unsigned done = 0;

    for (unsigned i = 0; i < width; i++) {
        const uint16_t at = (uint16_t)(port + i);
        const struct port_trap *t = find(at, port, width);
        uint8_t byte = (uint8_t)(*value >> 8 * i);

        if (t && t->write && t->write(v, at, &byte) == PORT_DONE)
            done |= 1U << i;
        *value = (*value & ~BYTE(i)) | (uint32_t)byte << 8 * i;
    }
    return done;
}

/* Writes the bytes that no handler has done. */
static void pass(uint16_t port, unsigned width, uint32_t value, unsigned done)
{
    if (!done) {
        hardware_out(port, width, value);
        return;
    }
    for (unsigned i = 0; i < width; i++) {
        if (!(done >> i & 1))
            outb((uint16_t)(port + i), (uint8_t)(value >> 8 * i));
    }
}

void port_out(struct vcpu *v, uint16_t port, unsigned width, uint32_t value)
{
    const unsigned done = show_handlers(v, port, width, &value);

    pass(port, width, value, done);
    for (unsigned i = 0; i < width; i++) {
        const struct port_trap *t = find((uint16_t)(port + i), port, width);

        if (t && t->written)
            t->written(v);
    }
}

/* As with all instructions, a result of 32 bits clears the upper half of the register. */
static void set_accumulator(struct vcpu *v, unsigned width, uint32_t value)
{
    uint64_t *rax = &v->gpr[GPR_RAX];

    if (width == sizeof(uint32_t))
        *rax = value;
    else
        *rax = (*rax & ~((UINT64_C(1) << 8 * width) - 1)) | value;
}

enum exit_result port_handle(struct vcpu *v, const struct vm_exit *x)
{
    if (x->io.in)
        set_accumulator(v, x->io.width, port_in(v, x->io.port, x->io.width));
    else
        port_out(v, x->io.port, x->io.width, x->io.value);
    return EXIT_SKIP_INSN;
}
