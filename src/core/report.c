/* SPDX-License-Identifier: GPL-2.0-only */
/* What a panic prints about the guest; see report.h. Reads this CPU's vcpu. */
#include "core/report.h"

#include "core/host/log.h"
#include "core/machine.h"
#include "core/virt.h"

#define TRACE_SHOWN 8

void report_value(const char *name, uint64_t value)
{
    log_raw("panic", "%-16s %016lx", name, value);
}

static void print_vcpu(const struct vcpu *v)
{
    static const char *const gprs[GPR_COUNT] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                                "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                                "r12", "r13", "r14", "r15"};
    static const char *const regs[] = {
        [VREG_RIP] = "rip",   [VREG_RFLAGS] = "rflags", [VREG_CR0] = "cr0",
        [VREG_CR2] = "cr2",   [VREG_CR3] = "cr3",       [VREG_CR4] = "cr4",
        [VREG_EFER] = "efer", [VREG_DR7] = "dr7",       [VREG_CPL] = "cpl",
    };

    log_raw("panic", "cpu %u apic id %u, last exit %s (%x)", v->index, v->apic_id,
            trace_kind_name(v->exit.kind), v->exit.reason);
    for (unsigned i = 0; i < GPR_COUNT; i++)
        report_value(gprs[i], i == GPR_RSP ? virt_read_reg(v, VREG_RSP) : v->gpr[i]);
    for (unsigned i = 0; i < ARRAY_SIZE(regs); i++) {
        if (regs[i])
            report_value(regs[i], virt_read_reg(v, i));
    }
    virt_print_state(v);
    trace_print(&v->trace, TRACE_SHOWN);
}

void report_vcpu(void)
{
    if (machine.cpu_count && this_cpu()->virt)
        print_vcpu(this_cpu());
}
