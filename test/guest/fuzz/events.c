/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events among instructions that exit: software interrupts, single steps, the shadows of STI and
 * MOV SS, HLT. CPU 0 wakes the subject by interrupts and NMIs.
 */
#include "fuzz/code.h"
#include "fuzz/kinds.h"
#include "fuzz/place.h"
#include "fuzz/settle.h"

#define MAX_INSNS 6

/* mov $target, %rdi: a string instruction has moved it, and must not meet the ICR. */
static void add_target(struct code *code, uint64_t target)
{
    static const uint8_t mov_rdi[] = {0x48, 0xBF};

    code_add_bytes(code, mov_rdi, sizeof(mov_rdi));
    code_add_bytes(code, &target, sizeof(target));
}

static void add_some(struct random *r, struct code *code, const struct place *p)
{
    for (unsigned i = 1 + random_below(r, MAX_INSNS); i > 0; i--) {
        add_target(code, LAPIC_BASE + p->offset);
        code_add(code, random_one_in(r, 4) ? insn_other(r) : p->insn);
    }
}

static struct regs regs_for(struct random *r, const struct place *p)
{
    return (struct regs){.rax = random_value(r, 0),
                         .rcx = 0x174, /* IA32_SYSENTER_CS, for a WRMSR */
                         .rdx = random_64(r),
                         .rsi = (uintptr_t)code_ram,
                         .rdi = LAPIC_BASE + p->offset};
}

/* Runs `code` with some more. The guard: a WRMSR among them may have IA32_APIC_BASE in ECX. */
static void run_some(struct random *r, struct code *code)
{
    const struct place p = place_store(r);
    struct regs regs = regs_for(r, &p);

    step_guard();
    add_some(r, code, &p);
    code_run(code, &regs);
}

/*
 * INT n of any vector but 2, in whose handler an NMI would take the same stack; INT3, INT1, and UD2
 * by their own names.
 */
void kind_interrupt(struct random *r)
{
    static const uint8_t others[][2] = {{0xCC, 0x90}, {0xF1, 0x90}, {0x0F, 0x0B}};
    uint8_t int_n[] = {0xCD, (uint8_t)random_64(r)};
    struct code code = code_begin();

    if (int_n[1] == VECTOR_NMI)
        int_n[1] = VECTOR_TEST;
    code_add_bytes(&code, random_one_in(r, 3) ? RANDOM_OF(r, others) : int_n, sizeof(int_n));
    run_some(r, &code);
}

/* pushfq; orl $0x100, (%rsp); popfq */
static const uint8_t set_tf[] = {0x9C, 0x81, 0x0C, 0x24, 0x00, 0x01, 0x00, 0x00, 0x9D};

void kind_step(struct random *r)
{
    struct code code = code_begin();

    settle_single_steps(random_below(r, 12));
    code_add_bytes(&code, set_tf, sizeof(set_tf));
    run_some(r, &code);
}

void kind_shadow(struct random *r)
{
    static const uint8_t sti[] = {0xFA, 0xFB};                /* cli; sti */
    static const uint8_t mov_ss[] = {0x8C, 0xD1, 0x8E, 0xD1}; /* mov %ss, %ecx; mov %ecx, %ss */
    struct code code = code_begin();

    if (random_one_in(r, 4))
        code_add_bytes(&code, set_tf, sizeof(set_tf));
    if (random_one_in(r, 2))
        code_add_bytes(&code, sti, sizeof(sti));
    else
        code_add_bytes(&code, mov_ss, sizeof(mov_ss));
    run_some(r, &code);
}

void kind_halt(struct random *r)
{
    static const uint8_t halts[][3] = {
        {0xFB, 0xF4, 0x90}, /* sti; hlt */
        {0xFA, 0xF4, 0x90}, /* cli; hlt: an NMI ends it */
        {0xF4, 0x90, 0x90},
    };
    const struct place p = place_store(r);
    struct regs regs = regs_for(r, &p);
    struct code code = code_begin();

    code_add_bytes(&code, RANDOM_OF(r, halts), sizeof(halts[0]));
    code_add(&code, p.insn);
    code_run(&code, &regs);
}
