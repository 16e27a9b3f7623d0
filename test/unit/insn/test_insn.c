/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hand-written encodings that no assembler produces: redundant and misplaced prefixes, the length
 * limit, the other address size. And random bytes: the decoder must not read past their end
 * (AddressSanitizer watches) or give an inconsistent result. insn_cross.py has the bulk of the
 * instructions.
 */
#include "core/insn/insn_cache.h"

#include <lapwing/errno.h>
#include <stdlib.h>

#include "test.h"

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

/* Decodes from a heap block of exactly the right size. */
static int decode(enum insn_mode mode, struct insn *insn, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    int result;

    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    result = insn_decode_store(copy, len, mode, insn);
    free(copy);
    return result;
}

static void sixteen_bit_immediate(void)
{
    struct insn insn;

    /* mov word [rax], 0x1234 is 5 bytes; one peer reads a 32-bit immediate here. */
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x66, 0xC7, 0x00, 0x34, 0x12)), 0);
    CHECK_EQ(insn.length, 5);
    CHECK_EQ(insn.op_size, 2);
    CHECK_EQ(insn.imm, 0x1234);
    /* In 16-bit code the prefix has the opposite meaning. */
    CHECK_EQ(decode(INSN_MODE_16, &insn, BYTES(0x66, 0xC7, 0x07, 0x78, 0x56, 0x34, 0x12)), 0);
    CHECK_EQ(insn.length, 7);
    CHECK_EQ(insn.op_size, 4);
    CHECK_EQ(insn.imm, 0x12345678);
    CHECK_EQ(decode(INSN_MODE_16, &insn, BYTES(0xC7, 0x07, 0x34, 0x12)), 0);
    CHECK_EQ(insn.length, 4);
    /* REX.W wins over 66; the immediate is sign-extended. */
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x66, 0x48, 0xC7, 0x00, 0xFF, 0xFF, 0xFF, 0xFF)), 0);
    CHECK_EQ(insn.length, 8);
    CHECK_EQ(insn.op_size, 8);
    CHECK_EQ(insn.imm, -1);
}

static void rex_only_before_opcode(void)
{
    struct insn insn;

    /* REX.W, then a legacy prefix: the REX does not count. */
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x48, 0x65, 0x89, 0x08)), 0);
    CHECK_EQ(insn.op_size, 4);
    CHECK_EQ(insn.seg, INSN_GS);
    CHECK_EQ(insn.length, 4);
    /* Two REX prefixes: the last one counts. */
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x48, 0x44, 0x89, 0x08)), 0);
    CHECK_EQ(insn.op_size, 4);
    CHECK_EQ(insn.src_reg, 9);
    /* A bare REX makes byte register 4 SPL instead of AH. */
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x40, 0x88, 0x20)), 0);
    CHECK(insn.src_reg == 4 && !insn.src_high);
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x88, 0x20)), 0);
    CHECK(insn.src_reg == 0 && insn.src_high);
    /* 40..4F are INC and DEC elsewhere. */
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0x48, 0x89, 0x08)), -ENOTSUP);
}

static void segment_prefixes(void)
{
    struct insn insn;

    /* In 64-bit mode DS: does not cancel FS:; elsewhere the last one counts. */
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x64, 0x3E, 0x89, 0x08)), 0);
    CHECK_EQ(insn.seg, INSN_FS);
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0x64, 0x3E, 0x89, 0x08)), 0);
    CHECK_EQ(insn.seg, INSN_DS);
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0x2E, 0x89, 0x08)), 0);
    CHECK_EQ(insn.seg, INSN_CS);
    /* STOS writes to ES whatever the prefix says. */
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0x65, 0xAB)), 0);
    CHECK_EQ(insn.seg, INSN_ES);
}

static void direct_offsets(void)
{
    struct insn insn;
    uint64_t gpr[16] = {0};

    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x67, 0xA3, 0x80, 0x00, 0xE0, 0xFE)), 0);
    CHECK_EQ(insn.length, 6);
    CHECK_EQ(insn_address(&insn, gpr, 0), 0xFEE00080);
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0x67, 0xA2, 0xFF, 0xFF)), 0);
    CHECK_EQ(insn.length, 4);
    CHECK_EQ(insn_address(&insn, gpr, 0), 0xFFFF);
    CHECK_EQ(decode(INSN_MODE_16, &insn, BYTES(0x66, 0x67, 0xA3, 0x00, 0x03, 0xE0, 0xFE)), 0);
    CHECK_EQ(insn_address(&insn, gpr, 0), 0xFEE00300);
    CHECK_EQ(insn.op_size, 4);
    /* 32-bit code with 16-bit addressing: [bx+si-1] wraps at 64 KiB, [disp16] is unsigned. */
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0x67, 0x89, 0x40, 0xFF)), 0);
    CHECK_EQ(insn_address(&insn, gpr, 0), 0xFFFF);
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0x67, 0x89, 0x06, 0x00, 0x80)), 0);
    CHECK_EQ(insn_address(&insn, gpr, 0), 0x8000);
    /* 64-bit code, 32-bit RIP-relative: wraps at 4 GiB. */
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x67, 0x89, 0x05, 0, 0, 0, 0)), 0);
    CHECK_EQ(insn_address(&insn, gpr, 0xFFFFFFFFFFF), 0x6);
    /*
     * The LAPIC's usual address through a sign-extended displacement does not exist in 64-bit mode.
     */
    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x89, 0x04, 0x25, 0x80, 0x00, 0xE0, 0xFE)), 0);
    CHECK_EQ(insn_address(&insn, gpr, 0), 0xFFFFFFFFFEE00080);
}

static void string_store_moves_back(void)
{
    struct insn insn;
    uint64_t gpr[16] = {[0] = 0x1122334455667788, [7] = 0xFFFFFFFF00000000};
    uint64_t rflags = BIT(10);

    CHECK_EQ(decode(INSN_MODE_64, &insn, BYTES(0x67, 0xAB)), 0);
    CHECK_EQ(insn_store_value(&insn, gpr, 0), 0x55667788);
    insn_retire(&insn, gpr, 0, &rflags);
    CHECK_EQ(gpr[7], 0xFFFFFFFC); /* a 32-bit register write clears the upper half */
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0x67, 0x66, 0xAB)), 0);
    gpr[7] = 0x12340000;
    insn_retire(&insn, gpr, 0, &rflags);
    CHECK_EQ(gpr[7], 0x1234FFFE); /* a 16-bit one keeps the rest */
}

static void length_limit(void)
{
    struct insn insn;
    uint8_t bytes[24];

    memset(bytes, 0x2E, sizeof(bytes));
    for (size_t prefixes = 0; prefixes <= 20; prefixes++) {
        bytes[prefixes] = 0x89;
        bytes[prefixes + 1] = 0x08;
        int want = prefixes + 2 <= INSN_MAX_LENGTH ? 0 : -EINVAL;
        CHECK_EQ(decode(INSN_MODE_64, &insn, bytes, prefixes + 2), want);
        CHECK_EQ(decode(INSN_MODE_64, &insn, bytes, sizeof(bytes)), want);
        bytes[prefixes] = 0x0F;
        bytes[prefixes + 1] = 0xA2;
        want = prefixes + 2 <= INSN_MAX_LENGTH ? (int)prefixes + 2 : -EINVAL;
        CHECK_EQ(insn_length_simple(bytes, sizeof(bytes), INSN_MODE_64, INSN_CPUID), want);
        bytes[prefixes] = 0x2E;
        bytes[prefixes + 1] = 0x2E;
    }
    CHECK_EQ(decode(INSN_MODE_64, &insn, bytes, 0), -EAGAIN);
    CHECK_EQ(decode(INSN_MODE_64, &insn, bytes, 14), -EAGAIN);
    CHECK_EQ(decode(INSN_MODE_64, &insn, bytes, 15), -EINVAL);
}

static void lock_prefix(void)
{
    struct insn insn;

    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0xF0, 0x09, 0x08)), -ENOTSUP);
    CHECK_EQ(decode(INSN_MODE_32, &insn, BYTES(0xF0, 0x87, 0x08)), -ENOTSUP);
    CHECK_EQ(insn_length_simple(BYTES(0xF0, 0x0F, 0xA2), INSN_MODE_32, INSN_CPUID), -EINVAL);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Half of the bytes come from this list, so that decoding gets past the opcode. */
static const uint8_t likely[] = {0x66, 0x67, 0x2E, 0x64, 0x40, 0x48, 0x4F, 0x88, 0x89,
                                 0xC6, 0xC7, 0xA2, 0xA3, 0x86, 0x87, 0xAA, 0xAB, 0x01,
                                 0x09, 0x21, 0x29, 0x31, 0x80, 0x81, 0x83, 0x0F, 0x01,
                                 0xF0, 0xF3, 0x05, 0x04, 0x25, 0x44, 0x84};

static void random_bytes(void)
{
    static const enum insn_mode modes[] = {INSN_MODE_16, INSN_MODE_32, INSN_MODE_64};
    uint64_t state = 0x9E3779B97F4A7C15;
    unsigned long decoded = 0;

    for (unsigned round = 0; round < 300000; round++) {
        uint8_t bytes[16];
        uint64_t gpr[16];
        uint64_t rflags = next_random(&state);
        size_t len = next_random(&state) % (sizeof(bytes) + 1);
        enum insn_mode mode = modes[next_random(&state) % 3];
        struct insn insn;

        for (size_t i = 0; i < len; i++) {
            uint64_t r = next_random(&state);
            bytes[i] = r & BIT(40) ? (uint8_t)r : likely[(r >> 8) % sizeof(likely)];
        }
        for (unsigned i = 0; i < 16; i++)
            gpr[i] = next_random(&state);

        int result = decode(mode, &insn, bytes, len);
        CHECK(result == 0 || result == -EAGAIN || result == -EINVAL || result == -ENOTSUP);
        CHECK(result != -EINVAL || len >= INSN_MAX_LENGTH);
        CHECK(result != -EAGAIN || len < INSN_MAX_LENGTH);
        if (result == 0) {
            decoded++;
            CHECK(insn.length > 0 && insn.length <= len && insn.length <= INSN_MAX_LENGTH);
            CHECK(insn.seg <= INSN_GS);
            (void)insn_address(&insn, gpr, rflags);
            (void)insn_store_value(&insn, gpr, rflags);
            insn_retire(&insn, gpr, rflags, &rflags);
            /*
             * The same bytes without the rest are the same instruction; with one less, unfinished.
             */
            CHECK_EQ(decode(mode, &insn, bytes, insn.length), 0);
            CHECK_EQ(decode(mode, &insn, bytes, insn.length - 1U), -EAGAIN);
        }
        for (int kind = 0; kind < INSN_SIMPLE_COUNT; kind++) {
            uint8_t *copy = malloc(len ? len : 1);

            if (!copy)
                abort();
            memcpy(copy, bytes, len);
            result = insn_length_simple(copy, len, mode, (enum insn_simple)kind);
            CHECK(result == -EAGAIN || result == -EINVAL || (result > 0 && (size_t)result <= len));
            free(copy);
            if (round % 64 != 0)
                break;
        }
    }
    CHECK_MSG(decoded > 10000, "only %lu stores among the random bytes", decoded);
}

static void flags_images(void)
{
    static const struct {
        uint8_t bytes[4];
        bool uses;
    } cases[] = {
        {{0x9C}, true},       {{0x66, 0x9D}, true}, {{0xCC}, true},        {{0xCD, 0x80}, true},
        {{0x48, 0xCF}, true}, {{0xF1}, true},       {{0xFA}, true},        {{0xFB}, true},
        {{0x0F, 0x05}, true}, {{0x0F, 0x34}, true}, {{0x89, 0x07}, false}, {{0x0F, 0xA2}, false},
        {{0x50}, false},      {{0xA5}, false},      {{0xCB}, false},       {{0xF2, 0xA5}, false},
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_EQ(insn_uses_flags_image(cases[i].bytes, 4, INSN_MODE_64), cases[i].uses);
    CHECK(!insn_uses_flags_image(cases[0].bytes, 0, INSN_MODE_64));
    CHECK(!insn_uses_flags_image((const uint8_t[]){0x0F}, 1, INSN_MODE_64));
}

static void string_io(void)
{
    static const struct {
        uint8_t bytes[4];
        enum insn_mode mode;
        uint8_t addr_size, seg;
    } cases[] = {
        {{0x6E}, INSN_MODE_64, 8, INSN_DS},                   /* outsb */
        {{0xF3, 0x67, 0x6F}, INSN_MODE_64, 4, INSN_DS},       /* rep outsd, a 32-bit address */
        {{0x65, 0x66, 0x6F}, INSN_MODE_64, 8, INSN_GS},       /* gs outsw */
        {{0x26, 0x48, 0x6C}, INSN_MODE_64, 8, INSN_DS},       /* ES means nothing there */
        {{0x6C}, INSN_MODE_32, 4, INSN_DS},                   /* insb */
        {{0x26, 0x67, 0x6E}, INSN_MODE_32, 2, INSN_ES},       /* es outsb, a 16-bit address */
        {{0x6D}, INSN_MODE_16, 2, INSN_DS},                   /* insw */
        {{0x2E, 0x67, 0x6E}, INSN_MODE_16, 4, INSN_CS},       /* cs outsb, a 32-bit address */
        {{0x65, 0x67, 0xEE}, INSN_MODE_64, 8, INSN_DS},       /* out: another instruction */
        {{0x65, 0x65, 0x65, 0x65}, INSN_MODE_64, 8, INSN_DS}, /* cut short */
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct insn_string_io io = insn_decode_string_io(cases[i].bytes, 4, cases[i].mode);

        CHECK_EQ(io.addr_size, cases[i].addr_size);
        CHECK_EQ(io.seg, cases[i].seg);
    }
}

/* A load is no store, and writes its register as MOV does: 32 bits clear the upper half. */
static void loads(void)
{
    const uint8_t current_count[INSN_MAX_LENGTH] = {0x8B, 0x87, 0x90, 0x03, 0x00, 0x00};
    const uint8_t high[INSN_MAX_LENGTH] = {0x8A, 0x27}; /* MOV AH, [RDI] */
    uint64_t gpr[16] = {~UINT64_C(0), [7] = 0xFEE00000}, no_flags = 0;
    struct insn insn;

    CHECK_EQ(insn_decode_store(current_count, INSN_MAX_LENGTH, INSN_MODE_64, &insn), 0);
    CHECK_EQ(insn.kind, INSN_LOAD);
    CHECK_EQ(insn.length, 6);
    CHECK_EQ(insn.op_size, 4);
    CHECK_EQ(insn_address(&insn, gpr, 0), 0xFEE00390);
    insn_retire(&insn, gpr, 0x12345678, &no_flags);
    CHECK_EQ(gpr[0], 0x12345678);
    CHECK_EQ(insn_decode_store(high, INSN_MAX_LENGTH, INSN_MODE_64, &insn), 0);
    insn_retire(&insn, gpr, 0xAB, &no_flags);
    CHECK_EQ(gpr[0], 0x1234AB78);
}

/* Padding is behind the bytes. */
static bool same(const struct insn *a, const struct insn *b)
{
    return memcmp(a, b, offsetof(struct insn, index_shift) + 1) == 0 && a->imm == b->imm &&
           a->disp == b->disp;
}

/* The cache must give what the decoder gives, whatever was decoded before. */
static void check_cached(struct insn_cache *cache, const struct insn_bytes *bytes, size_t len,
                         enum insn_mode mode)
{
    const struct insn *cached;
    struct insn insn = {0};
    const int err = insn_decode_store(bytes->byte, len, mode, &insn);

    CHECK_EQ(insn_cache_decode(cache, bytes, len, mode, &cached), err);
    if (!err)
        CHECK(same(cached, &insn));
}

/* What is plain has the address and the value that the general functions give. */
static bool check_plain(const struct insn *insn)
{
    static const uint64_t gpr[16] = {1, 1U << 20, ~0U, 3,          1ULL << 40, 5,  ~0ULL, 7,
                                     8, 0x90,     10,  1ULL << 63, 0,          13, 0,     15};

    if (insn_plain(insn) == INSN_NOT_PLAIN)
        return false;
    CHECK_EQ(insn_plain_address(insn, gpr), insn_address(insn, gpr, 0x1000));
    CHECK(insn->op_size == 4 && insn->seg < INSN_FS);
    CHECK_EQ(insn_plain(insn) == INSN_PLAIN_LOAD, insn->kind == INSN_LOAD);
    if (insn_plain(insn) == INSN_PLAIN_STORE) {
        CHECK(insn->kind == INSN_MOV);
        CHECK_EQ(insn_plain_value(insn, gpr), insn_store_value(insn, gpr, 0));
    }
    return true;
}

static void plain_is_general(void)
{
    static const uint8_t opcodes[] = {0x89, 0xC7, 0x8B, 0x87, 0xA3, 0xAB};
    unsigned plain = 0;

    for (unsigned i = 0; i < 100000; i++) {
        uint8_t bytes[INSN_MAX_LENGTH];
        struct insn insn;

        for (unsigned n = 0; n < sizeof(bytes); n++)
            bytes[n] = (uint8_t)rand();
        bytes[i % 3] = opcodes[i % ARRAY_SIZE(opcodes)];
        if (i % 3)
            bytes[i % 3 - 1] = (uint8_t)(i % 2 ? 0x40 + i % 16 : 0x64 + i % 4);
        if (insn_decode_store(bytes, sizeof(bytes), INSN_MODE_64, &insn) == 0)
            plain += check_plain(&insn);
    }
    CHECK(plain > 5000);
}

static void cache_is_exact(void)
{
    static const enum insn_mode modes[] = {INSN_MODE_16, INSN_MODE_32, INSN_MODE_64};
    static struct insn_cache cache;
    const struct insn_bytes store = {.byte = {0x89, 0xB7, 0xB0, 0xC0, 0x5F, 0xFF}};
    struct insn_bytes bytes = store;

    for (unsigned m = 0; m < 3; m++) /* the same bytes in another mode */
        check_cached(&cache, &store, INSN_MAX_LENGTH, modes[m]);
    check_cached(&cache, &store, INSN_MAX_LENGTH, INSN_MODE_64);
    check_cached(&cache, &store, 3, INSN_MODE_64);   /* cut short: what is there is not enough */
    for (unsigned i = 0; i < INSN_MAX_LENGTH; i++) { /* one byte is another one */
        bytes.byte[i] ^= 0x08;
        check_cached(&cache, &bytes, INSN_MAX_LENGTH, INSN_MODE_64);
        bytes = store;
        check_cached(&cache, &bytes, INSN_MAX_LENGTH, INSN_MODE_64);
    }
    for (unsigned i = 0; i < 100000; i++) {
        for (unsigned n = 0; n < INSN_MAX_LENGTH; n++)
            bytes.byte[n] = (uint8_t)rand();
        bytes.byte[0] = i % 2 ? 0x89 : 0xC7;
        check_cached(&cache, &bytes, INSN_MAX_LENGTH, modes[i % 3]);
        check_cached(&cache, &bytes, INSN_MAX_LENGTH, modes[(i + i / 3) % 3]);
    }
}

int main(void)
{
    TEST_RUN(sixteen_bit_immediate);
    TEST_RUN(rex_only_before_opcode);
    TEST_RUN(segment_prefixes);
    TEST_RUN(direct_offsets);
    TEST_RUN(string_store_moves_back);
    TEST_RUN(length_limit);
    TEST_RUN(lock_prefix);
    TEST_RUN(random_bytes);
    TEST_RUN(flags_images);
    TEST_RUN(string_io);
    TEST_RUN(loads);
    TEST_RUN(plain_is_general);
    TEST_RUN(cache_is_exact);
    return test_done();
}
