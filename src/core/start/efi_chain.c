/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's first act under UEFI; see efi_app.h. All of this runs as the guest, in the guest's memory.
 * So what it logs comes by the guest's own access to COM1.
 */
#include "core/start/efi_app.h"

#include "core/host/log.h"
#include "core/start/efi_path.h"
#include "core/start/options.h"

#define PATH_MAX 512

static const struct efi_guid file_system = {
    0x964E5B22, 0x6459, 0x11D2, {0x8E, 0x39, 0x00, 0xA0, 0xC9, 0x69, 0x72, 0x3B}};
static const struct efi_guid device_path = {
    0x09576E91, 0x6D3F, 0x11D2, {0x8E, 0x39, 0x00, 0xA0, 0xC9, 0x69, 0x72, 0x3B}};

static bool load(efi_handle device, const char *file, efi_handle *image)
{
    const struct efi_boot_services *services = efi_app.table->boot;
    uint8_t path[PATH_MAX];
    void *from;

    return services->handle_protocol(device, &device_path, &from) == 0 &&
           efi_path_of_file(from, file, path, sizeof(path)) &&
           services->load_image(false, efi_app.image, path, NULL, 0, image) == 0;
}

efi_status efi_chain(void)
{
    const struct efi_boot_services *services = efi_app.table->boot;
    struct options options;
    efi_handle *devices, image;
    uint64_t count;

    options_parse(efi_app.cmdline, &options);
    if (services->locate_handle_buffer(EFI_BY_PROTOCOL, &file_system, NULL, &count, &devices))
        count = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (load(devices[i], options.file, &image))
            return services->start_image(image, NULL, NULL);
    }
    log_error("no file system of the firmware's has a UEFI program '%s' (chain=)", options.file);
    return EFI_NOT_FOUND;
}
