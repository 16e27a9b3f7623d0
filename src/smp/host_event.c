/* SPDX-License-Identifier: GPL-2.0-only */
/* Events that reach a CPU in the host; see host_event.h. State: the CPU's own vcpu. */
#include "smp/host_event.h"

#include "core/machine.h"
#include "core/virt.h"
#include "smp/kick.h"
#include "smp/park.h"

uint64_t smp_host_nmi(uint64_t rip)
{
    kick_nmi_taken(this_cpu());
    return virt_nmi_taken(this_cpu(), park_resume_rip(rip));
}

uint64_t smp_host_init(uint64_t rip)
{
    smp_hardware_event(this_cpu(), SIPI_EVENT_INIT, 0);
    return park_resume_rip(rip);
}
