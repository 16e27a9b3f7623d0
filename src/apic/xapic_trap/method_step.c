/* SPDX-License-Identifier: GPL-2.0-only */
/* XAPIC_METHOD_DB and XAPIC_METHOD_MTF: every write is stepped; the vendor knows by what means. */
#include "apic/xapic_trap/xapic_method.h"

enum exit_result xapic_method(struct vcpu *v, const struct xapic_target *t)
{
    return xapic_step(v, t);
}
