/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which MSRs are trapped and by whom. One list of rows - core's, the vendor's, the strategy's -
 * from which the permission maps are generated and which the exit handler searches: an MSR cannot
 * be trapped without a handler, or handled without being trapped.
 */
#ifndef CORE_MSR_H
#define CORE_MSR_H

#include "core/vcpu.h"
#include "core/vm_exit.h"

/* EXIT_SKIP_INSN when done, EXIT_INJECT_GP to refuse. */
typedef enum exit_result msr_read_fn(struct vcpu *v, uint32_t msr, uint64_t *value);
typedef enum exit_result msr_write_fn(struct vcpu *v, uint32_t msr, uint64_t value);

/*
 * A handler that is NULL means that this direction is not trapped. open_at_first: whoever owns the
 * row begins to trap these directions later, with virt_trap_msr().
 */
enum msr_open { MSR_OPEN_NONE = 0, MSR_OPEN_READ = 1, MSR_OPEN_WRITE = 2, MSR_OPEN_BOTH = 3 };

struct msr_trap {
    uint32_t first, last;
    msr_read_fn *read;
    msr_write_fn *write;
    enum msr_open open_at_first;
};

/* A row of one MSR. */
#define MSR_TRAP(msr, read_fn, write_fn)                                                           \
    {                                                                                              \
        .first = (msr), .last = (msr), .read = (read_fn), .write = (write_fn)                      \
    }

/* Sets this CPU's permission map from the rows. On the vCPU's own CPU or before it runs. */
void msr_traps_apply(struct vcpu *v);

/* RDMSR and WRMSR exits. An MSR that no row names is tried on the hardware, its #GP passed on. */
enum exit_result msr_handle_read(struct vcpu *v, uint32_t msr);
enum exit_result msr_handle_write(struct vcpu *v, uint32_t msr);

/* Rows for MSRs that the guest's CPU does not have, or whose writes vanish. */
msr_read_fn msr_read_gp;
msr_write_fn msr_write_gp;
msr_write_fn msr_write_ignore;

/* RDMSR, WRMSR, XSETBV that survive a #GP: 0, or -EFAULT. */
int rdmsr_safe(uint32_t msr, uint64_t *value);
int wrmsr_safe(uint32_t index, uint64_t value);
int xsetbv_safe(uint32_t index, uint64_t value);

#endif
