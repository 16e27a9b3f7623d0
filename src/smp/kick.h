/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kicks, and whose an NMI is. A CPU is kicked with an NMI, and the guest has NMIs of its own. The
 * sender of a kick sets vcpu->kicked before it sends, and sends none while the flag is set. So one
 * NMI is Lapwing's for each time the flag goes up, and every other one is the guest's.
 */
#ifndef SMP_KICK_H
#define SMP_KICK_H

#include "core/vcpu.h"

/* Makes `target` leave the guest, or wake up, soon. From any CPU; idempotent; cannot be lost. */
void kick(struct vcpu *target);

/* Accounts for one physical NMI that this CPU took, in the host or by an exit. */
void kick_nmi_taken(struct vcpu *v);

#endif
