/* SPDX-License-Identifier: GPL-2.0-only */
/* The fake CPU; see fake_cpu.h. */
#include "fakes/fake_cpu.h"

#include <stdlib.h>
#include <lapwing/errno.h>
#include <lapwing/string.h>
#include "apic/apic_regs.h"
#include "apic/physical/lapic_mode.h"
#include "apic/physical/lapic_reset.h"
#include "apic/physical/lapic.h"
#include "core/guest_mem.h"
#include "core/log_guest.h"
#include "core/msr.h"
#include "core/slat.h"
#include "core/host/x86_insn.h"

#define CPUS_MAX   8
#define POOL_PAGES 64
#define APIC_PAGES 4

struct fake fake;
struct machine machine;

static struct vcpu cpus[CPUS_MAX];
static struct vcpu *cpu_table[CPUS_MAX];
static uint64_t pool[POOL_PAGES * PAGE_SIZE / 8] __attribute__((aligned(4096)));
static uint64_t apic_pages[CPUS_MAX][APIC_PAGES * PAGE_SIZE / 8] __attribute__((aligned(4096)));

struct vcpu *fake_machine(unsigned count)
{
    memset(&fake, 0, sizeof(fake));
    memset(&machine, 0, sizeof(machine));
    memset(cpus, 0, sizeof(cpus));
    memset(pool, 0, sizeof(pool));
    memset(apic_pages, 0, sizeof(apic_pages));
    fake.apic_base_msr = APIC_BASE_PA | APIC_BASE_EN | APIC_BASE_BSP;
    fake.lapic[APIC_REG_DFR / 16] = 0xFFFFFFFF;
    machine.pool = (struct pt_pool){.base = pool, .pa = (hpa_t)pool, .pages = POOL_PAGES};
    machine.cpus = cpu_table;
    machine.cpu_count = count;
    machine.phys_bits = 40;
    if (pt_init(&machine.slat, PT_NPT, true, &machine.pool) ||
        pt_map(&machine.slat, 0, 0, 4 * GIB, PT_RWX, PT_WB))
        abort();
    for (unsigned i = 0; i < count; i++) {
        cpu_table[i] = &cpus[i];
        cpus[i].index = cpus[i].apic_id = i;
        cpus[i].apic = (struct apic_vcpu *)apic_pages[i];
        cpus[i].apic_base = APIC_BASE_PA | APIC_BASE_EN | (i ? 0 : APIC_BASE_BSP);
        vcpu_set_identity(&cpus[i],
                          &(struct lapic_id){.id = i, .dfr = 0xFFFFFFFF, .enabled = true});
        cpus[i].smp.is_bsp = i == 0;
        if (pt_clone_path(&cpus[i].slat, &machine.slat, APIC_BASE_PA))
            abort();
    }
    return &cpus[0];
}

struct pt_leaf fake_lapic_leaf(struct vcpu *v)
{
    struct pt_leaf leaf = {0};

    (void)pt_lookup(&v->slat, APIC_BASE_PA, &leaf);
    return leaf;
}

/* apic/physical/lapic.h */
bool lapic_is_x2apic(void)
{
    return fake.apic_base_msr & APIC_BASE_EXTD;
}

uint32_t lapic_read(uint32_t offset)
{
    fake.lapic_was_read[offset / 16] = true;
    fake.lapic_reads += offset != APIC_REG_ICR_HI;
    return fake.lapic[offset / 16];
}

uint32_t lapic_read_of(const struct vcpu *v, uint32_t offset)
{
    (void)v;
    return lapic_read(offset);
}

void lapic_write(uint32_t offset, uint32_t value)
{
    fake.lapic[offset / 16] = value;
    fake.writes[fake.write_count].offset = offset;
    fake.writes[fake.write_count++].value = value;
}

void lapic_write_of(struct vcpu *v, uint32_t offset, uint32_t value)
{
    if (offset == APIC_REG_ICR_HI)
        v->physical.icr_hi = value;
    lapic_write(offset, value);
}

void lapic_reset(void)
{
    fake.lapic_resets++;
}

void lapic_virtual_wire(void)
{
    fake.virtual_wires++;
}

/* core/msr.h, core/host/x86_insn.h */
uint64_t rdmsr(uint32_t msr)
{
    return msr == APIC_MSR_BASE ? fake.apic_base_msr : 0;
}

void wrmsr(uint32_t msr, uint64_t value)
{
    if (msr == APIC_MSR_BASE)
        fake.apic_base_msr = value;
}

int rdmsr_safe(uint32_t msr, uint64_t *value)
{
    (void)msr;
    *value = 0;
    return -EFAULT;
}

int wrmsr_safe(uint32_t msr, uint64_t value)
{
    if (fake.wrmsr_faults)
        return -EFAULT;
    if (msr == APIC_MSR_X2APIC_ICR) {
        fake.icr_msr_writes++;
        fake.icr_msr = value;
    }
    return 0;
}

enum exit_result msr_read_gp(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    (void)v;
    (void)msr;
    (void)value;
    return EXIT_INJECT_GP;
}

enum exit_result msr_write_gp(struct vcpu *v, uint32_t msr, uint64_t value)
{
    (void)v;
    (void)msr;
    (void)value;
    return EXIT_INJECT_GP;
}

struct cpuid_regs cpuid(uint32_t leaf, uint32_t subleaf)
{
    (void)subleaf;
    return (struct cpuid_regs){.ecx = leaf == 1 ? BIT32(21) : 0};
}

/* core/virt.h */
__attribute__((weak)) void virt_host_open(void)
{
}

__attribute__((weak)) void virt_host_close(void)
{
}

uint64_t virt_read_reg(const struct vcpu *v, enum virt_reg which)
{
    (void)v;
    return which == VREG_RIP ? fake.rip : which == VREG_DR7 ? fake.dr7 : 0;
}

void virt_write_reg(struct vcpu *v, enum virt_reg which, uint64_t value)
{
    (void)v;
    (void)which;
    (void)value;
}

void virt_skip_bytes(struct vcpu *v, unsigned length)
{
    (void)v;
    fake.rip += length;
}

uint64_t guest_linear(struct vcpu *v, enum insn_segment segment, uint64_t offset)
{
    (void)v;
    return offset + (segment == INSN_GS ? 0x40 : 0);
}

const struct insn *guest_plain(struct vcpu *v, enum insn_plain wanted)
{
    static struct insn insn;

    (void)v;
    if (insn_decode_store(fake.code, fake.code_size, INSN_MODE_64, &insn) ||
        insn_plain(&insn) != wanted)
        return NULL;
    fake.fetches++;
    return &insn;
}

bool virt_breakpoints_enabled(const struct vcpu *v)
{
    return virt_read_reg(v, VREG_DR7) & DR7_ENABLED;
}

void guest_code(struct vcpu *v, struct guest_code *code)
{
    (void)v;
    fake.fetches++;
    *code = (struct guest_code){.at = {.rip = fake.rip, .bits = 64}, .size = fake.code_size};
    memcpy(code->bytes.byte, fake.code, fake.code_size);
}

void virt_flush(struct vcpu *v)
{
    (void)v;
    fake.flushes++;
}

void virt_inject(struct vcpu *v, const struct vm_event *e)
{
    (void)v;
    fake.injections++;
    fake.injected = *e;
}

void virt_trap_msrs(struct vcpu *v, uint32_t first, uint32_t last, bool read, bool write)
{
    (void)v;
    for (uint32_t msr = first; msr <= last; msr++) {
        if (msr < APIC_MSR_X2APIC_FIRST || msr > APIC_MSR_X2APIC_LAST)
            abort();
        fake.trapped_read[msr - APIC_MSR_X2APIC_FIRST] = read;
        fake.trapped_write[msr - APIC_MSR_X2APIC_FIRST] = write;
    }
}

/* core/step.h, core/slat.h */
enum exit_result step_begin(struct vcpu *v, gpa_t page, hpa_t scratch, const struct step_kind *kind,
                            bool is_store)
{
    (void)page;
    (void)is_store;
    v->step.active = true;
    fake.steps++;
    fake.step_done = kind->done;
    fake.step_scratch = scratch;
    return EXIT_RESUME;
}

void step_end(struct vcpu *v, bool completed)
{
    v->step.active = false;
    if (fake.step_done)
        fake.step_done(v, completed);
}

hpa_t slat_void_pa(void)
{
    return FAKE_VOID_PA;
}

enum exit_result slat_fault_in_event(struct vcpu *v, const struct vm_exit *x)
{
    if (x->fault.in_double_fault)
        return EXIT_INJECT_TRIPLE;
    virt_inject(v, &(struct vm_event){.vector = VEC_DF, .has_error = true});
    return EXIT_RESUME;
}

enum exit_result slat_refuse_fetch(struct vcpu *v)
{
    (void)v;
    return EXIT_INJECT_GP;
}

enum exit_result slat_sink_write(struct vcpu *v, gpa_t page)
{
    (void)v;
    (void)page;
    fake.sinks++;
    return EXIT_RESUME;
}

/* core/host/log.h */
void log_line(enum log_level level, const char *fmt, ...)
{
    (void)level;
    (void)fmt;
    fake.logs++;
}

bool log_guest_allowed(struct vcpu *v)
{
    (void)v;
    return true;
}

void panic(const char *fmt, ...)
{
    (void)fmt;
    abort();
}
