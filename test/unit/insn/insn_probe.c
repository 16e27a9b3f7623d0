/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the decoder on instructions from standard input, one a line, for insn_cross.py:
 *
 *    store MODE HEX        -> "0 length op_size addr_size seg address value rflags gpr0..gpr15"
 *                             or "errno"
 *    length MODE KIND HEX  -> result of insn_length_simple()
 *
 * Each instruction is decoded from a heap block of exactly its size, so that AddressSanitizer sees
 * any overread. It is also decoded in every truncated form, which must give -EAGAIN; "truncated N
 * RESULT" tells where it did not.
 */
#include "core/insn/insn.h"

#include <lapwing/errno.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_RIP    UINT64_C(0x00007FFF12345678)
#define PROBE_OLD    UINT64_C(0xFEDCBA9876543210)
#define PROBE_RFLAGS UINT64_C(0x8D7)

static int decode(const uint8_t *bytes, size_t len, enum insn_mode mode, int kind, struct insn *out)
{
    uint8_t *copy = malloc(len ? len : 1);
    int result;

    if (!copy)
        abort();
    memcpy(copy, bytes, len);
    if (kind < 0)
        result = insn_decode_store(copy, len, mode, out);
    else
        result = insn_length_simple(copy, len, mode, (enum insn_simple)kind);
    free(copy);
    return result;
}

static void print_store(const struct insn *insn)
{
    uint64_t gpr[16];
    uint64_t rflags = PROBE_RFLAGS;
    uint64_t mask = ~UINT64_C(0) >> (64 - 8 * insn->op_size);
    uint64_t old = insn_reads_memory(insn) ? PROBE_OLD & mask : 0;

    for (unsigned i = 0; i < 16; i++)
        gpr[i] = UINT64_C(0xA3C5E7F981726354) * (i + 1) ^ UINT64_C(0x0123456789ABCDEF);

    uint64_t address = insn_address(insn, gpr, PROBE_RIP);
    uint64_t value = insn_store_value(insn, gpr, old);

    insn_retire(insn, gpr, old, &rflags);
    printf("0 %u %u %u %u %" PRIx64 " %" PRIx64 " %" PRIx64, insn->length, insn->op_size,
           insn->addr_size, insn->seg, address, value, rflags);
    for (unsigned i = 0; i < 16; i++)
        printf(" %" PRIx64, gpr[i]);
    putchar('\n');
}

int main(void)
{
    char line[256];

    while (fgets(line, sizeof(line), stdin)) {
        char word[16], hex[64];
        int mode, kind = -1;
        uint8_t bytes[32];
        size_t len = 0;
        struct insn insn;

        if (sscanf(line, "length %d %d %63s", &mode, &kind, hex) != 3 &&
            sscanf(line, "%15s %d %63s", word, &mode, hex) != 3)
            return 2;
        for (; hex[2 * len] && hex[2 * len + 1]; len++) {
            char digits[3] = {hex[2 * len], hex[2 * len + 1], 0};

            bytes[len] = (uint8_t)strtoul(digits, NULL, 16);
        }

        int result = decode(bytes, len, (enum insn_mode)mode, kind, &insn);
        size_t length = kind < 0 && result == 0 ? insn.length : result > 0 ? (size_t)result : 0;
        int bad = -1, bad_result = 0;

        for (size_t n = 0; n < length && n < len; n++) {
            struct insn unused;
            int r = decode(bytes, n, (enum insn_mode)mode, kind, &unused);

            if (r != -EAGAIN) {
                bad = (int)n;
                bad_result = r;
            }
        }
        if (bad >= 0)
            printf("truncated %d %d\n", bad, bad_result);
        else if (kind < 0 && result == 0)
            print_store(&insn);
        else
            printf("%d\n", result);
    }
    return 0;
}
