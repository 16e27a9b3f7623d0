/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O bitmaps of VMX: a bit for each port makes an access exit. Bitmap A is for the ports up to
 * 7FFFH, B for the others. All CPUs share the bitmaps, and there are two of A, between which each
 * CPU chooses. State: `bitmaps`, filled before the first guest runs. (Intel SDM Vol. 3C,
 * "I/O-Bitmap Addresses")
 */
#include "core/vmx/vmx_vcpu.h"

#define PORTS_EACH 0x8000U

enum bitmap { BITMAP_A, BITMAP_A_REQUESTED, BITMAP_B };

static uint8_t *bitmaps;

static void set_bit(enum bitmap which, unsigned n)
{
    bitmaps[which * PAGE_SIZE + n / 8] |= (uint8_t)(1U << n % 8);
}

static hpa_t bitmap_pa(enum bitmap which)
{
    return (hpa_t)(bitmaps + which * PAGE_SIZE);
}

void vmx_ports_init(uint8_t *pages)
{
    bitmaps = pages;
}

void vmx_ports_setup(void)
{
    vmx_ports_choose(false);
    vmcs_write64(VMCS_IO_BITMAP_B, bitmap_pa(BITMAP_B));
}

void vmx_ports_choose(bool requested)
{
    vmcs_write64(VMCS_IO_BITMAP_A, bitmap_pa(requested ? BITMAP_A_REQUESTED : BITMAP_A));
}

void virt_trap_port(uint16_t port, bool at_request)
{
    if (port >= PORTS_EACH) {
        set_bit(BITMAP_B, port - PORTS_EACH);
        return;
    }
    set_bit(BITMAP_A_REQUESTED, port);
    if (!at_request)
        set_bit(BITMAP_A, port);
}
