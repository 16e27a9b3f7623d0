/* SPDX-License-Identifier: GPL-2.0-only */
/* XAPIC_METHOD_MTF: every write is stepped, by the monitor trap flag. */
#include "apic/apic.h"
#include "apic/xapic_trap/xapic_method.h"

const char apic_method_name[] = "mtf";

enum exit_result xapic_method(struct vcpu *v, const struct vm_exit *x)
{
    return xapic_step(v, x);
}
