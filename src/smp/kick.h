/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kicks, and to whom an NMI belongs. A kick is an NMI, and the guest has NMIs of its own. The
 * sender of a kick sets vcpu->kicked before it sends, and sends nothing while the flag is set. So
 * each time that the flag rises one NMI is Lapwing's, and every other NMI is the guest's.
 */
#ifndef SMP_KICK_H
#define SMP_KICK_H

#include "core/vcpu.h"

/* Makes `target` leave the guest, or wake up, soon. Any CPU may call it, any number of times. */
void kick(struct vcpu *target);

/* Gives `target` an NMI of the guest's, without a physical NMI of its own. Any CPU may call it. */
void kick_with_nmi(struct vcpu *target);

/* Accounts for one physical NMI that this CPU took, in the host or by an exit. */
void kick_nmi_taken(struct vcpu *v);

#endif
