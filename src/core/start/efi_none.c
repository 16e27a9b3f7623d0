/* SPDX-License-Identifier: GPL-2.0-only */
/* For strategies without a UEFI application (Kconfig's EFI_APP): nobody calls these functions. */
#include <lapwing/errno.h>
#include "core/start/efi_app.h"

int efi_app_info(struct boot_info *out, const char **why)
{
    (void)out;
    (void)why;
    return -EINVAL;
}

hpa_t efi_app_take(uint64_t size)
{
    (void)size;
    return 0;
}

void efi_app_leave(void)
{
}

void efi_app_enter(struct vcpu *v)
{
    (void)v;
}
