/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The known differences of emulated LAPICs from the manual. A guest of xapic_ept or x2apic_msr has
 * the machine's own LAPIC, with all differences. A guest of apicv has Lapwing's, where only what
 * comes from the physical timer may differ.
 */
#include "apic-regs/cases.h"

#include "lib/acpi.h"
#include "lib/console.h"

#define CPUID_AMD 0x68747541 /* EBX, "Auth" */

enum { /* a model is one or more of these */
       BOCHS = 1,
       TCG = 2,
       BARE_BOCHS = 4,
       BARE_TCG = 8,
       PASSED_THROUGH = 16, /* Lapwing, and the LAPIC is the machine's */
       VIRTUAL_ON_BOCHS = 32,
       BOCHS_AMD = 64,
       BOCHS_PASSED_THROUGH = 128,
};

static const struct {
    enum difference what;
    unsigned models;
    const char *why;
} table[] = {
    {STATUS_BITS_STAY, BOCHS | TCG, "LVT: delivery status and remote IRR are as written"},
    {RESERVED_BITS_STAY, TCG, "LVT, ICR high: reserved bits are as written"},
    {ICR_BITS_STAY, BOCHS | TCG, "ICR: the same"},
    {CMCI_IS_THERE, BOCHS, "LVT CMCI is there, and not counted in the version register"},
    {ID_IS_WRITABLE, BARE_TCG, "the ID register takes any value"},
    {SLOT_0_IS_MSI, TCG | PASSED_THROUGH,
     "QEMU takes a write to 000H for an MSI; Lapwing drops it"},
    {ESR_IS_STUCK, TCG, "ESR cannot be written, and only bit 7 is ever set in it"},
    {RRD_IS_RESERVED, BOCHS | TCG, "reading RRD is an error"},
    {NO_SEND_ILLEGAL, BOCHS, "an illegal vector that is sent is an error of the receiver"},
    {NO_ERROR_INTERRUPT, BOCHS | TCG, "the LVT error entry does nothing"},
    {LOW_VECTORS_ARRIVE, TCG, "vectors below 16 are delivered"},
    {DISABLED_IS_NOT_MASKED, TCG, "SVR does not mask LVT entries"},
    {LEVEL_IPIS, BOCHS | TCG, "the trigger mode of fixed IPIs is heeded"},
    {SPANS_STOP_IT, BOCHS, "an access across a 32-bit boundary stops the emulator"},
    {ODD_WRITES_STOP_IT, BARE_BOCHS, "so does a write that is not 32 bits at a multiple of 16"},
    {CONSUMED_IS_NOT_IN_ICR, PASSED_THROUGH, "the hardware's ICR never sees INIT, SIPI and SMI"},
    {INIT_KEEPS_ICR, PASSED_THROUGH, "what Lapwing does for INIT cannot write the ICR: it sends"},
    {INIT_KEEPS_CMCI, BOCHS_PASSED_THROUGH,
     "an entry that the version register does not count is none for Lapwing"},
    {X2APIC_BITS_UNCHECKED, TCG, "reserved bits and upper halves of x2APIC MSRs are no #GP"},
    {X2APIC_LVT_BITS_UNCHECKED, BOCHS, "the same in LVT entries, ICR, divide configuration"},
    {X2APIC_READ_ONLY_UNCHECKED, TCG, "writes to some read-only x2APIC MSRs are no #GP"},
    {X2APIC_ICR_IS_NOT_KEPT, BOCHS | TCG, "reading MSR 830H does not give what was written"},
    {CR8_BITS_UNCHECKED, TCG, "reserved bits of CR8 are no #GP"},
    {UNKNOWN_MSRS_ARE_0, BOCHS_AMD, "x2APIC MSRs of a CPU without x2APIC are no #GP"},
    {PIC_BYPASSES_LINT0, BOCHS | VIRTUAL_ON_BOCHS, "the PIC interrupts past LINT0's mask"},
    {OFF_RESETS_NOTHING, BARE_TCG, "a LAPIC that was disabled has kept its registers"},
    {LATE_TIMER, TCG, "periods are lost when the host is busy"},
    {DEADLINE_STAYS, BOCHS | VIRTUAL_ON_BOCHS, "IA32_TSC_DEADLINE is not cleared"},
    {INIT_LEAVES_X2APIC, BARE_BOCHS, "INIT goes back to xAPIC mode"},
    {SPURIOUS_STAYS, BOCHS, "no EOI ends an interrupt whose vector is in SVR too"},
};

static unsigned models(void)
{
    struct leaf_info leaf;
    unsigned found = 0;

    leaf_read(&leaf);
    if (lapic_is_bochs())
        found |= leaf.base ? BOCHS | PASSED_THROUGH | BOCHS_PASSED_THROUGH : BOCHS | BARE_BOCHS;
    else if (lapic_is_tcg())
        found |= leaf.base ? TCG | PASSED_THROUGH : TCG | BARE_TCG;
    else if (leaf.base && !leaf_lapic_is_virtual())
        found |= PASSED_THROUGH;
    else if (acpi_says_bochs())
        found |= VIRTUAL_ON_BOCHS;
    if ((found & BOCHS) && cpuid(0, 0).ebx == CPUID_AMD)
        found |= BOCHS_AMD;
    return found;
}

bool differs(enum difference what)
{
    static unsigned here;
    static bool known;

    if (!known)
        here = models();
    known = true;
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
        if (table[i].what == what && (table[i].models & here))
            return true;
    return false;
}

void case_differences(void)
{
    for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
        if (differs(table[i].what))
            print("# differs: %s\n", table[i].why);
    for (unsigned what = 0; what < DIFFERENCES; what++) {
        unsigned rows = 0;

        for (unsigned i = 0; i < ARRAY_SIZE(table); i++)
            rows += table[i].what == what;
        tap_check(rows == 1, "difference %u has %u rows", what, rows);
    }
}
