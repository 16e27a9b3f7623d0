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
#include "core/vmx/vmx_vcpu.h"
#include "core/host/x86_insn.h"

/* Exit qualification of an I/O instruction */
#define QUAL_SIZE       GENMASK(2, 0) /* bytes minus 1 */
#define QUAL_IN         BIT(3)
#define QUAL_STRING     BIT(4)
#define QUAL_PORT_SHIFT 16

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
}

bool apicv_takes_interrupts(void)
{
    return (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_IF) &&
           !(vmcs_read32(VMCS_GUEST_INTERRUPTIBILITY) & INTERRUPTIBILITY_SHADOW);
}

/* A pending debug trap comes first: the interrupt window opens behind it. */
static bool can_inject(const struct vcpu *v)
{
    return v->virt->event.info == 0 && apicv_takes_interrupts() &&
           vmcs_read(VMCS_GUEST_PENDING_DEBUG) == 0;
}

void apicv_extint_before_entry(struct vcpu *v)
{
    struct extint_queue *q = &v->apic->extints;
    uint32_t old = v->apic->extint_controls, now = 0;

    if (q->count == 0 && old == 0)
        return;
    if (!v->step.active && extint_ready(q) && can_inject(v))
        vmx_queue_event(v, VMX_EVENT_EXTERNAL | extint_take(q), 0, 0);
    if (!v->step.active && extint_ready(q))
        now |= PRIMARY_INTERRUPT_WINDOW;
    if (q->count > 0)
        now |= PRIMARY_IO_BITMAPS; /* lets accesses to the PICs' ports exit */
    if (now == old)
        return;
    v->apic->extint_controls = now;
    vmcs_write32(VMCS_PRIMARY_CONTROLS, (vmcs_read32(VMCS_PRIMARY_CONTROLS) &
                                         ~(PRIMARY_INTERRUPT_WINDOW | PRIMARY_IO_BITMAPS)) |
                                            now);
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

/* Accesses one byte of one port: the chip has no more. A wide access reaches the next ports too. */
static void access_port(struct vcpu *v, uint16_t port, unsigned shift, bool in)
{
    uint64_t *rax = &v->gpr[GPR_RAX];
    uint8_t value = (uint8_t)(*rax >> shift);

    if (in) {
        *rax = (*rax & ~(UINT64_C(0xff) << shift)) | (uint64_t)inb(port) << shift;
        return;
    }
    retire(extint_pic_write(&v->apic->extints, port, value));
    outb(port, value);
}

enum exit_result apicv_pic_access(struct vcpu *v, uint64_t qualification)
{
    uint16_t port = (uint16_t)(qualification >> QUAL_PORT_SHIFT);

    if (qualification & QUAL_STRING) {
        /* No known system does. Waiting ExtINTs are forgotten; the instruction runs by itself. */
        v->apic->extints.count = 0;
        return EXIT_RESUME;
    }
    for (unsigned i = 0; i <= (qualification & QUAL_SIZE); i++)
        access_port(v, (uint16_t)(port + i), 8 * i, qualification & QUAL_IN);
    if ((qualification & QUAL_IN) && (qualification & QUAL_SIZE) == 3)
        v->gpr[GPR_RAX] = (uint32_t)v->gpr[GPR_RAX];
    return EXIT_SKIP_INSN;
}
