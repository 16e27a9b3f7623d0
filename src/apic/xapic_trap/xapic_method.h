/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a refused write to the xAPIC page is carried out: stepped (method_step.c) or decoded
 * (method_decode.c). Kconfig links one of the two files. The decoder steps what it cannot decode.
 * Both functions run on the vCPU's own CPU.
 */
#ifndef APIC_XAPIC_TRAP_XAPIC_METHOD_H
#define APIC_XAPIC_TRAP_XAPIC_METHOD_H

#include "apic/xapic_trap/xapic_target.h"
#include "core/vm_exit.h"

/* Carries out the write that faulted. Every register goes through xapic_page_write(). */
enum exit_result xapic_method(struct vcpu *v, const struct xapic_target *t);

/* Begins a step with a scratch page, which serves any instruction. */
enum exit_result xapic_step(struct vcpu *v, const struct xapic_target *t);

#endif
