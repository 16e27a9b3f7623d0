/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ICR's other fields: vector, delivery mode, reserved bits; many IPIs at once; reading the ICR.
 */
#include "icr/cases.h"

#define VECTOR        (VECTOR_TEST + 9)
#define QUIET_US      2000
#define NMIS          20
#define BURST         20
#define ICR_MODE_3    0x300u
#define MSR_ICR       (MSR_X2APIC + LAPIC_ICR / 16)
#define RESERVED_BITS UINT32_C(0xFFF32000)

void case_vectors(void)
{
    for (unsigned v = 0; v < TEST_VECTORS; v++) {
        unsigned to = v % cpu_count();

        irq_count_begin();
        lapic_ipi(ICR_FIXED | ICR_ASSERT | (VECTOR_TEST + v), cpu_at(to)->apic_id);
        tap_check(irq_count_wait(to, VECTOR_TEST + v, 1), "vector 0x%x is lost", VECTOR_TEST + v);
        tap_check(irq_count_all(to) == 1, "vector 0x%x: %u interrupts", VECTOR_TEST + v,
                  irq_count_all(to));
    }
}

static void send_to_all(void *arg)
{
    (void)arg;
    for (unsigned n = 0; n < BURST; n++)
        for (unsigned i = 0; i < cpu_count(); i++) {
            unsigned vector = VECTOR_TEST + this_cpu()->index % TEST_VECTORS;
            unsigned before = irq_count(i, vector);

            lapic_ipi(ICR_FIXED | ICR_ASSERT | vector, cpu_at(i)->apic_id);
            if (!irq_count_wait(i, vector, before + 1))
                return;
        }
}

/* All CPUs send to all at the same time, each with its own vector and a handshake. */
void case_burst(void)
{
    irq_count_begin();
    for (unsigned i = 1; i < cpu_count(); i++)
        cpu_post(i, send_to_all, NULL);
    send_to_all(NULL);
    for (unsigned i = 1; i < cpu_count(); i++)
        tap_check(cpu_join(i, 2 * CPU_TIMEOUT_MS), "CPU %u does not answer", i);
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(irq_count_all(i) == BURST * cpu_count(), "CPU %u took %u, want %u", i,
                  irq_count_all(i), BURST * cpu_count());
}

static void on_nmi(struct trap_frame *frame)
{
    (void)frame;
    atomic_fetch_add(&this_cpu()->nmis, 1);
}

/* NMIS of them, each after the one before has come; then nobody has one too many. */
static void check_nmis(uint32_t low, uint32_t dest)
{
    unsigned long before[MAX_CPUS];
    uint64_t end = clock_us() + CPU_TIMEOUT_MS * UINT64_C(1000);

    for (unsigned i = 0; i < cpu_count(); i++)
        before[i] = atomic_load(&cpu_at(i)->nmis);
    for (unsigned n = 1; n <= NMIS && clock_us() < end; n++) {
        lapic_ipi(low | ICR_NMI | ICR_ASSERT, dest);
        for (unsigned i = 0; i < cpu_count(); i++)
            while (is_addressed(low, dest, 0, i) && atomic_load(&cpu_at(i)->nmis) < before[i] + n &&
                   clock_us() < end)
                cpu_pause();
    }
    delay_us(QUIET_US);
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(atomic_load(&cpu_at(i)->nmis) ==
                      before[i] + (is_addressed(low, dest, 0, i) ? NMIS : 0),
                  "ICR 0x%x to 0x%x: CPU %u took %lu NMIs", low | ICR_NMI, dest, i,
                  atomic_load(&cpu_at(i)->nmis) - before[i]);
}

void case_nmi(void)
{
    set_logical(this_cpu()->x2apic ? LOGICAL_X2APIC : LOGICAL_FLAT);
    trap_set_handler(VECTOR_NMI, on_nmi);
    for (unsigned i = 0; i < cpu_count(); i++) {
        check_nmis(0, cpu_at(i)->apic_id);
        check_nmis(ICR_LOGICAL, logical_id(i));
    }
    check_nmis(ICR_LOGICAL, logical_id(0) | logical_id(cpu_count() - 1));
    check_nmis(ICR_ALL_BUT_ME, 0);
    check_nmis(ICR_ALL_BUT_ME | ICR_LOGICAL, 0x12);
}

static void write_icr(void *arg)
{
    wrmsr(MSR_ICR, *(const uint64_t *)arg);
}

void case_reserved_bits(void)
{
    struct leaf_info leaf;

    leaf_read(&leaf);
    if (!leaf.base && (bare_tcg() || lapic_is_bochs())) {
        tap_skip("this emulator does not look at them");
        return;
    }
    irq_count_begin();
    for (unsigned bit = 0; bit < 32; bit++) {
        uint64_t raw = (uint64_t)this_cpu()->apic_id << 32 | ICR_FIXED | ICR_ASSERT | VECTOR |
                       (RESERVED_BITS & BIT32(bit));
        struct fault fault = {0};

        if (!(RESERVED_BITS & BIT32(bit)))
            continue;
        tap_check(trap_call(write_icr, &raw, &fault) && fault.vector == VECTOR_GP &&
                      fault.error == 0,
                  "bit %u: no #GP", bit);
        raw = (raw & ~UINT64_C(0xFF)) | ICR_INIT; /* with any delivery mode */
        tap_check(trap_call(write_icr, &raw, &fault) && fault.vector == VECTOR_GP,
                  "bit %u with INIT: no #GP", bit);
    }
    delay_us(QUIET_US);
    for (unsigned i = 0; i < cpu_count(); i++)
        tap_check(irq_count_all(i) == 0, "CPU %u took %u interrupts", i, irq_count_all(i));
}

static bool cpuid_vendor_is_amd(void)
{
    return cpuid(0, 0).ebx == 0x68747541; /* "Auth" */
}

/* It is 64 bits in one register; a read, which costs no exit, gives what was written. */
void case_read_back(void)
{
    uint64_t nobody = UINT64_C(0x12345678) << 32 | ICR_FIXED | ICR_ASSERT | VECTOR;

    write_icr(&nobody);
    if (lapic_is_bochs() || (rdmsr(MSR_ICR) == (uint32_t)nobody && cpuid_vendor_is_amd())) {
        tap_skip("this emulator does not keep it, or only the lower half");
        return;
    }
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++) {
        uint64_t raw = (uint64_t)cpu_at(i)->apic_id << 32 | ICR_FIXED | ICR_ASSERT | VECTOR;

        write_icr(&raw);
        CHECK_EQ(rdmsr(MSR_ICR), raw);
        tap_check(irq_count_wait(i, VECTOR, 1), "not on CPU %u", i);
    }
    write_icr(&nobody);
    CHECK_EQ(rdmsr(MSR_ICR), nobody);
}

/* Delivery mode 011 is reserved: nothing arrives, and nothing breaks. */
void case_reserved_mode(void)
{
    irq_count_begin();
    for (unsigned i = 0; i < cpu_count(); i++)
        lapic_ipi(ICR_MODE_3 | ICR_ASSERT | VECTOR, cpu_at(i)->apic_id);
    lapic_ipi(ICR_MODE_3 | ICR_ASSERT | ICR_ALL_BUT_ME | VECTOR, 0);
    delay_us(QUIET_US);
    for (unsigned i = 0; i < cpu_count(); i++) {
        tap_check(cpu_alive(i), "CPU %u does not answer", i);
        tap_check(irq_count_all(i) == 0, "CPU %u took %u interrupts", i, irq_count_all(i));
    }
}
