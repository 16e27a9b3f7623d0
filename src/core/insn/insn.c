/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The decoder: prefixes, opcode, ModRM and SIB, displacement, immediate. insn_exec.c does what a
 * decoded store does. No state. (AMD APM Vol. 3, "Instruction Encoding"; Intel SDM Vol. 2,
 * "Instruction Format")
 */
#include "core/insn/insn.h"

#include <lapwing/errno.h>

#define REX_W BIT32(3)
#define REX_R BIT32(2)
#define REX_X BIT32(1)
#define REX_B BIT32(0)

/* Reads left to right and remembers the first error, so that callers check once. */
struct cursor {
    const uint8_t *bytes;
    size_t len;
    size_t pos;
    int err;
    enum insn_mode mode;
    bool opsize_prefix;
    bool addrsize_prefix;
    bool lock;
    bool rep; /* F2 or F3 */
    uint8_t rex;
    uint8_t seg; /* override, or INSN_NO_REG */
};

static uint8_t next_byte(struct cursor *c)
{
    if (c->pos >= INSN_MAX_LENGTH)
        c->err = -EINVAL;
    else if (c->pos >= c->len)
        c->err = -EAGAIN;
    if (c->err)
        return 0;
    return c->bytes[c->pos++];
}

/* A little-endian number of 1, 2, 4 or 8 bytes, sign-extended. */
static uint64_t next_signed(struct cursor *c, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)next_byte(c) << (8 * i);

    uint64_t sign = BIT(8 * size - 1);
    return (value ^ sign) - sign;
}

/* Takes one legacy prefix. Returns false if `b` is no prefix. */
static bool take_prefix(struct cursor *c, uint8_t b)
{
    switch (b) {
    case 0x66:
        c->opsize_prefix = true;
        return true;
    case 0x67:
        c->addrsize_prefix = true;
        return true;
    case 0xF0:
        c->lock = true;
        return true;
    case 0xF2:
    case 0xF3:
        c->rep = true;
        return true;
    case 0x26:
    case 0x2E:
    case 0x36:
    case 0x3E:
        /* 64-bit mode ignores these four. They do not cancel FS or GS. */
        if (c->mode != INSN_MODE_64)
            c->seg = (b >> 3) & 3;
        return true;
    case 0x64:
    case 0x65:
        c->seg = b == 0x64 ? INSN_FS : INSN_GS;
        return true;
    default:
        return false;
    }
}

/* Starts reading and returns the first opcode byte. */
static uint8_t start(struct cursor *c, const uint8_t *bytes, size_t len, enum insn_mode mode)
{
    *c = (struct cursor){.bytes = bytes, .len = len, .mode = mode, .seg = INSN_NO_REG};

    for (;;) {
        uint8_t b = next_byte(c);

        if (c->err)
            return 0;
        if (take_prefix(c, b)) {
            c->rex = 0; /* a REX prefix counts only right before the opcode */
            continue;
        }
        if (mode == INSN_MODE_64 && (b & 0xF0) == 0x40) {
            c->rex = b;
            continue;
        }
        return b;
    }
}

/* `opcode` follows 0F if `escape` is set. `third` is the last opcode byte of 0F 01 xx, or 0. */
static const struct simple_opcode {
    uint8_t kind;
    bool escape;
    uint8_t opcode;
    uint8_t third;
} simple_opcodes[] = {
    {INSN_CPUID, true, 0xA2, 0},     {INSN_RDMSR, true, 0x32, 0},
    {INSN_WRMSR, true, 0x30, 0},     {INSN_HLT, false, 0xF4, 0},
    {INSN_MWAIT, true, 0x01, 0xC9},  {INSN_VMRUN, true, 0x01, 0xD8},
    {INSN_VMLOAD, true, 0x01, 0xDA}, {INSN_VMSAVE, true, 0x01, 0xDB},
    {INSN_STGI, true, 0x01, 0xDC},   {INSN_CLGI, true, 0x01, 0xDD},
    {INSN_SKINIT, true, 0x01, 0xDE}, {INSN_INVLPGA, true, 0x01, 0xDF},
    {INSN_INVD, true, 0x08, 0},
};

int insn_length_simple(const uint8_t *bytes, size_t len, enum insn_mode mode,
                       enum insn_simple expected)
{
    struct cursor c;
    uint8_t opcode = start(&c, bytes, len, mode);
    bool escape = opcode == 0x0F;
    uint8_t third = 0;

    if (escape)
        opcode = next_byte(&c);
    if (escape && opcode == 0x01)
        third = next_byte(&c);
    if (c.err)
        return c.err;
    if (c.lock) /* makes all of these #UD */
        return -EINVAL;

    for (size_t i = 0; i < ARRAY_SIZE(simple_opcodes); i++) {
        const struct simple_opcode *s = &simple_opcodes[i];

        if (s->kind == expected && s->escape == escape && s->opcode == opcode && s->third == third)
            return (int)c.pos;
    }
    return -EINVAL;
}

bool insn_uses_flags_image(const uint8_t *bytes, size_t len, enum insn_mode mode)
{
    struct cursor c;
    uint8_t opcode = start(&c, bytes, len, mode);

    if (opcode == 0x0F && !c.err) {
        opcode = next_byte(&c);
        return !c.err && (opcode == 0x05 || opcode == 0x07 || opcode == 0x34 || opcode == 0x35);
    }
    return !c.err && (opcode == 0x9C || opcode == 0x9D || (opcode >= 0xCC && opcode <= 0xCF) ||
                      opcode == 0xF1 || opcode == 0xFA || opcode == 0xFB);
}

static uint8_t address_size(const struct cursor *c)
{
    if (c->mode == INSN_MODE_64)
        return c->addrsize_prefix ? 4 : 8;
    return (c->mode == INSN_MODE_16) == c->addrsize_prefix ? 4 : 2;
}

struct insn_string_io insn_decode_string_io(const uint8_t *bytes, size_t len, enum insn_mode mode)
{
    struct cursor c;
    const uint8_t opcode = start(&c, bytes, len, mode);

    if (c.err || opcode < 0x6C || opcode > 0x6F)
        c = (struct cursor){.mode = mode, .seg = INSN_NO_REG};
    return (struct insn_string_io){
        .addr_size = address_size(&c),
        .seg = c.seg == INSN_NO_REG ? INSN_DS : c.seg,
    };
}

/* Base and index of r/m 0 to 7 ("16-Bit Addressing Forms with the ModR/M Byte"). */
static void decode_modrm16(struct cursor *c, struct insn *insn, unsigned mod, unsigned rm)
{
    static const uint8_t base[8] = {3, 3, 5, 5, 6, 7, 5, 3};
    static const uint8_t index[8] = {6,           7,           6,           7,
                                     INSN_NO_REG, INSN_NO_REG, INSN_NO_REG, INSN_NO_REG};

    if (mod == 0 && rm == 6) {
        insn->disp = next_signed(c, 2);
        return;
    }
    insn->base = base[rm];
    insn->index = index[rm];
    if (insn->base == 5)
        insn->seg = INSN_SS;
    if (mod != 0)
        insn->disp = next_signed(c, mod == 1 ? 1 : 2);
}

/* The 32- and 64-bit forms: SIB byte and RIP-relative addressing. */
static void decode_modrm32(struct cursor *c, struct insn *insn, unsigned mod, unsigned rm)
{
    unsigned disp_size = mod == 0 ? 0 : mod == 1 ? 1 : 4;
    unsigned base = rm;

    if (rm == 4) {
        uint8_t sib = next_byte(c);
        unsigned index = ((sib >> 3) & 7U) | (c->rex & REX_X ? 8U : 0U);

        base = sib & 7;
        if (index != 4) {
            insn->index = (uint8_t)index;
            insn->index_shift = sib >> 6;
        }
    }
    if (base == 5 && mod == 0) {
        /* No base register but a disp32. Without a SIB byte it is RIP-relative in 64-bit mode. */
        disp_size = 4;
        insn->rip_relative = rm == 5 && c->mode == INSN_MODE_64;
    } else {
        insn->base = (uint8_t)(base | (c->rex & REX_B ? 8U : 0U));
        if (insn->base == 4 || insn->base == 5)
            insn->seg = INSN_SS;
    }
    if (disp_size != 0)
        insn->disp = next_signed(c, disp_size);
}

/* Decodes a memory operand. Returns the reg field, without REX.R. */
static unsigned decode_modrm(struct cursor *c, struct insn *insn)
{
    uint8_t modrm = next_byte(c);
    unsigned mod = modrm >> 6, rm = modrm & 7;

    if (mod == 3) {
        if (!c->err)
            c->err = -ENOTSUP;
    } else if (insn->addr_size == 2) {
        decode_modrm16(c, insn, mod, rm);
    } else {
        decode_modrm32(c, insn, mod, rm);
    }
    return (modrm >> 3) & 7;
}

static void set_source_reg(const struct cursor *c, struct insn *insn, unsigned reg)
{
    /* Byte registers 4 to 7 are AH, CH, DH and BH if there is no REX prefix. */
    insn->src_high = insn->op_size == 1 && c->rex == 0 && reg >= 4;
    if (insn->src_high)
        reg -= 4;
    insn->src_reg = (uint8_t)(reg | (c->rex & REX_R ? 8U : 0U));
}

/*
 * Returns the kind of the ALU operation with this number (bits 5:3 of the opcode, or the reg field
 * of group 1), or -1 if it is not known.
 */
static int alu_kind(unsigned number)
{
    /* ADC and SBB need the carry, and CMP stores nothing. */
    static const int8_t kinds[8] = {INSN_ADD, INSN_OR, -1, -1, INSN_AND, INSN_SUB, INSN_XOR, -1};

    return kinds[number & 7];
}

static int decode_opcode(struct cursor *c, struct insn *insn, uint8_t opcode)
{
    unsigned imm_size = insn->op_size == 8 ? 4 : insn->op_size;
    int kind;

    switch (opcode & 0xFE) {
    case 0x00: /* ALU r/m, r */
    case 0x08:
    case 0x20:
    case 0x28:
    case 0x30:
        insn->kind = (uint8_t)alu_kind(opcode >> 3);
        set_source_reg(c, insn, decode_modrm(c, insn));
        return c->err;
    case 0x88: /* MOV r/m, r */
    case 0x86: /* XCHG r/m, r */
        insn->kind = (opcode & 0xFE) == 0x88 ? INSN_MOV : INSN_XCHG;
        set_source_reg(c, insn, decode_modrm(c, insn));
        return c->err;
    case 0x8A: /* MOV r, r/m */
        insn->kind = INSN_LOAD;
        set_source_reg(c, insn, decode_modrm(c, insn));
        return c->err;
    case 0x80: /* ALU r/m, imm */
    case 0x82: /* 83 has imm8; the caller has refused 82 */
        kind = alu_kind(decode_modrm(c, insn));
        if (c->err)
            return c->err;
        if (kind < 0)
            return -ENOTSUP;
        insn->kind = (uint8_t)kind;
        insn->imm = next_signed(c, opcode == 0x83 ? 1 : imm_size);
        return c->err;
    case 0xC6: /* MOV r/m, imm: group 11 has only /0 */
        if (decode_modrm(c, insn) != 0 && !c->err)
            return -ENOTSUP;
        insn->kind = INSN_MOV;
        insn->imm = next_signed(c, imm_size);
        return c->err;
    case 0xA0: /* MOV rAX, moffs: an offset of the address size, no ModRM */
    case 0xA2: /* MOV moffs, rAX */
        insn->kind = opcode & 2 ? INSN_MOV : INSN_LOAD;
        insn->src_reg = 0;
        insn->disp = next_signed(c, insn->addr_size);
        return c->err;
    case 0xAA: /* STOS always stores to ES:rDI */
        insn->kind = INSN_STOS;
        insn->src_reg = 0;
        insn->base = 7;
        c->seg = INSN_NO_REG;
        insn->seg = INSN_ES;
        return c->err;
    default:
        return -ENOTSUP;
    }
}

int insn_decode_store(const uint8_t *bytes, size_t len, enum insn_mode mode, struct insn *out)
{
    struct cursor c;
    uint8_t opcode = start(&c, bytes, len, mode);

    if (c.err)
        return c.err;
    /* LOCK means an atomic access; F2 and F3 mean a repetition or lock elision: no plain store. */
    if (c.lock || c.rep || opcode == 0x82)
        return -ENOTSUP;

    *out = (struct insn){
        .seg = INSN_DS, .src_reg = INSN_NO_REG, .base = INSN_NO_REG, .index = INSN_NO_REG};
    if ((opcode & 1) == 0)
        out->op_size = 1;
    else if (c.rex & REX_W)
        out->op_size = 8;
    else
        out->op_size = (mode == INSN_MODE_16) == c.opsize_prefix ? 4 : 2;
    out->addr_size = address_size(&c);

    int err = decode_opcode(&c, out, opcode);
    if (err)
        return err;
    if (c.seg != INSN_NO_REG)
        out->seg = c.seg;
    out->length = (uint8_t)c.pos;
    return 0;
}
