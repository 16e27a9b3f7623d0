/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of UEFI's interfaces Lapwing calls, as an application with boot services alive. Functions that
 * are not called are words. (UEFI Specification, "EFI System Table", "EFI Boot Services Table")
 */
#ifndef CORE_START_EFI_H
#define CORE_START_EFI_H

#include <lapwing/types.h>

typedef uint64_t efi_status; /* 0: success */
typedef void *efi_handle;

#define EFIAPI __attribute__((ms_abi))

#define EFI_ERROR(n)  (BIT(63) | (n))
#define EFI_NOT_FOUND EFI_ERROR(14)

struct efi_guid {
    uint32_t a;
    uint16_t b, c;
    uint8_t d[8];
};

enum efi_allocate { EFI_ANY_PAGES, EFI_BELOW, EFI_AT };

struct efi_boot_services {
    uint64_t header[3];
    uint64_t raise_tpl, restore_tpl;
    efi_status(EFIAPI *allocate_pages)(enum efi_allocate how, uint32_t type, uint64_t pages,
                                       hpa_t *at);
    efi_status(EFIAPI *free_pages)(hpa_t at, uint64_t pages);
    efi_status(EFIAPI *get_memory_map)(uint64_t *size, void *map, uint64_t *key, uint64_t *step,
                                       uint32_t *version);
    efi_status(EFIAPI *allocate_pool)(uint32_t type, uint64_t size, void **at);
    uint64_t free_pool;
    uint64_t events[6];
    uint64_t protocol_interfaces[3];
    efi_status(EFIAPI *handle_protocol)(efi_handle handle, const struct efi_guid *protocol,
                                        void **interface);
    uint64_t reserved;
    uint64_t register_protocol_notify, locate_handle, locate_device_path;
    uint64_t install_configuration_table;
    efi_status(EFIAPI *load_image)(uint8_t policy, efi_handle parent, const void *path,
                                   const void *source, uint64_t size, efi_handle *image);
    efi_status(EFIAPI *start_image)(efi_handle image, uint64_t *data_size, void **data);
    uint64_t exit, unload_image, exit_boot_services;
    uint64_t next_monotonic_count, stall, set_watchdog_timer;
    uint64_t connect_controller, disconnect_controller;
    uint64_t open_protocol, close_protocol, open_protocol_information, protocols_per_handle;
    efi_status(EFIAPI *locate_handle_buffer)(uint32_t by, const struct efi_guid *protocol,
                                             const void *key, uint64_t *count,
                                             efi_handle **handles);
};

#define EFI_BY_PROTOCOL 2

_Static_assert(offsetof(struct efi_boot_services, get_memory_map) == 56, "UEFI layout");
_Static_assert(offsetof(struct efi_boot_services, handle_protocol) == 152, "UEFI layout");
_Static_assert(offsetof(struct efi_boot_services, load_image) == 200, "UEFI layout");
_Static_assert(offsetof(struct efi_boot_services, locate_handle_buffer) == 312, "UEFI layout");

struct efi_configuration_table {
    struct efi_guid vendor;
    const void *table;
};

/* (UEFI Specification, "EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL") */
struct efi_text_output {
    uint64_t reset;
    efi_status(EFIAPI *output_string)(struct efi_text_output *self, const uint16_t *text);
};

struct efi_system_table {
    uint64_t header[3];
    const void *vendor;
    uint64_t revision;
    uint64_t console_in[2];
    efi_handle console_out_handle;
    struct efi_text_output *console_out;
    uint64_t standard_error[2];
    void *runtime;
    const struct efi_boot_services *boot;
    uint64_t table_count;
    const struct efi_configuration_table *tables;
};

_Static_assert(offsetof(struct efi_system_table, boot) == 96, "UEFI layout");

/* (UEFI Specification, "EFI_LOADED_IMAGE_PROTOCOL") */
struct efi_loaded_image {
    uint64_t revision;
    efi_handle parent;
    const struct efi_system_table *system_table;
    efi_handle device;
    const void *path;
    uint64_t reserved;
    uint32_t options_size; /* bytes */
    const uint16_t *options;
};

_Static_assert(offsetof(struct efi_loaded_image, options) == 56, "UEFI layout");

#endif
