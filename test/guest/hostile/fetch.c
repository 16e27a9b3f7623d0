/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that come from where no memory is: all of them, or the end of one that begins in
 * memory. From the LAPIC's registers they are #GP. Elsewhere they are ones, which are #UD, and so is
 * the end of a store that goes there itself. Bare, machines differ, and Bochs ends.
 */
#include <lapwing/string.h>
#include "hostile/cases.h"
#include "lib/lapic.h"
#include "lib/memory_map.h"
#include "lib/smp.h"
#include "lib/window.h"

#define CODE_PAGE 41 /* and the next: what is tested */
#define MESSAGES  UINT64_C(0xFEE01000)

static uint8_t code[PAGE_SIZE] __attribute__((aligned(4096)));

/* movl $imm32, (%rdi), whose last four bytes are on the next page. */
static const uint8_t store[] = {0xC7, 0x07};

struct jump {
    uint64_t to, rdi;
};

static void jump(void *arg)
{
    const struct jump *j = arg;

    __asm__ volatile("call *%0" : : "r"(j->to), "D"(j->rdi) : "memory");
}

/* Returns the vector of the exception that a call of `j` ends with. */
static unsigned fault_of(const struct jump *j, struct fault *fault)
{
    *fault = (struct fault){.vector = 256};
    CHECK(trap_call(jump, (void *)(uintptr_t)j, fault));
    return fault->vector;
}

static bool is_left_out(void)
{
    if (!under_lapwing())
        tap_skip("bare: nobody says what comes");
    return !under_lapwing();
}

/* A store to `page`, into which the instruction extends. */
static struct jump prepare(uint64_t page)
{
    const uint64_t va = window_map(CODE_PAGE, (uintptr_t)code, WINDOW_WRITE);

    window_map(CODE_PAGE + 1, page, WINDOW_WRITE);
    memcpy(code + PAGE_SIZE - sizeof(store), store, sizeof(store));
    return (struct jump){va + PAGE_SIZE - sizeof(store), va + PAGE_SIZE + LAPIC_TPR};
}

static void unmap(void)
{
    window_unmap(CODE_PAGE);
    window_unmap(CODE_PAGE + 1);
}

/* In x2APIC mode nothing is there. */
void case_fetch(void)
{
    const unsigned expected = this_cpu()->x2apic ? VECTOR_UD : VECTOR_GP;
    struct jump whole = {LAPIC_BASE + LAPIC_TPR, 0}, part;
    struct fault fault;

    if (is_left_out())
        return;
    for (unsigned i = 0; i < 3; i++) {
        CHECK_EQ(fault_of(&whole, &fault), expected);
        CHECK_EQ(fault.rip, whole.to);
    }
    part = prepare(LAPIC_BASE);
    CHECK_EQ(fault_of(&part, &fault), expected);
    if (expected == VECTOR_GP)
        CHECK_EQ(fault.rip, part.to);
    unmap();
    CHECK_EQ(lapic_read(LAPIC_TPR), 0);
    check_control();
}

/* The store is carried out, and what follows it is ones. */
static void check_ones(uint64_t page)
{
    struct jump part = prepare(page);
    const uint64_t next = window_va(CODE_PAGE + 1);
    const struct jump whole = {next + LAPIC_TPR, 0};
    struct fault fault;

    CHECK_EQ(fault_of(&whole, &fault), VECTOR_UD);
    CHECK_EQ(fault.rip, whole.to);
    CHECK_EQ(fault_of(&part, &fault), VECTOR_UD);
    CHECK_EQ(fault.rip, next + sizeof(uint32_t));
    CHECK_EQ(*(volatile uint32_t *)part.rdi, 0xFFFFFFFF);
    unmap();
}

void case_fetch_void(void)
{
    if (is_left_out())
        return;
    check_ones(MESSAGES);
    check_control();
}

/* In Lapwing's own memory. */
void case_fetch_hidden(void)
{
    const uint64_t end = memory_ram_end();
    uint64_t page = MIB;

    if (is_left_out())
        return;
    while (page < end && (memory_find(page) || *(volatile uint64_t *)page != UINT64_MAX))
        page += PAGE_SIZE;
    CHECK(page < end);
    if (page < end)
        check_ones(page);
    check_control();
}
