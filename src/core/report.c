/* SPDX-License-Identifier: GPL-2.0-only */
/* What a panic prints about the guest; see report.h. Reads this CPU's vcpu. */
#include "core/report.h"

#include "core/host/log.h"
#include "core/machine.h"
#include "core/virt.h"

#define TRACE_SHOWN 8

static void print_vcpu(const struct vcpu *v)
{
    static const char *const names[GPR_COUNT] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                                 "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                                 "r12", "r13", "r14", "r15"};

    log_raw("panic", "cpu %u apic id %u, last exit %s (%lx), guest rip %lx rflags %lx", v->index,
            v->apic_id, trace_kind_name(v->exit.kind), v->exit.reason, virt_read_reg(v, VREG_RIP),
            virt_read_reg(v, VREG_RFLAGS));
    for (unsigned i = 0; i < GPR_COUNT; i += 4)
        log_raw("panic", "%s %016lx %s %016lx %s %016lx %s %016lx", names[i], v->gpr[i],
                names[i + 1], v->gpr[i + 1], names[i + 2], v->gpr[i + 2], names[i + 3],
                v->gpr[i + 3]);
    log_raw("panic", "cr0 %lx cr2 %lx cr3 %lx cr4 %lx", virt_read_reg(v, VREG_CR0),
            virt_read_reg(v, VREG_CR2), virt_read_reg(v, VREG_CR3), virt_read_reg(v, VREG_CR4));
    virt_print_state(v);
    trace_print(&v->trace, TRACE_SHOWN);
}

void report_vcpu(void)
{
    if (machine.cpu_count && this_cpu()->virt)
        print_vcpu(this_cpu());
}
