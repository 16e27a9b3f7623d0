/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ExtINTs on their way from the PICs to the guest. An ExtINT passes the virtual APIC by: it sets no
 * bit in the IRR or ISR and needs no EOI there. The entry injects it. If the guest takes no
 * interrupts at that moment, an interrupt window tells when it does. While a window is awaited the
 * processor recognises no virtual interrupt; the entry after the window evaluates them anew. State:
 * the queue in struct apic_vcpu, its own CPU only.
 */
#include "apic/apicv/apicv.h"

#include "core/log_guest.h"
#include "core/virt.h"
#include "core/vmx/vmx_apic.h"
#include "core/host/x86_insn.h"

static uint8_t pic_isr(uint16_t command)
{
    uint8_t isr;

    outb(command, PIC_READ_ISR);
    isr = inb(command);
    outb(command, PIC_READ_IRR);
    return isr;
}

void apicv_extint(struct vcpu *v, uint8_t vector)
{
    uint8_t line = extint_line(vector, pic_isr(PIC_COMMAND), pic_isr(PIC_COMMAND + PIC_SLAVE));

    if (!extint_push(&v->apic->extints, vector, line))
        log_guest(v, "cpu %u: ExtINT vector %x dropped: too many wait", v->index, vector);
    v->apic->extints_due = true;
}

/*
 * Once it is watched, an ExtINT that the guest has masked needs nothing: it may wait for good, because
 * guests mask their PICs early.
 */
void apicv_extint_before_entry(struct vcpu *v)
{
    struct apic_vcpu *a = v->apic;
    struct extint_queue *q = &a->extints;
    bool window;

    if (!v->step.active && extint_ready(q) && vmx_apic_can_inject(v))
        vmx_apic_inject(v, extint_take(q));
    window = !v->step.active && extint_ready(q);
    a->extints_due = extint_ready(q);
    if (window == a->awaits_window && (q->count > 0) == a->watches_pics)
        return;
    a->awaits_window = window;
    a->watches_pics = q->count > 0;
    vmx_apic_set_exits(a->awaits_window, a->watches_pics);
}

static void retire(unsigned lines)
{
    for (unsigned line = 0; line < 2 * PIC_LINES; line++) {
        if (!(lines >> line & 1))
            continue;
        if (line >= PIC_LINES)
            outb(PIC_COMMAND + PIC_SLAVE, (uint8_t)(PIC_SPECIFIC_EOI | (line - PIC_LINES)));
        outb(PIC_COMMAND, (uint8_t)(PIC_SPECIFIC_EOI | (line < PIC_LINES ? line : PIC_CASCADE)));
    }
}

enum port_verdict apicv_pic_write(struct vcpu *v, uint16_t port, uint8_t *value)
{
    retire(extint_pic_write(&v->apic->extints, port, *value));
    v->apic->extints_due = true;
    return PORT_PASS;
}
