/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of strategy apicv share about one vCPU. Not seen outside this folder. */
#ifndef APIC_APICV_APICV_H
#define APIC_APICV_APICV_H

#include <stdatomic.h>

#include "apic/apicv/eoi_gate.h"
#include "apic/apicv/extint.h"
#include "apic/apicv/posted.h"
#include "apic/apicv/vlapic.h"
#include "apic/icr.h"
#include "apic/xapic_trap/xapic_scratch.h"
#include "core/vcpu.h"
#include "core/vm_exit.h"

/*
 * The one vector of the physical LAPICs that is Lapwing's. High, so that a level-triggered
 * interrupt whose EOI is held back does not hold it back too; not one that systems give to devices.
 */
#define APICV_NOTIFICATION_VECTOR 0xF2

/*
 * Two fields begin with a page of the hardware's, and `posted` has to be at a page's beginning for
 * Bochs, so there is padding that no order of fields avoids.
 */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct apic_vcpu {
    uint32_t page[PAGE_SIZE / sizeof(uint32_t)]; /* the virtual-APIC page */

    struct posted posted;  /* any CPU; the processor */
    atomic_bool accepting; /* others may post: the software enable is on */
    atomic_bool nmi;       /* an NMI IPI; its sender kicks */

    struct vlapic vl; /* from here on: its own CPU only */
    struct eoi_gate gate;
    uint64_t refused[EOI_GATE_WORDS];   /* held, and not accepted: software-disabled at the time */
    uint64_t eoi_exits[EOI_GATE_WORDS]; /* the EOI-exit bitmap */
    bool stale;                         /* RVI and SVI in the VMCS have to be written */
    bool virtualizes_ipis;              /* the CPU does: apicv_ipi_virt.c */
    struct extint_queue extints;        /* acknowledged, and not yet injected */
    uint32_t extint_controls;           /* primary controls that are set for their sake */
    unsigned accessed;                  /* offset of the access that is stepped */
    bool access_writes;

    /* Begins with a page that is mapped. */
    struct xapic_scratch scratch __attribute__((aligned(PAGE_SIZE)));
};
_Static_assert(offsetof(struct apic_vcpu, posted) % PAGE_SIZE == 0, "Bochs wants a page boundary");

/* apicv_vmcs.c: the fields of the VMCS that virtualise the APIC. */
int apicv_probe_controls(const char **missing);
void apicv_setup_vmcs(struct vcpu *v);
void apicv_set_mode(struct vcpu *v);
void apicv_write_eoi_exits(struct vcpu *v, unsigned word);
void apicv_write_interrupt_status(struct vcpu *v);
void apicv_wake(struct vcpu *v);

/* apicv_irq.c: from the physical LAPIC into the virtual one. */
void apicv_interrupt(struct vcpu *v, uint8_t vector);
void apicv_guest_eoi(struct vcpu *v, uint8_t vector);
void apicv_raise(struct vcpu *v, int vector); /* a local edge; VLAPIC_NO_VECTOR is none */
void apicv_enabled_again(struct vcpu *v);
void apicv_drop_interrupts(struct vcpu *v);

/* apicv_extint.c */
void apicv_extint(struct vcpu *v, uint8_t vector);
void apicv_extint_before_entry(struct vcpu *v);
enum exit_result apicv_pic_access(struct vcpu *v, uint64_t qualification);
bool apicv_takes_interrupts(void);

/* apicv_ipi.c */
void apicv_send(struct vcpu *src, const struct ipi_msg *msg);

/*
 * apicv_ipi_virt.c. Of use only while the CPU accepts what is posted: whom others may post to
 * without an exit, in its mode; and whom this CPU may.
 */
bool apicv_offers_ipi_virtualization(void);
void apicv_setup_ipi_virtualization(struct vcpu *v);
void apicv_choose_pid_table(struct vcpu *v);
void apicv_list(struct vcpu *v);
void apicv_unlist(struct vcpu *v);

/* apicv_regs.c: what the guest does to registers, however it got there. */
void apicv_register_write(struct vcpu *v, unsigned offset, uint64_t value,
                          enum exit_result *result);
void apicv_register_written(struct vcpu *v, unsigned offset);
uint32_t apicv_register_read(struct vcpu *v, unsigned offset);
void apicv_sync_physical(struct vcpu *v);

/* apicv_access.c: accesses to the xAPIC page that the processor does not virtualise. */
enum exit_result apicv_access(struct vcpu *v, uint64_t qualification);
hpa_t apicv_access_page(void);

/* apicv.c: the page where the guest's xAPIC is, for the present mode. */
void apicv_map_page(struct vcpu *v);

#endif
