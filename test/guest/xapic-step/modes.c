/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The same store from other CPU modes, through other mappings, and from an instruction on two
 * pages.
 */
#include <lapwing/string.h>
#include "xapic-step/cases.h"

#define CODE16_PAGE 0xA000 /* below 1 MiB, beside the trampoline's */

#define CR4_PSE BIT(4)
#define CR4_PAE BIT(5)
#define PTE_P   BIT(0)
#define PTE_RW  BIT(1)
#define PTE_UC  (BIT(3) | BIT(4))
#define PTE_PS  BIT(7)

uint32_t step_compat(void);
uint32_t step_code16(uint64_t low_page);
uint32_t step_legacy_paging(uint32_t cr3, uint32_t cr4);

extern uint64_t boot_pml4[512];

static uint32_t pse_directory[1024] __attribute__((aligned(4096)));
static uint64_t pae_pointers[4] __attribute__((aligned(4096)));
static uint8_t split_pages[2][PAGE_SIZE] __attribute__((aligned(4096)));

void case_compat_mode(void)
{
    irq_disable();
    uint32_t good = step_compat();
    irq_enable();
    CHECK_EQ(good, 6);
    CHECK(lapic_still_works());
}

void case_16bit_code(void)
{
    irq_disable();
    uint32_t good = step_code16(CODE16_PAGE);
    irq_enable();
    CHECK_EQ(good, 3);
    CHECK(lapic_still_works());
}

static uint32_t legacy_paging(uint32_t cr3, uint32_t cr4)
{
    irq_disable();
    uint32_t good = step_legacy_paging(cr3, cr4);
    irq_enable();
    CHECK(lapic_still_works());
    return good;
}

void case_no_paging(void)
{
    CHECK_EQ(legacy_paging(0, 0), 2);
}

void case_pse_paging(void)
{
    for (uint32_t i = 0; i < 1024; i++)
        pse_directory[i] =
            i << 22 | (uint32_t)(PTE_PS | PTE_RW | PTE_P | (i >= 0x3F8 ? PTE_UC : 0));
    CHECK_EQ(legacy_paging((uint32_t)(uintptr_t)pse_directory, CR4_PSE), 4);
}

void case_pae_paging(void)
{
    /*
     * The 64-bit map's page directories do as they are; pointer entries have no R/W and U/S bits.
     */
    const uint64_t *pdpt = (const uint64_t *)(uintptr_t)(boot_pml4[0] & PAGE_MASK);

    for (unsigned i = 0; i < 4; i++)
        pae_pointers[i] = (pdpt[i] & PAGE_MASK) | PTE_P;
    CHECK_EQ(legacy_paging((uint32_t)(uintptr_t)pae_pointers, CR4_PAE), 4);
}

void case_alias(void)
{
    volatile uint32_t *alias =
        (volatile uint32_t *)(window_map(3, LAPIC_BASE, WINDOW_WRITE | WINDOW_UC) +
                              LAPIC_TIMER_INITIAL);

    for (uint32_t value = 1; value; value <<= 1) {
        *alias = value;
        CHECK_EQ(get_count(), value);
        CHECK_EQ(*alias, value);
    }
    window_unmap(3);
}

/* C7 87 disp32 imm32, C3: movl $imm32, disp32(%rdi); ret - cut in two at every byte, the pages not
 * adjacent. */
void case_split_instruction(void)
{
    static const uint8_t code[] = {0xC7, 0x87, 0x80, 0x03, 0x00, 0x00,
                                   0x78, 0x56, 0x34, 0x12, 0xC3};

    uint64_t first = window_map(10, (uintptr_t)split_pages[1], WINDOW_WRITE);

    window_map(11, (uintptr_t)split_pages[0], WINDOW_WRITE);
    for (unsigned cut = 1; cut < sizeof(code); cut++) {
        uint64_t start = first + PAGE_SIZE - cut;

        memset(split_pages, 0xCC, sizeof(split_pages));
        memcpy((void *)start, code, sizeof(code));
        set_count(0);
        __asm__ volatile("call *%0" : : "r"(start), "D"(LAPIC_BASE) : "memory");
        tap_check(get_count() == 0x12345678, "cut after %u bytes: 0x%x", cut, get_count());
    }
    window_unmap(10);
    window_unmap(11);
}
