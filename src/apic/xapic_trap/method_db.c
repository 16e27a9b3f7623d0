/* SPDX-License-Identifier: GPL-2.0-only */
/* XAPIC_METHOD_DB: every write is stepped, by #DB. */
#include "apic/apic.h"
#include "apic/xapic_trap/xapic_method.h"

const char apic_method_name[] = "db";

enum exit_result xapic_method(struct vcpu *v, const struct vm_exit *x)
{
    return xapic_step(v, x);
}
