/* SPDX-License-Identifier: GPL-2.0-only */
/* The trampoline page; see trampoline.h. State: what was in the page. Boot CPU only. */
#include "core/start/trampoline.h"

#include <lapwing/string.h>
#include "core/host/x86_insn.h"
#include "core/machine.h"

extern const char trampoline_start[], trampoline_end[];

static uint8_t kept[PAGE_SIZE];

void trampoline_place(hpa_t page)
{
    memcpy(kept, (const void *)page, PAGE_SIZE);
    memcpy((void *)page, trampoline_start, (size_t)(trampoline_end - trampoline_start));
}

void trampoline_remove(hpa_t page)
{
    memcpy((void *)page, kept, PAGE_SIZE);
}

void trampoline_aim(hpa_t page, struct vcpu *v, void (*entry)(struct vcpu *v))
{
    struct trampoline_data *d = (struct trampoline_data *)(page + TRAMPOLINE_DATA);

    *d = (struct trampoline_data){
        .cr3 = pt_root_pa(&machine.host_pt),
        .entry = (uint64_t)entry,
        .stack = vcpu_stack_top(v),
        .cpu = (uint64_t)v,
        .cr4 = read_cr4() & CR4_PAE,
    };
    atomic_thread_fence(memory_order_seq_cst); /* the CPU reads the data after it has started */
}
