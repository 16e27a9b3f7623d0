/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Suspend to RAM; see suspend.h. Every write of SLP_EN is treated alike, whatever its SLP_TYP is:
 * only the hardware knows which types lose the CPUs. If the machine is still there afterwards, the
 * guest goes on as if it had written to plain hardware. State: `suspend`, fixed at boot but for
 * what `busy` guards.
 */
#include "core/start/suspend.h"

#include <stdatomic.h>
#include <lapwing/string.h>
#include "apic/apic.h"
#include "core/exit.h"
#include "core/ports.h"
#include "core/host/delay.h"
#include "core/host/idt.h"
#include "core/host/x86_insn.h"
#include "core/log_guest.h"
#include "core/machine.h"
#include "core/reset.h"
#include "core/start/ap.h"
#include "core/start/facs.h"
#include "core/start/sleep_types.h"
#include "core/start/trampoline.h"
#include "core/virt.h"
#include "smp/hold.h"

/* The upper byte of PM1_CNT. */
#define SLP_EN_HIGH   0x20
#define SLP_TYP_HIGH  0x1C
#define SLP_TYP_SHIFT 2

/* Chipsets need some microseconds. The guest's CPUs must not run before. */
#define SLEEP_US 1000000

/*
 * SeaBIOS in QEMU starts the other CPUs here when it wakes the machine. It does not wait until all have
 * come, because it counts them in memory that it has write-protected at boot. A late one runs what the
 * guest has there: so it finds code that waits for Lapwing's INIT.
 */
#define FIRMWARE_AP_START 0x10000
#define WAIT_FOREVER      0xFDEBF4FA /* CLI; 1: HLT; JMP 1b */

static struct {
    struct facs *facs;
    bool has_x_vector;
    hpa_t low_page;
    struct sleep_types types; /* read if suspending is refused */
    uint32_t *ap_start; /* FIRMWARE_AP_START, or &ap_code if no memory of the guest's is there */

    atomic_bool busy;         /* a CPU is on its way to sleep; what follows is that CPU's */
    _Atomic cpu_id_t sleeper; /* its number and 1; 0: no CPU's write is on its way */
    struct facs_vectors guests;
    uint32_t ap_code; /* not at ap_start now: the guest's while the machine sleeps */
} suspend;

static struct facs *find_facs(const struct acpi *acpi, const struct acpi_fadt *fadt)
{
    hpa_t pa = fadt->x_facs ? fadt->x_facs : fadt->facs;
    struct facs *f = (struct facs *)pa;

    if (fadt->x_facs && fadt->facs && fadt->x_facs != fadt->facs)
        return NULL;
    if (pa % FACS_ALIGN || !acpi->mem->map(acpi->mem->ctx, pa, sizeof(*f)) || !facs_is_good(f))
        return NULL;
    return f;
}

/* What only the CPUs and their control blocks knew is gone. */
static void renew(struct vcpu *v)
{
    memset(v->virt, 0, virt_bytes_per_cpu);
    memset(v->apic, 0, apic_pages_per_cpu() * PAGE_SIZE);
    v->step = (struct step){0};
    v->smp = (struct smp_cpu){.is_bsp = v->smp.is_bsp};
    atomic_store(&v->kicked, false);
    atomic_store(&v->guest_nmis, 0);
    atomic_store(&v->leaf1_known, false);
    virt_vcpu_init(v);
}

static void start_guest(struct vcpu *v)
{
    struct facs_entry e = facs_entry(&suspend.guests, suspend.has_x_vector);

    if (e.kind == FACS_ENTRY_NONE) {
        log_guest(v, "the guest has left no waking vector: resetting the machine");
        machine_reset();
    }
    if (e.kind == FACS_ENTRY_REAL)
        virt_vcpu_start(v, e.cs, e.ip);
    else
        virt_vcpu_boot_flat32(v, &(struct virt_flat32){.entry = e.address});
}

static void swap_ap_code(void)
{
    const uint32_t code = *suspend.ap_start;

    *suspend.ap_start = suspend.ap_code;
    suspend.ap_code = code;
}

static void give_back(void)
{
    trampoline_remove(suspend.low_page);
    swap_ap_code();
    facs_give_back(suspend.facs, &suspend.guests);
}

/* The boot CPU, from the firmware. */
static void wake(struct vcpu *v)
{
    idt_load();
    for (cpu_id_t i = 0; i < machine.cpu_count; i++)
        renew(machine.cpus[i]);
    cpu_take_over(v);
    virt_woken(v);
    ap_init_others();
    ap_start_all(suspend.low_page);
    give_back();
    if (log_guest_allowed(v))
        log_info("back from sleep: %u CPUs under control", machine.cpu_count);
    start_guest(v);
    atomic_store(&suspend.sleeper, 0);
    atomic_store(&suspend.busy, false);
    vcpu_loop(v);
}

/* From here on the machine may sleep. */
static void prepare(void)
{
    suspend.guests = facs_take(suspend.facs, (uint32_t)suspend.low_page);
    swap_ap_code();
    trampoline_place(suspend.low_page);
    trampoline_aim(suspend.low_page, machine.cpus[0], wake);
    wbinvd();
}

/* Only one CPU at a time can go to sleep: another one is held meanwhile. */
static void begin(struct vcpu *v)
{
    while (atomic_exchange(&suspend.busy, true)) {
        if (atomic_load(&v->smp.mailbox) & MAILBOX_HOLD)
            smp_stay_held(v);
        pause();
    }
}

static void end(struct vcpu *v)
{
    smp_release_others(v);
    atomic_store(&suspend.busy, false);
}

/* Power-off and hibernation go through. */
static enum port_verdict write_refused(struct vcpu *v, uint16_t port, uint8_t *value)
{
    const unsigned type = (*value & SLP_TYP_HIGH) >> SLP_TYP_SHIFT;

    (void)port;
    if ((*value & SLP_EN_HIGH) && !(suspend.types.off >> type & 1)) {
        log_guest(v, "cpu %u: the machine does not sleep (SLP_TYP %u): that is refused", v->index,
                  type);
        *value &= (uint8_t)~SLP_EN_HIGH;
    }
    return PORT_PASS;
}

static enum port_verdict write_control(struct vcpu *v, uint16_t port, uint8_t *value)
{
    (void)port;
    if (!(*value & SLP_EN_HIGH))
        return PORT_PASS;
    begin(v);
    if (smp_hold_others(v)) {
        prepare();
        atomic_store(&suspend.sleeper, v->index + 1);
        return PORT_PASS;
    }
    log_guest(v, "cpu %u: the machine does not sleep: another CPU did not stop", v->index);
    *value &= (uint8_t)~SLP_EN_HIGH;
    end(v);
    return PORT_PASS;
}

/* The machine has no more than a moment to fall asleep. */
static void control_written(struct vcpu *v)
{
    if (atomic_load(&suspend.sleeper) != v->index + 1)
        return;
    delay_us(SLEEP_US);
    atomic_store(&suspend.sleeper, 0);
    give_back();
    end(v);
}

static void trap_control(uint16_t control, const struct port_trap *handlers)
{
    struct port_trap row = *handlers;

    row.first = row.last = (uint16_t)(control + 1); /* the upper byte */
    if (control)
        port_trap_add(&row);
}

static const struct port_trap refused = {.write = write_refused, .low_bytes = 1};
static const struct port_trap followed = {
    .write = write_control, .written = control_written, .low_bytes = 1};

static void trap_controls(const struct acpi_fadt *fadt, const struct port_trap *handlers)
{
    trap_control(fadt->pm1a_control, handlers);
    trap_control(fadt->pm1b_control, handlers);
}

static void read_and_hide(uint8_t *aml, uint32_t size)
{
    sleep_types_read(aml, size, &suspend.types);
    sleep_types_hide_s3(aml, size);
}

static void refuse_suspend(const struct acpi *acpi, const struct acpi_fadt *fadt, const char *why)
{
    uint32_t size;
    const void *aml = acpi_find_dsdt(acpi, fadt, &size);

    if (aml)
        read_and_hide((uint8_t *)(uintptr_t)aml, size);
    for (unsigned n = 0; (aml = acpi_nth_table(acpi, "SSDT", n, &size)); n++)
        read_and_hide((uint8_t *)(uintptr_t)aml, size);
    log_warn("suspend to RAM is refused: %s", why);
}

static void allow_suspend(hpa_t low_page)
{
    facs_hide_64bit_wake(suspend.facs);
    suspend.has_x_vector = facs_has_x_vector(suspend.facs);
    suspend.low_page = low_page;
    suspend.ap_code = WAIT_FOREVER;
    suspend.ap_start = memmap_is_usable(&machine.map, FIRMWARE_AP_START, sizeof(uint32_t))
                           ? (uint32_t *)FIRMWARE_AP_START
                           : &suspend.ap_code;
}

/* Returns why Lapwing could not follow a suspend, or NULL. */
static const char *why_not(const struct acpi *acpi, const struct acpi_fadt *fadt, bool wanted)
{
    if (!wanted)
        return "by suspend=off";
    if (!fadt->pm1a_control)
        return "the ACPI FADT names no I/O port for it";
    suspend.facs = find_facs(acpi, fadt);
    return suspend.facs ? NULL : "the ACPI FADT names no good FACS";
}

void suspend_init(const struct acpi *acpi, hpa_t low_page, bool wanted)
{
    struct acpi_fadt fadt;
    const char *why = "";

    if (acpi_read_fadt(acpi, &fadt, &why) == 0)
        why = why_not(acpi, &fadt, wanted);
    if (why)
        refuse_suspend(acpi, &fadt, why);
    else
        allow_suspend(low_page);
    trap_controls(&fadt, why ? &refused : &followed);
}
