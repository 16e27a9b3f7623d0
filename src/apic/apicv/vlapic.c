/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers of a virtual LAPIC; see vlapic.h. No state of its own, no lock. */
#include "apic/apicv/vlapic.h"

#include <lapwing/string.h>
#include "apic/icr.h"

#define MAX_LVT_CMCI 6 /* CMCI exists if the version register's maximum is this or more */

const uint16_t vlapic_lvts[] = {
    APIC_REG_LVT_TIMER, APIC_REG_LVT_THERMAL, APIC_REG_LVT_PERF, APIC_REG_LVT_LINT0,
    APIC_REG_LVT_LINT1, APIC_REG_LVT_ERROR,   APIC_REG_LVT_CMCI, 0,
};

static uint32_t get(const struct vlapic *vl, unsigned offset)
{
    return vl->regs[offset / sizeof(uint32_t)];
}

static void set(struct vlapic *vl, unsigned offset, uint32_t value)
{
    vl->regs[offset / sizeof(uint32_t)] = value;
}

static bool is_x2apic(const struct vlapic *vl)
{
    return vl->mode == APIC_MODE_X2APIC;
}

bool vlapic_is_lvt(unsigned offset)
{
    return (offset >= APIC_REG_LVT_TIMER && offset <= APIC_REG_LVT_ERROR) ||
           offset == APIC_REG_LVT_CMCI;
}

/* Sets the registers that follow from the version, the ID and the mode. */
static void derive(struct vlapic *vl)
{
    set(vl, APIC_REG_VERSION, vl->version);
    if (is_x2apic(vl)) {
        set(vl, APIC_REG_ID, vl->id);
        set(vl, APIC_REG_LDR, x2apic_ldr(vl->id));
    } else {
        set(vl, APIC_REG_ID, vl->id << APIC_XAPIC_ID_SHIFT);
    }
}

static void mask_lvts(struct vlapic *vl)
{
    for (const uint16_t *lvt = vlapic_lvts; *lvt != 0; lvt++) {
        if (vlapic_has(vl, *lvt))
            set(vl, *lvt, get(vl, *lvt) | APIC_LVT_MASKED);
    }
}

void vlapic_reset(struct vlapic *vl)
{
    memset(vl->regs, 0, PAGE_SIZE);
    set(vl, APIC_REG_DFR, apic_reg_reset(APIC_REG_DFR));
    set(vl, APIC_REG_SVR, apic_reg_reset(APIC_REG_SVR));
    mask_lvts(vl); /* all other registers are 0 */
    vl->errors = 0;
    vl->initial = 0;
    derive(vl);
}

void vlapic_set_mode(struct vlapic *vl, enum apic_mode mode)
{
    const enum apic_mode old = vl->mode;

    vl->mode = mode;
    if (old == APIC_MODE_DISABLED || mode == APIC_MODE_DISABLED) {
        vlapic_reset(vl);
        return;
    }
    /* From xAPIC to x2APIC mode all but these is kept ("x2APIC State Transitions"). */
    set(vl, APIC_REG_ICR_HI, 0);
    set(vl, VLAPIC_X2APIC_ICR_HI, 0);
    derive(vl);
}

bool vlapic_has(const struct vlapic *vl, unsigned offset)
{
    if (offset == APIC_REG_LVT_CMCI &&
        (vl->version >> APIC_VERSION_MAX_LVT_SHIFT & 0xff) < MAX_LVT_CMCI)
        return false;
    return apic_reg_readable(offset, is_x2apic(vl)) || apic_reg_writable(offset, is_x2apic(vl));
}

bool vlapic_read(const struct vlapic *vl, unsigned offset, uint64_t *value)
{
    *value = 0;
    if (!vlapic_has(vl, offset))
        return false;
    if (!apic_reg_readable(offset, is_x2apic(vl)))
        return !is_x2apic(vl); /* EOI: some systems read it, and get 0 */
    *value = get(vl, offset);
    if (offset == APIC_REG_ICR_LO && is_x2apic(vl))
        *value |= (uint64_t)get(vl, VLAPIC_X2APIC_ICR_HI) << 32;
    return true;
}

/* Returns the bits that this APIC lacks and some processors have. */
static uint32_t lacking(const struct vlapic *vl, unsigned offset)
{
    if (offset == APIC_REG_LVT_TIMER && !vl->tsc_deadline)
        return APIC_LVT_TIMER_TSC_DEADLINE;
    if (offset == APIC_REG_SVR && !(vl->version & APIC_VERSION_EOI_SUPPRESS))
        return APIC_SVR_EOI_SUPPRESS;
    return 0;
}

static bool refused(const struct vlapic *vl, unsigned offset, uint64_t value)
{
    if (!vlapic_has(vl, offset) || !apic_reg_writable(offset, true))
        return true;
    return ((apic_reg_x2apic_reserved(offset, value)) | (value & lacking(vl, offset))) != 0;
}

static void write_lvt(struct vlapic *vl, unsigned offset, uint32_t value)
{
    value &= ~(APIC_LVT_BUSY | APIC_LVT_REMOTE_IRR);
    if (!vlapic_enabled(vl))
        value |= APIC_LVT_MASKED; /* the mask bit stays set */
    set(vl, offset, value);
}

/* The low halves are alike in both modes. */
enum vlapic_effect vlapic_write_icr(struct vlapic *vl, uint64_t value)
{
    const uint64_t reserved = icr_x2apic_reserved(value);

    if (is_x2apic(vl)) {
        if (reserved != 0)
            return VLAPIC_GP;
        set(vl, VLAPIC_X2APIC_ICR_HI, (uint32_t)(value >> 32));
    }
    set(vl, APIC_REG_ICR_LO, (uint32_t)(value & ~(reserved | ICR_BUSY)));
    return VLAPIC_SEND;
}

/* Writes a register that exists and takes the value. The caller has cleared reserved bits. */
static enum vlapic_effect write_register(struct vlapic *vl, unsigned offset, uint32_t value)
{
    switch (offset) {
    case APIC_REG_TPR:
        set(vl, offset, value);
        return VLAPIC_TPR;
    case APIC_REG_EOI:
        set(vl, offset, 0);
        return VLAPIC_EOI;
    case APIC_REG_LDR:
        set(vl, offset, value);
        return VLAPIC_IDENTITY;
    case APIC_REG_DFR:
        set(vl, offset, value | ~APIC_DFR_MODEL);
        return VLAPIC_IDENTITY;
    case APIC_REG_SVR:
        set(vl, offset, value);
        if (!(value & APIC_SVR_ENABLE))
            mask_lvts(vl);
        return VLAPIC_ENABLING;
    case APIC_REG_ESR:
        set(vl, offset, vl->errors);
        vl->errors = 0;
        return VLAPIC_NOTHING;
    case APIC_REG_ICR_HI:
        set(vl, offset, value);
        return VLAPIC_NOTHING;
    case APIC_REG_SELF_IPI:
        set(vl, offset, value);
        return VLAPIC_SELF_IPI;
    default:
        break;
    }
    if (vlapic_is_lvt(offset))
        write_lvt(vl, offset, value);
    else
        set(vl, offset, value); /* the timer's divider */
    return VLAPIC_LOCAL;
}

/* Out of line, so that the ICR pays nothing for the others. */
static __attribute__((noinline)) enum vlapic_effect write_other(struct vlapic *vl, unsigned offset,
                                                                uint64_t value)
{
    uint32_t low = (uint32_t)value;

    if (is_x2apic(vl))
        return refused(vl, offset, value) ? VLAPIC_GP : write_register(vl, offset, low);
    if (!vlapic_has(vl, offset))
        return VLAPIC_ABSENT;
    /* Read-only registers. The processor may have stored to the ID all the same. */
    if (!apic_reg_writable(offset, false) || offset == APIC_REG_ID) {
        derive(vl);
        return VLAPIC_NOTHING;
    }
    /* Reserved bits of EOI, ESR and DFR do not matter. */
    return write_register(vl, offset,
                          low & ~(apic_reg_reserved(offset, false) | lacking(vl, offset)));
}

enum vlapic_effect vlapic_write(struct vlapic *vl, unsigned offset, uint64_t value)
{
    if (offset == APIC_REG_TIMER_INITIAL)
        return value >> 32 != 0 && is_x2apic(vl) ? VLAPIC_GP
                                                 : vlapic_write_initial_count(vl, (uint32_t)value);
    if (offset == APIC_REG_ICR_LO)
        return vlapic_write_icr(vl, value);
    return write_other(vl, offset, value);
}

bool vlapic_enabled(const struct vlapic *vl)
{
    return vl->mode != APIC_MODE_DISABLED && (get(vl, APIC_REG_SVR) & APIC_SVR_ENABLE) != 0;
}

struct lapic_id vlapic_identity(const struct vlapic *vl)
{
    return (struct lapic_id){
        .id = vl->id,
        .ldr = get(vl, APIC_REG_LDR),
        .dfr = get(vl, APIC_REG_DFR),
        .x2apic = is_x2apic(vl),
        .enabled = vl->mode != APIC_MODE_DISABLED,
    };
}

uint8_t vlapic_spurious_vector(const struct vlapic *vl)
{
    return (uint8_t)get(vl, APIC_REG_SVR);
}

uint64_t vlapic_icr(const struct vlapic *vl)
{
    const uint32_t low = get(vl, APIC_REG_ICR_LO);

    return is_x2apic(vl) ? (uint64_t)get(vl, VLAPIC_X2APIC_ICR_HI) << ICR_DEST_SHIFT | low
                         : icr_of_xapic(get(vl, APIC_REG_ICR_HI), low);
}

uint8_t vlapic_self_ipi_vector(const struct vlapic *vl)
{
    return (uint8_t)get(vl, APIC_REG_SELF_IPI);
}

int vlapic_error(struct vlapic *vl, uint32_t bits)
{
    const uint32_t lvt = get(vl, APIC_REG_LVT_ERROR);
    const unsigned vector = lvt & APIC_LVT_VECTOR;

    if (bits == 0)
        return VLAPIC_NO_VECTOR;
    vl->errors |= bits;
    if ((lvt & APIC_LVT_MASKED) || vl->mode == APIC_MODE_DISABLED)
        return VLAPIC_NO_VECTOR;
    if (vector >= VLAPIC_FIRST_VECTOR)
        return (int)vector;
    vl->errors |= APIC_ESR_RECEIVE_ILLEGAL_VECTOR;
    return VLAPIC_NO_VECTOR;
}

/* A disabled APIC's pins are the processor's INTR and NMI ("Local Vector Table"). */
static uint32_t lvt_of_disabled(unsigned offset)
{
    if (offset == APIC_REG_LVT_LINT0)
        return ICR_MODE_EXTINT << ICR_MODE_SHIFT;
    if (offset == APIC_REG_LVT_LINT1)
        return ICR_MODE_NMI << ICR_MODE_SHIFT;
    return APIC_LVT_MASKED;
}

/* Bit 9 (focus) stays 0: processors with x2APIC mode lack it, and some refuse it. */
static uint32_t physical_svr(const struct vlapic *vl)
{
    uint32_t svr = APIC_SVR_ENABLE | APIC_SVR_OWN_VECTOR;

    if (vlapic_enabled(vl)) /* a guest cannot end what its disabled APIC refuses */
        svr |= get(vl, APIC_REG_SVR) & APIC_SVR_EOI_SUPPRESS;
    return svr;
}

uint32_t vlapic_physical(const struct vlapic *vl, unsigned offset)
{
    if (offset == APIC_REG_SVR)
        return physical_svr(vl);
    if (vlapic_is_lvt(offset) && vl->mode == APIC_MODE_DISABLED)
        return lvt_of_disabled(offset);
    return apic_lvt_for_hardware(offset, get(vl, offset));
}
