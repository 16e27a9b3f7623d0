/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instruction knowledge: how long an intercepted instruction is, and what a store instruction
 * stores.
 *
 * Two users. A CPU that does not save the next RIP on an exit (SVM without NRIP save) needs the
 * length of the few instructions that are intercepted. The `decode` method of xapic_ept needs to
 * know what a faulting instruction would have written. Both work on bytes that the guest controls
 * and may change while they are read: every byte is fetched once, nothing beyond `len` is touched.
 */
#ifndef CORE_INSN_INSN_H
#define CORE_INSN_INSN_H

#include <lapwing/types.h>

/* No x86 instruction is longer; a longer one raises #GP. */
#define INSN_MAX_LENGTH 15

/* Default operand and address size of the code segment: CS.L = 1, CS.D = 1, CS.D = 0 (also real
 * mode). */
enum insn_mode { INSN_MODE_16 = 16, INSN_MODE_32 = 32, INSN_MODE_64 = 64 };

/* Instructions whose interception Lapwing handles by skipping them. */
enum insn_simple {
    INSN_CPUID,
    INSN_RDMSR,
    INSN_WRMSR,
    INSN_HLT,
    INSN_IO, /* IN, OUT, INS, OUTS in every form */
    INSN_VMMCALL,
    INSN_VMCALL,
    INSN_VMRUN,
    INSN_VMLOAD,
    INSN_VMSAVE,
    INSN_STGI,
    INSN_CLGI,
    INSN_SKINIT,
    INSN_INVLPGA,
    INSN_INVD,
    INSN_WBINVD, /* WBNOINVD is the same with an F3 prefix */
    INSN_XSETBV,
    INSN_IRET,
    INSN_MOV_CR,
    INSN_RDTSC,
    INSN_RDTSCP,
    INSN_RDPMC,
    INSN_MONITOR,
    INSN_MWAIT,
    INSN_SIMPLE_COUNT,
};

/*
 * Returns the length in bytes (1..15) of the instruction at `bytes`, which must be an `expected`
 * one. -EINVAL: it is another one, or longer than 15 bytes. -EAGAIN: `len` bytes are too few to
 * tell.
 */
int insn_length_simple(const uint8_t *bytes, size_t len, enum insn_mode mode,
                       enum insn_simple expected);

/*
 * Does the instruction at `bytes` write RFLAGS to memory, load them, or raise an event by itself?
 * Such an instruction shows or takes what a single step has put there: PUSHF, POPF, IRET, CLI, STI,
 * INT n, INT1, INT3, INTO, SYSCALL, SYSRET, SYSENTER, SYSEXIT. Bytes that are too few: false.
 */
bool insn_uses_flags_image(const uint8_t *bytes, size_t len, enum insn_mode mode);

enum insn_kind {
    INSN_MOV,  /* a store */
    INSN_XCHG, /* a store; the register gets the old value */
    INSN_STOS, /* a store of rAX to ES:rDI; rDI moves by the size */
    INSN_ADD,  /* the rest: memory = memory OP source, and flags */
    INSN_OR,
    INSN_AND,
    INSN_SUB,
    INSN_XOR,
};

/* Segment registers in the order of the Sreg field of the instruction encoding. */
enum insn_segment { INSN_ES, INSN_CS, INSN_SS, INSN_DS, INSN_FS, INSN_GS };

#define INSN_NO_REG 0xFF

/* One instruction that stores one operand to memory. Register numbers are those of the encoding. */
struct insn {
    uint8_t length;      /* bytes, prefixes included */
    uint8_t kind;        /* enum insn_kind */
    uint8_t op_size;     /* 1, 2, 4, 8 bytes: the width of the store */
    uint8_t addr_size;   /* 2, 4, 8 bytes: effective addresses wrap at this width */
    uint8_t seg;         /* enum insn_segment of the memory operand */
    uint8_t src_reg;     /* 0..15, or INSN_NO_REG: the source is `imm` */
    bool src_high;       /* the source is AH, CH, DH, BH, i.e. bits 15:8 of src_reg 0..3 */
    bool rip_relative;   /* disp counts from the next instruction */
    uint8_t base;        /* 0..15 or INSN_NO_REG */
    uint8_t index;       /* 0..15 or INSN_NO_REG */
    uint8_t index_shift; /* 0..3 */
    uint64_t imm;        /* sign-extended to 64 bits */
    uint64_t disp;       /* sign-extended to 64 bits, or the whole offset of MOV moffs */
};

/*
 * Decodes the instruction at `bytes` into `*out`, which is valid only if 0 is returned.
 * -ENOTSUP: no store to memory that this decoder knows (the caller steps over it instead).
 * -EAGAIN: more bytes are needed. -EINVAL: longer than 15 bytes.
 */
int insn_decode_store(const uint8_t *bytes, size_t len, enum insn_mode mode, struct insn *out);

/*
 * Offset of the memory operand in its segment. `rip` is that of the instruction itself. In 64-bit
 * mode only the FS and GS bases are to be added; otherwise add the base of `seg` and wrap the sum
 * at 32 bits.
 */
uint64_t insn_address(const struct insn *insn, const uint64_t gpr[16], uint64_t rip);

/* Does the new value depend on the old one, or is the old one needed afterwards? */
bool insn_reads_memory(const struct insn *insn);

/* The value stored, op_size bytes wide; `old` is what memory holds (0 if !insn_reads_memory()). */
uint64_t insn_store_value(const struct insn *insn, const uint64_t gpr[16], uint64_t old);

/*
 * What else the instruction changes: XCHG's register, STOS's rDI, the arithmetic flags. `old` as
 * above. The caller computes address and value first, and moves RIP itself.
 */
void insn_retire(const struct insn *insn, uint64_t gpr[16], uint64_t old, uint64_t *rflags);

#endif
