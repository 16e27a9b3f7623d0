/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a decoded store does: its address, its value, and the registers and flags that it changes.
 * No state.
 */
#include "core/insn/insn.h"

#include "core/host/x86.h"

#define RFLAGS_PF BIT(2)
#define RFLAGS_AF BIT(4)
#define RFLAGS_ZF BIT(6)
#define RFLAGS_SF BIT(7)
#define RFLAGS_OF BIT(11)

static uint64_t size_mask(unsigned size)
{
    return ~UINT64_C(0) >> (64 - 8 * size);
}

void insn_write_reg(uint64_t *reg, unsigned size, unsigned shift, uint64_t value)
{
    uint64_t keep = size == 4 ? 0 : ~(size_mask(size) << shift);

    *reg = (*reg & keep) | (value & size_mask(size)) << shift;
}

static uint64_t source(const struct insn *insn, const uint64_t gpr[16])
{
    uint64_t value = insn->imm;

    if (insn->src_reg != INSN_NO_REG)
        value = gpr[insn->src_reg & 15] >> (insn->src_high ? 8 : 0);
    return value & size_mask(insn->op_size);
}

uint64_t insn_address(const struct insn *insn, const uint64_t gpr[16], uint64_t rip)
{
    uint64_t address = insn->disp;

    if (insn->rip_relative)
        address += rip + insn->length;
    if (insn->base != INSN_NO_REG)
        address += gpr[insn->base & 15];
    if (insn->index != INSN_NO_REG)
        address += gpr[insn->index & 15] << insn->index_shift;
    return insn->addr_size == 8 ? address : address & size_mask(insn->addr_size);
}

enum insn_plain insn_plain(const struct insn *insn)
{
    if (insn->op_size != sizeof(uint32_t) || insn->addr_size != sizeof(uint64_t) ||
        insn->seg >= INSN_FS || insn->index != INSN_NO_REG || insn->rip_relative)
        return INSN_NOT_PLAIN;
    if (insn->kind == INSN_LOAD)
        return INSN_PLAIN_LOAD;
    return insn->kind == INSN_MOV ? INSN_PLAIN_STORE : INSN_NOT_PLAIN;
}

bool insn_reads_memory(const struct insn *insn)
{
    return insn->kind != INSN_MOV && insn->kind != INSN_STOS;
}

uint64_t insn_store_value(const struct insn *insn, const uint64_t gpr[16], uint64_t old)
{
    uint64_t value = source(insn, gpr);

    switch (insn->kind) {
    case INSN_ADD:
        value = old + value;
        break;
    case INSN_OR:
        value = old | value;
        break;
    case INSN_AND:
        value = old & value;
        break;
    case INSN_SUB:
        value = old - value;
        break;
    case INSN_XOR:
        value = old ^ value;
        break;
    default:
        break;
    }
    return value & size_mask(insn->op_size);
}

/*
 * Returns the flags of `result = old OP src`, all three op_size wide. OR, AND and XOR leave AF
 * undefined; here AF is cleared.
 */
static uint64_t alu_flags(const struct insn *insn, uint64_t old, uint64_t src, uint64_t result)
{
    uint64_t sign = BIT(8 * insn->op_size - 1);
    uint64_t flags = 0;
    uint64_t parity = result & 0xFF;

    if (insn->kind == INSN_ADD || insn->kind == INSN_SUB) {
        bool add = insn->kind == INSN_ADD;

        flags |= (add ? result < old : old < src) ? RFLAGS_CF : 0;
        flags |= (old ^ src ^ result) & RFLAGS_AF;
        flags |= (old ^ result) & (add ? src ^ result : old ^ src) & sign ? RFLAGS_OF : 0;
    }
    parity ^= parity >> 4;
    parity ^= parity >> 2;
    parity ^= parity >> 1;
    flags |= parity & 1 ? 0 : RFLAGS_PF;
    flags |= result == 0 ? RFLAGS_ZF : 0;
    flags |= result & sign ? RFLAGS_SF : 0;
    return flags;
}

void insn_retire(const struct insn *insn, uint64_t gpr[16], uint64_t old, uint64_t *rflags)
{
    uint64_t mask = size_mask(insn->op_size);

    switch (insn->kind) {
    case INSN_MOV:
        return;
    case INSN_XCHG:
    case INSN_LOAD:
        insn_write_reg(&gpr[insn->src_reg & 15], insn->op_size, insn->src_high ? 8 : 0, old);
        return;
    case INSN_STOS:
        insn_write_reg(&gpr[7], insn->addr_size, 0,
                       *rflags & RFLAGS_DF ? gpr[7] - insn->op_size : gpr[7] + insn->op_size);
        return;
    default:
        *rflags &= ~(RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF);
        *rflags |= alu_flags(insn, old & mask, source(insn, gpr), insn_store_value(insn, gpr, old));
        return;
    }
}
