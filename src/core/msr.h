/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which MSRs the guest has, and who handles those that are trapped. Core, the vendor and the
 * strategy each have rows; core and the vendor each have a list of MSRs that need no handler. The
 * permission maps are made from both, and the exit handler searches the rows. Any other MSR is
 * trapped and raises #GP: what a future CPU adds is off until somebody has looked at it.
 */
#ifndef CORE_MSR_H
#define CORE_MSR_H

#include "core/vcpu.h"
#include "core/vm_exit.h"
#include "core/host/safe_insn.h"

/*
 * Handlers return EXIT_SKIP_INSN if the access is done, and EXIT_INJECT_GP to refuse it. They run
 * on the vCPU's own CPU.
 */
typedef enum exit_result msr_read_fn(struct vcpu *v, uint32_t msr, uint64_t *value);
typedef enum exit_result msr_write_fn(struct vcpu *v, uint32_t msr, uint64_t value);

/*
 * Directions that are not trapped at first, though they have a handler: the owner of the row traps
 * them later with virt_trap_msrs().
 */
enum msr_open { MSR_OPEN_NONE = 0, MSR_OPEN_READ = 1, MSR_OPEN_WRITE = 2, MSR_OPEN_BOTH = 3 };

/* Handlers of the MSRs from `first` to `last`. NULL: this direction is left to the hardware. */
struct msr_trap {
    uint32_t first, last;
    msr_read_fn *read;
    msr_write_fn *write;
    enum msr_open open_at_first;
};

/* A row for one MSR. */
#define MSR_TRAP(msr, read_fn, write_fn)                                                           \
    {.first = (msr), .last = (msr), .read = (read_fn), .write = (write_fn)}

/*
 * MSRs that the guest reads and writes by itself: nothing that they do reaches past Lapwing, and
 * the hardware says which of them exist. What is not in `open` raises #GP.
 */
struct msr_open_range {
    uint32_t first;
    uint16_t count;
    uint16_t open; /* enum msr_open */
};

#define MSR_OPEN(from, to, directions)                                                             \
    {.first = (from), .count = (to) - (from) + 1, .open = MSR_OPEN_##directions}

/* msr_list.c: MSRs that are the same for both vendors. */
extern const struct msr_open_range msr_open_ranges[];
extern const unsigned msr_open_range_count;

/* Sets the vCPU's permission map, in which every access exits, from the rows and lists. On the vCPU's own CPU, or before the vCPU runs. */
void msr_traps_apply(struct vcpu *v);

/* Returns what the guest's WRMSR writes. */
static inline uint64_t msr_written(const struct vcpu *v)
{
    return (uint32_t)v->gpr[GPR_RAX] | v->gpr[GPR_RDX] << 32;
}

/* Gives the guest what its RDMSR reads. */
static inline void msr_set_read(struct vcpu *v, uint64_t value)
{
    v->gpr[GPR_RAX] = (uint32_t)value;
    v->gpr[GPR_RDX] = value >> 32;
}

/* Handle RDMSR and WRMSR exits. The #GP of an access that is left to the hardware is passed on. */
enum exit_result msr_handle_read(struct vcpu *v, uint32_t msr);
enum exit_result msr_handle_write(struct vcpu *v, uint32_t msr);

/* Handlers for directions that the guest's CPU lacks, or whose writes vanish. */
msr_read_fn msr_read_gp;
msr_write_fn msr_write_gp;
msr_write_fn msr_write_ignore;

#endif
