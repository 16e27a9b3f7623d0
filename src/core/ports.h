/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which I/O ports are trapped, and who handles them. Core and the strategy have rows. The vendor's
 * permission map is made from the rows, and the exit handler searches them: a port cannot be
 * trapped without a handler, or handled without being trapped.
 *
 * A handler sees one byte of one port. It may change the byte on its way between the guest and the
 * hardware, or do the access itself. So an access of any width or alignment means what it means for
 * each port that it covers. If it covers a trapped port and is not an access to just one register,
 * it reaches the hardware byte by byte.
 */
#ifndef CORE_PORTS_H
#define CORE_PORTS_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

enum port_verdict {
    PORT_PASS, /* the byte goes to the hardware, as the handler leaves it */
    PORT_DONE, /* the handler has done what there is to do, for all bytes of the register */
};

/* Changes what a read of `port` has brought from the hardware. On the vCPU's own CPU. */
typedef void port_read_fn(struct vcpu *v, uint16_t port, uint8_t *value);
/* Looks at what the guest writes to `port`, before the hardware does. On the vCPU's own CPU. */
typedef enum port_verdict port_write_fn(struct vcpu *v, uint16_t port, uint8_t *value);

/* Comes after the hardware has what `write` has passed on: the whole access. */
typedef void port_written_fn(struct vcpu *v);

/* Handlers of the ports from `first` to `last`. NULL: this direction goes to the hardware. */
struct port_trap {
    port_read_fn *read;
    port_write_fn *write;
    port_written_fn *written; /* may be NULL */
    uint16_t first, last;
    /* The bytes of the register below the port, which are not trapped: the port is its last byte. */
    uint8_t low_bytes;
    /* An aligned access of 4 bytes that covers the port belongs to another register. */
    bool not_by_dword;
    /* Trapped on a CPU only while the row's owner asks for it. Below port 8000H. */
    bool at_request;
};

/*
 * Adds a row for ports that only the firmware's tables tell: PORT_ROWS_ADDED at most. On the boot
 * CPU, before the first guest runs.
 */
#define PORT_ROWS_ADDED 3
void port_trap_add(const struct port_trap *row);

/* Makes the permission map from the rows. Once, on the boot CPU, before the first guest runs. */
void port_traps_apply(void);

/*
 * An access of the guest's to `width` ports (1, 2 or 4) from `port` on, through the handlers.
 */
uint32_t port_in(struct vcpu *v, uint16_t port, unsigned width);
void port_out(struct vcpu *v, uint16_t port, unsigned width, uint32_t value);

/* Handles an exit for IN or OUT. port_string.h has INS and OUTS. */
enum exit_result port_handle(struct vcpu *v, const struct vm_exit *x);

#endif
