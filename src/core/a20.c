/* SPDX-License-Identifier: GPL-2.0-only */
/* Port 92H; see a20.h. State: what the guest has made of its gate, which all CPUs share. */
#include "core/a20.h"

#include <stdatomic.h>

#include "core/soft_reset.h"

#define FAST_RESET 0x01
#define GATE_OPEN  0x02

static atomic_bool gate_closed;

/* An open gate is shown as the hardware has it, where the other gate may be the open one. */
void a20_port_read(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)v;
    (void)port;
    if (atomic_load(&gate_closed))
        *value &= (uint8_t)~GATE_OPEN;
}

enum port_verdict a20_port_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    const bool reset = *value & FAST_RESET;

    (void)port;
    atomic_store(&gate_closed, !(*value & GATE_OPEN));
    *value = (uint8_t)((*value | GATE_OPEN) & ~FAST_RESET);
    if (reset)
        soft_reset(v, "port 92H");
    return PORT_PASS;
}
