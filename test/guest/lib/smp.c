/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The per-CPU structures and the trampoline pages. Only the BSP and a CPU itself share this CPU's
 * `online` and `job`. A starting CPU writes all that it reports before it sets `online`.
 */
#include "smp.h"

#include <lapwing/string.h>
#include "acpi.h"
#include "clock.h"
#include "console.h"
#include "cpu_insn.h"

#define STACK_BYTES  8192
#define XAPIC_ID_MAX 254

_Static_assert(sizeof(struct reset_state) == RESET_BYTES, "trampoline.S saves this layout");
_Static_assert(offsetof(struct reset_state, cr0) == RESET_CR0, "");
_Static_assert(offsetof(struct reset_state, efer) == RESET_EFER, "");
_Static_assert(offsetof(struct reset_state, cs) == RESET_CS, "");
_Static_assert(offsetof(struct reset_state, idtr) == RESET_IDTR, "");

extern const uint8_t trampoline_start[], trampoline_end[];

void (*smp_boot_cpu_woken)(uint64_t page);

static struct percpu cpus[MAX_CPUS];
static uint8_t stacks[MAX_CPUS][STACK_BYTES] __attribute__((aligned(16)));
static unsigned cpus_found = 1;
static uint8_t *trampoline_page;
static bool wide_ids; /* some CPU can be addressed in x2APIC mode only */

/* In a file that does not read it, or the compiler takes this value for the only one. */
__attribute__((weak)) const unsigned payload_max_cpus = 32;

unsigned cpu_count(void)
{
    return cpus_found;
}

struct percpu *cpu_at(unsigned index)
{
    return &cpus[index];
}

/* The initial APIC ID: 32 bits wide where CPUID has a topology leaf. */
static uint32_t initial_apic_id(void)
{
    if (cpuid(0, 0).eax >= 0xB && (cpuid(0xB, 0).ebx & 0xFFFF) != 0)
        return cpuid(0xB, 0).edx;
    return cpuid(1, 0).ebx >> 24;
}

static void identify(struct percpu *cpu, unsigned index)
{
    cpu->self = cpu;
    cpu->index = index;
    cpu->x2apic = rdmsr(MSR_APIC_BASE) & APIC_BASE_EXTD;
    cpu->catcher = NULL;
    cpu->fs_base = rdmsr(MSR_FS_BASE);
    cpu->gs_base = rdmsr(MSR_GS_BASE);
    wrmsr(MSR_GS_BASE, (uintptr_t)cpu);
}

static void on_wake(struct trap_frame *frame)
{
    (void)frame;
    lapic_eoi();
}

static void on_spurious(struct trap_frame *frame)
{
    (void)frame;
}

void smp_init_bsp(void)
{
    cpus[0].apic_id = initial_apic_id();
    identify(&cpus[0], 0);
    atomic_store(&cpus[0].online, true);
    trap_init();
    trap_init_cpu(0);
    trap_set_permanent_handler(VECTOR_WAKE, on_wake);
    trap_set_permanent_handler(VECTOR_SPURIOUS, on_spurious);
}

void trampoline_install(uint8_t vector)
{
    uint8_t *page = (uint8_t *)((uintptr_t)vector << 12);

    /* Hide where it comes from: the compiler takes a small constant address for a null pointer. */
    __asm__("" : "+r"(page));
    memset(page, 0, PAGE_SIZE);
    memcpy(page, trampoline_start, (size_t)(trampoline_end - trampoline_start));
    trampoline_page = page;
}

/* On the temporary stack with the trampoline's lock held. Touches nothing of the LAPIC before
 * capturing. */
void *smp_ap_identify(uint64_t page)
{
    uint32_t id = initial_apic_id();
    unsigned index = 0;

    while (index < cpus_found && cpus[index].apic_id != id)
        index++;
    if (index == 0 && smp_boot_cpu_woken)
        smp_boot_cpu_woken(page);
    if (index == 0 || index == cpus_found)
        return NULL;

    struct percpu *cpu = &cpus[index];

    identify(cpu, index);
    memcpy(&cpu->reset, (const void *)(uintptr_t)(page + TRAMPOLINE_STATE), sizeof(cpu->reset));
    lapic_capture(&cpu->lapic);
    return stacks[index] + STACK_BYTES;
}

void smp_ap_main(void)
{
    struct percpu *cpu = this_cpu();

    trap_init_cpu(cpu->index);
    if (wide_ids && !cpu->x2apic)
        lapic_enter_x2apic();
    lapic_enable();
    atomic_store(&cpu->job, NULL);
    atomic_fetch_add(&cpu->boots, 1);
    atomic_store(&cpu->online, true);
    for (;;) {
        irq_disable();
        job_fn fn = atomic_load(&cpu->job);

        if (!fn) {
            irq_enable_and_halt();
            continue;
        }
        irq_enable();
        atomic_store(&cpu->job_faulted, trap_call(fn, cpu->job_arg, &cpu->job_fault));
        atomic_store(&cpu->job, NULL);
    }
}

void smp_forget(unsigned index)
{
    atomic_store(&cpus[index].online, false);
    atomic_store(&cpus[index].job, NULL);
    /* It may have been stopped with the lock in its hands. */
    if (trampoline_page)
        memset(trampoline_page + TRAMPOLINE_LOCK, 0, 4);
}

void smp_init_ipi(unsigned index)
{
    smp_forget(index);
    lapic_ipi(ICR_INIT | ICR_ASSERT, cpus[index].apic_id);
}

void smp_startup_ipi(unsigned index, uint8_t vector)
{
    lapic_ipi(ICR_SIPI | ICR_ASSERT | vector, cpus[index].apic_id);
}

bool smp_wait_boots(unsigned index, unsigned boots, unsigned timeout_ms)
{
    uint64_t end = clock_us() + timeout_ms * UINT64_C(1000);

    while (clock_us() < end) {
        if (atomic_load(&cpus[index].online) && atomic_load(&cpus[index].boots) >= boots)
            return true;
        cpu_pause();
    }
    return false;
}

bool smp_start(unsigned index)
{
    unsigned boots = atomic_load(&cpus[index].boots);

    trampoline_install(TRAMPOLINE_VECTOR);
    smp_init_ipi(index);
    delay_us(1000);
    smp_startup_ipi(index, TRAMPOLINE_VECTOR);
    if (smp_wait_boots(index, boots + 1, 20))
        return true;
    smp_startup_ipi(index, TRAMPOLINE_VECTOR);
    return smp_wait_boots(index, boots + 1, CPU_TIMEOUT_MS);
}

bool smp_start_all(void)
{
    bool all = true;

    for (unsigned i = 1; i < cpus_found; i++)
        if (!cpu_alive(i) && !smp_start(i))
            all = false;
    return all;
}

unsigned smp_find(void)
{
    static uint32_t ids[MAX_CPUS];
    unsigned listed = acpi_list_cpus(ids, MAX_CPUS);

    for (unsigned i = 0; i < listed && i < MAX_CPUS; i++) {
        wide_ids = wide_ids || ids[i] > XAPIC_ID_MAX;
        if (ids[i] != cpus[0].apic_id && cpus_found < MAX_CPUS)
            cpus[cpus_found++].apic_id = ids[i];
    }
    if (wide_ids && !cpus[0].x2apic && lapic_has_x2apic())
        lapic_enter_x2apic();
    lapic_enable();
    return listed > cpus_found ? listed : cpus_found;
}

unsigned smp_init(void)
{
    unsigned online = 1;

    for (unsigned i = 1; i < cpus_found; i++) {
        if (smp_start(i))
            online++;
        else
            print("# CPU %u (APIC ID %u) did not start\n", i, cpus[i].apic_id);
    }
    return online;
}

void cpu_post(unsigned index, job_fn fn, void *arg)
{
    cpus[index].job_arg = arg;
    atomic_store(&cpus[index].job, fn);
    lapic_ipi(ICR_FIXED | ICR_ASSERT | VECTOR_WAKE, cpus[index].apic_id);
}

bool cpu_join(unsigned index, unsigned timeout_ms)
{
    uint64_t end = clock_us() + timeout_ms * UINT64_C(1000);

    while (atomic_load(&cpus[index].job)) {
        if (clock_us() >= end)
            return false;
        cpu_pause();
    }
    return !atomic_load(&cpus[index].job_faulted);
}

bool on_cpu(unsigned index, job_fn fn, void *arg)
{
    if (index == this_cpu()->index) {
        fn(arg);
        return true;
    }
    if (!atomic_load(&cpus[index].online) || atomic_load(&cpus[index].job))
        return false;
    cpu_post(index, fn, arg);
    return cpu_join(index, CPU_TIMEOUT_MS);
}

static void do_nothing(void *arg)
{
    (void)arg;
}

bool cpu_alive(unsigned index)
{
    return on_cpu(index, do_nothing, NULL);
}
