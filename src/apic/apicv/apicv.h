/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of strategy apicv share about one vCPU. Only this folder includes this header.
 * Each function runs on the vCPU's own CPU.
 */
#ifndef APIC_APICV_APICV_H
#define APIC_APICV_APICV_H

#include <stdatomic.h>

#include "apic/apicv/eoi_gate.h"
#include "apic/apicv/extint.h"
#include "apic/apicv/posted.h"
#include "apic/apicv/vlapic.h"
#include "apic/icr.h"
#include "apic/xapic_trap/xapic_scratch.h"
#include "core/ports.h"
#include "core/vcpu.h"
#include "core/vm_exit.h"

/*
 * The vector of the physical LAPICs that is Lapwing's, next to the spurious one. It is high, so that
 * a level-triggered interrupt whose EOI is held back does not block it. It is not one that systems
 * give to devices.
 */
#define APICV_NOTIFICATION_VECTOR 0xF2

/* Two fields begin with a page for the hardware, so they come first whatever padding it costs. */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct apic_vcpu {
    uint32_t page[PAGE_SIZE / sizeof(uint32_t)]; /* the virtual-APIC page */
    struct xapic_scratch scratch;                /* its first field is a page that is mapped */

    struct posted posted;  /* other CPUs and the processor touch it too */
    atomic_bool accepting; /* the software enable is on: other CPUs may post; they read it */

    struct vlapic vl; /* this field and all below: its own CPU only */
    struct eoi_gate gate;
    uint64_t refused[EOI_GATE_WORDS];   /* held, not accepted: the APIC was software-disabled */
    uint64_t eoi_exits[EOI_GATE_WORDS]; /* the EOI-exit bitmap */
    bool virtualizes_ipis;              /* the CPU has IPI virtualization: apicv_ipi_virt.c */
    struct extint_queue extints;        /* acknowledged, and not yet injected */
    bool extints_due;                   /* apicv_extint_before_entry() has something to do */
    bool awaits_window, watches_pics;   /* exits that are on for the ExtINTs */
    unsigned accessed;                  /* offset of the access that is stepped, in bytes */
    /* The access that is stepped is a write. */
    bool access_writes;
};
_Static_assert(offsetof(struct apic_vcpu, scratch) % PAGE_SIZE == 0, "a page that is mapped");

/*
 * apicv_mode.c: opens what the processor virtualises in the present mode, and lets the rest exit.
 */
void apicv_set_mode(struct vcpu *v);
void apicv_map_page(struct vcpu *v); /* the xAPIC page, for the present mode */
hpa_t apicv_access_page(void);

/* apicv_irq.c: interrupts from the physical LAPIC into the virtual one, and EOIs back. */
void apicv_interrupt(struct vcpu *v, uint8_t vector);
void apicv_guest_eoi(struct vcpu *v, uint8_t vector);
void apicv_raise(struct vcpu *v, int vector); /* an edge of its own; VLAPIC_NO_VECTOR: none */
void apicv_take_posted(struct vcpu *v);
void apicv_enabled_again(struct vcpu *v);
void apicv_drop_interrupts(struct vcpu *v);

/* apicv_extint.c: interrupts of the PICs, and what the guest writes there while one waits. */
void apicv_extint(struct vcpu *v, uint8_t vector);
void apicv_extint_before_entry(struct vcpu *v);
port_write_fn apicv_pic_write;

/* apicv_ipi.c: sends an IPI of the guest's by a raw ICR, with the errors that hardware would report. */
void apicv_send(struct vcpu *src, uint64_t raw);

/*
 * apicv_ipi_virt.c: IPI virtualization. apicv_list() lets other CPUs post to this one without an
 * exit; apicv_unlist() ends that. apicv_choose_pid_table() says to whom this CPU may post so. A CPU
 * is listed only while it accepts what is posted.
 */
void apicv_setup_ipi_virtualization(struct vcpu *v);
void apicv_choose_pid_table(struct vcpu *v);
void apicv_list(struct vcpu *v);
void apicv_unlist(struct vcpu *v);

/*
 * apicv_regs.c: what the guest's access to a register does. `offset` is in bytes.
 * apicv_register_write() returns false if the write faults.
 */
bool apicv_register_write(struct vcpu *v, unsigned offset, uint64_t value);
void apicv_register_written(struct vcpu *v, unsigned offset);
uint32_t apicv_register_read(struct vcpu *v, unsigned offset);
void apicv_sync_physical(struct vcpu *v);

/* apicv_access.c: accesses to the xAPIC page that the processor does not virtualise. */
enum exit_result apicv_access(struct vcpu *v, const struct vm_exit *x);

#endif
