/* SPDX-License-Identifier: GPL-2.0-only */
/* Integer types with a meaning, and the macros that all code uses. */
#ifndef LAPWING_TYPES_H
#define LAPWING_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t hpa_t;    /* host-physical address */
typedef uint64_t gpa_t;    /* guest-physical address */
typedef uint32_t cpu_id_t; /* Lapwing's own CPU index, 0 = the CPU that booted */

#define BIT(n)          (UINT64_C(1) << (n))
#define BIT32(n)        (UINT32_C(1) << (n))
#define GENMASK(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

#define KIB UINT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)

#define PAGE_SHIFT 12
#define PAGE_SIZE  UINT64_C(4096)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define ALIGN_DOWN(x, a) ((x) & ~((a) - 1))
#define ALIGN_UP(x, a)   ALIGN_DOWN((x) + (a) - 1, a)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
