/* SPDX-License-Identifier: GPL-2.0-only */
/* Negotiation of VMX control words; see vmx_caps.h. No state. */
#include "core/vmx/vmx_caps.h"

#include <lapwing/string.h>

static void append(struct vmx_missing *m, const char *text)
{
    for (; *text && m->used < sizeof(m->text) - 1; text++)
        m->text[m->used++] = *text;
    m->text[m->used] = '\0';
}

void vmx_missing_add(struct vmx_missing *m, const char *name, const char *why)
{
    if (m->used)
        append(m, ", ");
    append(m, name);
    if (why) {
        append(m, ": ");
        append(m, why);
    }
}

uint32_t vmx_negotiate(uint64_t capability, const struct vmx_control *controls, unsigned count,
                       struct vmx_missing *m)
{
    uint32_t must = (uint32_t)capability, may = (uint32_t)(capability >> 32);
    uint32_t wanted = 0, word;

    for (unsigned i = 0; i < count; i++)
        wanted |= controls[i].wish == VMX_REFUSED ? 0 : controls[i].bit;
    word = (wanted | must) & may;
    for (unsigned i = 0; i < count; i++) {
        const struct vmx_control *c = &controls[i];
        if (c->wish == VMX_NEEDED && !(word & c->bit))
            vmx_missing_add(m, c->name, NULL);
        else if (c->wish == VMX_REFUSED && (word & c->bit))
            vmx_missing_add(m, c->name, "cannot be switched off");
    }
    return word;
}
