/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's IA32_APIC_BASE and the MSRs that say whether its mode is locked, for every strategy.
 * The physical LAPIC is never disabled, because kicks need it. State: v->apic_base, which only its
 * own CPU touches.
 */
#include "apic/apic.h"

#include "apic/apic_base.h"
#include "apic/apic_regs.h"
#include "apic/physical/lapic_mode.h"
#include "core/log_guest.h"
#include "core/machine.h"

enum exit_result apic_base_msr_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = v->apic_base;
    return EXIT_SKIP_INSN;
}

/* Says why no CPU may leave x2APIC mode. NULL: each CPU may. */
static const char *stays_x2apic(void)
{
    if (apic_locks_x2apic)
        return "it is locked; set APIC_X2APIC_XAPIC_FALLBACK=y in menuconfig for a guest that "
               "needs xAPIC mode";
    if (lapic_ids_are_wide())
        return "an APIC ID needs it";
    return lapic_is_locked_x2apic() ? "the firmware has locked it" : NULL;
}

enum exit_result apic_base_msr_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    enum apic_base_verdict verdict;
    uint64_t old = v->apic_base;

    (void)msr;
    if (apic_base_mode(old) == APIC_MODE_X2APIC && apic_base_mode(value) != APIC_MODE_X2APIC &&
        stays_x2apic()) {
        log_guest(v, "cpu %u: the guest wants to leave x2APIC mode: #GP, %s", v->index,
                  stays_x2apic());
        return EXIT_INJECT_GP;
    }
    v->apic_base =
        apic_base_write(old, value, apic_shows_x2apic, v->smp.is_bsp, machine.phys_bits, &verdict);
    switch (verdict) {
    case APIC_BASE_OK:
        if (apic_base_mode(old) != apic_base_mode(v->apic_base)) {
            v->figures[FIGURE_APIC_MODE]++;
            apic_mode_changed(v);
        }
        return EXIT_SKIP_INSN;
    case APIC_BASE_GP_MOVED:
        log_guest(
            v, "cpu %u: the guest wants its LAPIC at %lx: refused with #GP, it stays at FEE00000",
            v->index, value & PAGE_MASK);
        return EXIT_INJECT_GP;
    case APIC_BASE_GP:
        break;
    }
    return EXIT_INJECT_GP;
}

/*
 * Bits of IA32_ARCH_CAPABILITIES that say what the CPU is immune to, and those of MSRs that the
 * guest has: TSX_CTRL (7), MCU_OPT_CTRL (18, 25).
 */
#define ARCH_CAP_SHOWN                                                                             \
    (GENMASK(8, 0) | GENMASK(15, 13) | GENMASK(20, 17) | GENMASK(28, 24) | BIT(62))

/* A guest that is locked in x2APIC mode learns so from this MSR, even if the CPU lacks it. */
static enum exit_result read_arch_capabilities(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    if (rdmsr_safe(msr, value)) {
        if (!apic_locks_x2apic)
            return EXIT_INJECT_GP;
        *value = 0;
    }
    *value &= ARCH_CAP_SHOWN | APIC_ARCH_CAP_XAPIC_DISABLE;
    if (apic_locks_x2apic)
        *value |= APIC_ARCH_CAP_XAPIC_DISABLE;
    return EXIT_SKIP_INSN;
}

static enum exit_result read_disable_status(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    if (apic_locks_x2apic)
        *value = APIC_XAPIC_DISABLED;
    else if (rdmsr_safe(msr, value))
        return EXIT_INJECT_GP;
    return EXIT_SKIP_INSN;
}

const struct msr_trap apic_base_traps[] = {
    MSR_TRAP(APIC_MSR_BASE, apic_base_msr_read, apic_base_msr_write),
    MSR_TRAP(MSR_ARCH_CAPABILITIES, read_arch_capabilities, msr_write_gp),
    MSR_TRAP(APIC_MSR_XAPIC_DISABLE_STATUS, read_disable_status, msr_write_gp),
};
const unsigned apic_base_trap_count = ARRAY_SIZE(apic_base_traps);
