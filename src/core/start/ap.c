/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AP bring-up: INIT, SIPI, SIPI with time-outs (Intel SDM Vol. 3A, "MP Initialization Protocol
 * Algorithm for MP Systems"). The boot CPU runs all of this but ap_entry() and cpu_take_over(),
 * which each AP runs too. State: init_sent, of the boot CPU.
 */
#include "core/start/ap.h"

#include "apic/apic.h"
#include "apic/icr.h"
#include "core/host/delay.h"
#include "core/exit.h"
#include "core/host/idt.h"
#include "apic/physical/lapic.h"
#include "core/host/log.h"
#include "core/machine.h"
#include "core/msr.h"
#include "core/start/trampoline.h"
#include "core/slat.h"
#include "core/virt.h"
#include "core/host/x86_insn.h"

#define INIT_TO_SIPI_US 10000
#define SIPI_TO_SIPI_US 300
#define AP_TIMEOUT_US   1000000
#define AP_ATTEMPTS     3
#define POLL_US         10

#define COMMAND_INIT        ((uint32_t)(ICR_MODE_INIT << ICR_MODE_SHIFT | ICR_ASSERT))
#define COMMAND_INIT_OTHERS (COMMAND_INIT | (uint32_t)(ICR_SHORTHAND_OTHERS << ICR_SHORTHAND_SHIFT))
#define COMMAND_SIPI        ((uint32_t)(ICR_MODE_SIPI << ICR_MODE_SHIFT | ICR_ASSERT))

static uint64_t init_sent; /* the TSC then */

void cpu_take_over(struct vcpu *v)
{
    const char *missing = "";

    lapic_attach(v);
    if (virt_enable_cpu(v, &missing))
        refuse("CPU %u (APIC ID %u): %s", v->index, v->apic_id, missing);
    msr_traps_apply(v);
    virt_vcpu_reset(v);
    apic_cpu_init(v);
}

static void ap_entry(struct vcpu *v)
{
    idt_load();
    cpu_take_over(v);
    smp_set_state(&v->smp, RUN_STATE_WAIT_SIPI);
    vcpu_loop(v);
}

/* A CPU is under control when it waits for the guest's SIPI. */
static bool wait_ready(const struct vcpu *v, uint64_t us)
{
    for (uint64_t waited = 0; waited < us; waited += POLL_US) {
        if (atomic_load(&v->smp.waiting))
            return true;
        delay_us(POLL_US);
    }
    return atomic_load(&v->smp.waiting);
}

static bool try_start(const struct vcpu *v, hpa_t trampoline)
{
    uint32_t sipi = COMMAND_SIPI | (uint32_t)(trampoline >> PAGE_SHIFT);

    lapic_send_ipi(v->apic_id, COMMAND_INIT);
    delay_us(INIT_TO_SIPI_US);
    lapic_send_ipi(v->apic_id, sipi);
    if (wait_ready(v, SIPI_TO_SIPI_US))
        return true;
    lapic_send_ipi(v->apic_id, sipi);
    return wait_ready(v, AP_TIMEOUT_US);
}

/* An emulator that is short of time may take a SIPI before the INIT, and so lose the SIPI. */
static bool start_one(struct vcpu *v, hpa_t trampoline)
{
    trampoline_aim(trampoline, v, ap_entry);
    for (unsigned i = 0; i < AP_ATTEMPTS; i++) {
        if (try_start(v, trampoline))
            return true;
    }
    /* A late AP must not run into a trampoline page that has another owner by then. */
    lapic_send_ipi(v->apic_id, COMMAND_INIT);
    delay_us(INIT_TO_SIPI_US);
    return false;
}

/*
 * CPUs that are left out, as those that the firmware does not list, wait for a SIPI from now on, which
 * no guest can send. In the firmware's code a guest could lead them out by an NMI.
 */
void ap_init_others(void)
{
    lapic_send_ipi(0, COMMAND_INIT_OTHERS);
    init_sent = rdtsc();
}

void ap_start_all(hpa_t trampoline)
{
    cpu_id_t kept = 1;

    delay_since(init_sent, INIT_TO_SIPI_US);
    for (cpu_id_t i = 1; i < machine.cpu_count; i++) {
        struct vcpu *v = machine.cpus[i];
        v->index = kept;
        v->trace.cpu = kept;
        if (start_one(v, trampoline))
            machine.cpus[kept++] = v;
        else
            log_error("APIC ID %u did not answer INIT and SIPI within %u ms: going on without it",
                      v->apic_id, AP_ATTEMPTS * AP_TIMEOUT_US / 1000);
    }
    machine.cpu_count = kept;
}
