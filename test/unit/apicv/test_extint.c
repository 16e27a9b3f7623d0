/* SPDX-License-Identifier: GPL-2.0-only */
/* Acknowledged ExtINTs against a guest that programs its PICs before it takes them. */
#include "test.h"

#include "apic/apicv/extint.h"

static void lines(void)
{
    CHECK_EQ(extint_line(0x08, 0x01, 0x00), 0);
    CHECK_EQ(extint_line(0x35, 0x20, 0x00), 5);
    CHECK_EQ(extint_line(0x76, 0x04, 0x40), 14);
    CHECK_EQ(extint_line(0x70, 0x0c, 0x01), 8);              /* IRQ3 waits behind the cascade */
    CHECK_EQ(extint_line(0x09, 0x06, 0x40), 1);              /* IRQ1 came while IRQ14 was served */
    CHECK_EQ(extint_line(0x27, 0x00, 0x00), EXTINT_NO_LINE); /* spurious */
    CHECK_EQ(extint_line(0x33, 0x01, 0x00), EXTINT_NO_LINE);
    CHECK_EQ(extint_line(0x77, 0x04, 0x40), EXTINT_NO_LINE);
}

static void last_first(void)
{
    struct extint_queue q = {.count = 0};

    CHECK(!extint_ready(&q));
    CHECK(extint_push(&q, 0x21, 1));
    CHECK(extint_push(&q, 0x20, 0));
    CHECK(extint_ready(&q));
    CHECK_EQ(extint_take(&q), 0x20);
    CHECK_EQ(extint_take(&q), 0x21);
    CHECK(!extint_ready(&q));
}

static void automatic_eoi(void)
{
    struct extint_queue q = {.count = 0};

    for (unsigned i = 0; i < 3 * EXTINT_MAX; i++)
        CHECK(extint_push(&q, 0x30, EXTINT_NO_LINE));
    CHECK_EQ(q.count, 1);
    CHECK_EQ(extint_take(&q), 0x30);
    CHECK(extint_push(&q, 0x30, 0));
    extint_pic_write(&q, PIC_DATA, 0x01);
    CHECK(extint_push(&q, 0x30, EXTINT_NO_LINE)); /* the other one is not the PIC's any more */
    CHECK_EQ(extint_take(&q), 0x30);
    CHECK(!extint_ready(&q));
}

static void full(void)
{
    struct extint_queue q = {.count = 0};

    for (unsigned i = 0; i < EXTINT_MAX; i++)
        CHECK(extint_push(&q, (uint8_t)i, (uint8_t)i));
    CHECK(!extint_push(&q, 0x77, 0));
    for (unsigned i = EXTINT_MAX; i-- > 0;)
        CHECK_EQ(extint_take(&q), i);
}

static void initialisation_forgets(void)
{
    for (unsigned slave = 0; slave < 2; slave++) {
        unsigned command = PIC_COMMAND + slave * PIC_SLAVE;
        struct extint_queue q = {.count = 0};

        extint_push(&q, 0x08, 0);
        CHECK_EQ(extint_pic_write(&q, command, 0x20), 0); /* an EOI changes nothing */
        CHECK_EQ(extint_pic_write(&q, command, 0x0b), 0);
        CHECK(extint_ready(&q));
        CHECK_EQ(extint_pic_write(&q, command, 0x11), 0);
        CHECK_EQ(q.count, 0);
    }
}

static void masking_and_unmasking(void)
{
    struct extint_queue q = {.count = 0};

    extint_push(&q, 0x76, 14);
    extint_push(&q, 0x08, 0);
    extint_push(&q, 0x50, EXTINT_NO_LINE);
    CHECK_EQ(extint_pic_write(&q, PIC_DATA, 0xfe), 0); /* all but line 0 */
    CHECK_EQ(extint_pic_write(&q, PIC_DATA, 0x01), 1U << 0);
    CHECK_EQ(extint_pic_write(&q, PIC_DATA, 0xff), 0); /* once is enough */
    CHECK_EQ(extint_pic_write(&q, PIC_DATA + PIC_SLAVE, 0xff), 1U << 14);
    CHECK_EQ(q.count, 3);
    CHECK_EQ(extint_take(&q), 0x50);
    CHECK(!extint_ready(&q));
    CHECK_EQ(extint_pic_write(&q, PIC_DATA + PIC_SLAVE, 0xbf), 0);
    CHECK(extint_ready(&q));
    CHECK_EQ(extint_take(&q), 0x76);
    CHECK_EQ(extint_pic_write(&q, PIC_DATA, 0x00), 0);
    CHECK_EQ(extint_take(&q), 0x08);
    CHECK_EQ(q.count, 0);
}

static void the_one_in_front_is_masked(void)
{
    struct extint_queue q = {.count = 0};

    extint_push(&q, 0x21, 1);
    extint_push(&q, 0x22, 5);
    extint_push(&q, 0x20, 0);
    CHECK_EQ(extint_pic_write(&q, PIC_DATA, 0x01), 1U << 0);
    CHECK_EQ(extint_take(&q), 0x22);
    CHECK_EQ(extint_take(&q), 0x21);
    CHECK(!extint_ready(&q));
    CHECK_EQ(q.count, 1);
}

int main(void)
{
    TEST_RUN(lines);
    TEST_RUN(last_first);
    TEST_RUN(automatic_eoi);
    TEST_RUN(full);
    TEST_RUN(initialisation_forgets);
    TEST_RUN(masking_and_unmasking);
    TEST_RUN(the_one_in_front_is_masked);
    return test_done();
}
