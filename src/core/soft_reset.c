/* SPDX-License-Identifier: GPL-2.0-only */
/* Resets of the CPUs alone, and port CF9H; see soft_reset.h. No state. */
#include "core/soft_reset.h"

#include "core/cmos.h"
#include "core/log_guest.h"
#include "core/reset.h"
#include "core/host/x86_insn.h"
#include "smp/smp.h"

/* Does the firmware go on with the guest? (IBM Personal Computer AT Technical Reference, "ROM BIOS") */
static bool continues_guest(uint8_t shutdown_code)
{
    switch (shutdown_code) {
    case 0x05: /* an EOI, then a jump through 40:67 */
    case 0x09: /* back from the block move of INT 15H */
    case 0x0A: /* a jump through 40:67 */
    case 0x0B: /* an IRET through 40:67 */
    case 0x0C: /* a far return through 40:67 */
        return true;
    default:
        return false;
    }
}

static void refuse_self_test(const struct vcpu *v, const char *cause, uint8_t code)
{
    if (continues_guest(code))
        return;
    log_info("cpu %u: reset by %s with shutdown code %x: resetting the machine", v->index, cause,
             code);
    machine_reset();
}

void soft_reset_by_init(struct vcpu *v)
{
    refuse_self_test(v, "INIT", cmos_shutdown_code());
}

void soft_reset(struct vcpu *v, const char *cause)
{
    const uint8_t code = cmos_shutdown_code();

    refuse_self_test(v, cause, code);
    log_guest(v, "cpu %u: reset by %s with shutdown code %x: INIT to all CPUs", v->index, cause,
              code);
    smp_init_all(v);
}

/* Some chipsets ask the value before this one which kind of reset is meant. */
enum port_verdict reset_control_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    if (!(*value & CF9_RESET))
        return PORT_PASS;
    if (!(*value & CF9_HARD)) {
        soft_reset(v, "port CF9H");
        return PORT_DONE;
    }
    outb(port, *value & (uint8_t)~CF9_RESET);
    return PORT_PASS;
}
