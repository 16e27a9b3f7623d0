/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instruction decoding: how long an intercepted instruction is, and what a store instruction
 * stores. Pure.
 *
 * There are two users. A CPU that does not save the next RIP on an exit (SVM without NRIP save)
 * needs the length of the few instructions that are intercepted. The trapped xAPIC page needs to
 * know what a faulting instruction would have written. The bytes are the guest's, which may change
 * them at any time: every byte is fetched once, and nothing beyond `len` is touched.
 */
#ifndef CORE_INSN_INSN_H
#define CORE_INSN_INSN_H

#include <lapwing/types.h>

/* No x86 instruction is longer: the CPU raises #GP. */
#define INSN_MAX_LENGTH 15

/*
 * Default operand and address size of the code segment. 16 (also real mode): CS.D = 0; 32: CS.D =
 * 1; 64: CS.L = 1 in long mode.
 */
enum insn_mode { INSN_MODE_16 = 16, INSN_MODE_32 = 32, INSN_MODE_64 = 64 };

/* Instructions that Lapwing intercepts and skips, or has to tell from others. */
enum insn_simple {
    INSN_CPUID,
    INSN_RDMSR,
    INSN_WRMSR,
    INSN_HLT,
    INSN_VMRUN,
    INSN_VMLOAD,
    INSN_VMSAVE,
    INSN_STGI,
    INSN_CLGI,
    INSN_SKINIT,
    INSN_INVLPGA,
    INSN_INVD,
    INSN_MWAIT,
    INSN_SIMPLE_COUNT,
};

/*
 * Returns the length in bytes (1 to 15) of the instruction at `bytes`, which must be of kind
 * `expected`. -EINVAL: it is another one, or longer than 15 bytes. -EAGAIN: `len` bytes are too few
 * to tell.
 */
int insn_length_simple(const uint8_t *bytes, size_t len, enum insn_mode mode,
                       enum insn_simple expected);

/*
 * Does the instruction at `bytes` write RFLAGS to memory, load them, or raise an event by itself?
 * Such an instruction shows or takes what a single step has put there: PUSHF, POPF, IRET, CLI, STI,
 * INT n, INT1, INT3, INTO, SYSCALL, SYSRET, SYSENTER, SYSEXIT. The result is false if `len` bytes
 * are too few to tell.
 */
bool insn_uses_flags_image(const uint8_t *bytes, size_t len, enum insn_mode mode);

/* Segment registers in the order of the Sreg field of the instruction encoding. */
enum insn_segment { INSN_ES, INSN_CS, INSN_SS, INSN_DS, INSN_FS, INSN_GS };

/* What INS and OUTS (opcodes 6C to 6F) take from their prefixes. */
struct insn_string_io {
    uint8_t addr_size; /* 2, 4 or 8 bytes */
    uint8_t seg;       /* enum insn_segment of OUTS's operand; INS's is in ES */
};

/* Decodes INS or OUTS. For any other instruction, or too few bytes, there are no prefixes. */
struct insn_string_io insn_decode_string_io(const uint8_t *bytes, size_t len, enum insn_mode mode);

enum insn_kind {
    INSN_MOV,  /* a store */
    INSN_XCHG, /* a store; the register gets the old value */
    INSN_STOS, /* a store of rAX to ES:rDI; rDI moves by the size */
    INSN_ADD,  /* this and the rest: memory = memory OP source, and flags */
    INSN_OR,
    INSN_AND,
    INSN_SUB,
    INSN_XOR,
    INSN_LOAD, /* no store: MOV to a register, which `src_reg` and `src_high` name */
};

#define INSN_NO_REG 0xFF

/* One instruction that stores one operand to memory, or loads it. Register numbers are the encoding's. */
struct insn {
    uint8_t length;      /* in bytes, prefixes included */
    uint8_t kind;        /* enum insn_kind */
    uint8_t op_size;     /* the width of the store: 1, 2, 4 or 8 bytes */
    uint8_t addr_size;   /* 2, 4 or 8 bytes: effective addresses wrap at this width */
    uint8_t seg;         /* enum insn_segment of the memory operand */
    uint8_t src_reg;     /* 0 to 15; INSN_NO_REG: the source is `imm` */
    bool src_high;       /* the source is AH, CH, DH or BH: bits 15:8 of src_reg 0 to 3 */
    bool rip_relative;   /* `disp` counts from the next instruction */
    uint8_t base;        /* 0 to 15, or INSN_NO_REG */
    uint8_t index;       /* 0 to 15, or INSN_NO_REG */
    uint8_t index_shift; /* 0 to 3 */
    uint64_t imm;        /* sign-extended to 64 bits */
    uint64_t disp;       /* sign-extended to 64 bits, or the whole offset of MOV moffs */
};

/*
 * Decodes the instruction at `bytes` into *out, which is valid only if the result is 0. -ENOTSUP:
 * no store to memory, and no load, that the decoder knows; the caller steps it. -EAGAIN: `len` bytes
 * are too few. -EINVAL: longer than 15 bytes.
 */
int insn_decode_store(const uint8_t *bytes, size_t len, enum insn_mode mode, struct insn *out);

/*
 * Returns the offset of the memory operand in its segment. `rip` is the instruction's own. The
 * caller adds the base of `seg`: in 64-bit mode for FS and GS only; otherwise always, and wraps the
 * sum at 32 bits.
 */
uint64_t insn_address(const struct insn *insn, const uint64_t gpr[16], uint64_t rip);

/*
 * Writes `size` bytes of a register from bit `shift` up. A 32-bit write clears the upper half; a
 * narrower one keeps the rest.
 */
void insn_write_reg(uint64_t *reg, unsigned size, unsigned shift, uint64_t value);

/* Does the instruction need the old value of its memory operand? */
bool insn_reads_memory(const struct insn *insn);

/* Returns the value to store, op_size bytes wide. `old` is what memory holds (0 if not needed). */
uint64_t insn_store_value(const struct insn *insn, const uint64_t gpr[16], uint64_t old);

/*
 * What kernels access their LAPIC with: a MOV of 32 bits in 64-bit mode whose address is a register
 * and a displacement, or one of both. For these the functions below do what the general ones do.
 */
enum insn_plain { INSN_NOT_PLAIN, INSN_PLAIN_STORE, INSN_PLAIN_LOAD };
enum insn_plain insn_plain(const struct insn *insn);
static inline uint64_t insn_plain_address(const struct insn *insn, const uint64_t gpr[16])
{
    return insn->disp + (insn->base == INSN_NO_REG ? 0 : gpr[insn->base]);
}
static inline uint32_t insn_plain_value(const struct insn *insn, const uint64_t gpr[16])
{
    return (uint32_t)(insn->src_reg == INSN_NO_REG ? insn->imm : gpr[insn->src_reg]);
}

/*
 * Changes what the instruction changes besides memory: XCHG's register, STOS's rDI, the arithmetic
 * flags. The caller computes address and value first, and moves RIP itself.
 */
void insn_retire(const struct insn *insn, uint64_t gpr[16], uint64_t old, uint64_t *rflags);

#endif
