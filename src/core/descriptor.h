/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Segment descriptors, as they lie in a descriptor table. Pure. (Intel SDM Vol. 3A, "Segment
 * Descriptors"; AMD64 APM Vol. 2, "Segment Descriptors")
 */
#ifndef CORE_DESCRIPTOR_H
#define CORE_DESCRIPTOR_H

#include "core/virt.h"

#define FIRST_SELECTOR 8 /* below are null selectors */

/* The descriptor of a selector that is not null. A system descriptor has a second word. */
static inline const uint64_t *descriptor_at(const struct virt_table *gdt, uint16_t selector)
{
    return (const uint64_t *)(gdt->base + (selector & 0xFFF8U));
}

static inline uint32_t descriptor_limit(uint64_t d)
{
    const uint32_t limit = (uint32_t)((d & GENMASK(15, 0)) | (d >> 32 & 0xF0000));

    return d & BIT(55) ? limit << 12 | 0xFFF : limit; /* G */
}

static inline uint64_t descriptor_base(uint64_t d)
{
    return (d >> 16 & GENMASK(23, 0)) | (d >> 32 & 0xFF000000);
}

static inline uint64_t descriptor_system_base(const uint64_t *d)
{
    return descriptor_base(d[0]) | d[1] << 32;
}

#endif
