/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which MSRs are trapped, and who handles them. Core, the vendor and the strategy each have rows.
 * The permission maps are made from the rows, and the exit handler searches them: an MSR cannot be
 * trapped without a handler, or handled without being trapped.
 */
#ifndef CORE_MSR_H
#define CORE_MSR_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

/*
 * Handlers return EXIT_SKIP_INSN if the access is done, and EXIT_INJECT_GP to refuse it. They run
 * on the vCPU's own CPU.
 */
typedef enum exit_result msr_read_fn(struct vcpu *v, uint32_t msr, uint64_t *value);
typedef enum exit_result msr_write_fn(struct vcpu *v, uint32_t msr, uint64_t value);

/*
 * Directions that are not trapped at first, though they have a handler: the owner of the row traps
 * them later with virt_trap_msr().
 */
enum msr_open { MSR_OPEN_NONE = 0, MSR_OPEN_READ = 1, MSR_OPEN_WRITE = 2, MSR_OPEN_BOTH = 3 };

/* Handlers of the MSRs from `first` to `last`. NULL: this direction is not trapped. */
struct msr_trap {
    uint32_t first, last;
    msr_read_fn *read;
    msr_write_fn *write;
    enum msr_open open_at_first;
};

/* A row for one MSR. */
#define MSR_TRAP(msr, read_fn, write_fn)                                                           \
    {                                                                                              \
        .first = (msr), .last = (msr), .read = (read_fn), .write = (write_fn)                      \
    }

/* Sets the vCPU's permission map from the rows. On the vCPU's own CPU, or before the vCPU runs. */
void msr_traps_apply(struct vcpu *v);

/*
 * Handle RDMSR and WRMSR exits. An MSR without a row is tried on the hardware; its #GP is passed
 * on.
 */
enum exit_result msr_handle_read(struct vcpu *v, uint32_t msr);
enum exit_result msr_handle_write(struct vcpu *v, uint32_t msr);

/* Handlers for MSRs that the guest's CPU lacks, or whose writes vanish. */
msr_read_fn msr_read_gp;
msr_write_fn msr_write_gp;
msr_write_fn msr_write_ignore;

/* RDMSR, WRMSR and XSETBV that survive a #GP. Return 0, or -EFAULT for a #GP. */
int rdmsr_safe(uint32_t msr, uint64_t *value);
int wrmsr_safe(uint32_t index, uint64_t value);
int xsetbv_safe(uint32_t index, uint64_t value);

#endif
