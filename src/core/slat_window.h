/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices may lie above the prepared second-level tables (64-bit BARs of large machines). Each CPU
 * maps one stretch of these addresses at a time, on demand, with table pages of its own. So there
 * is no lock, and a guest that touches everything uses nothing up. Each function runs on the vCPU's
 * own CPU, but for slat_window_init().
 */
#ifndef CORE_SLAT_WINDOW_H
#define CORE_SLAT_WINDOW_H

#include "core/memory/pt.h"

struct vcpu;

/* A directory-pointer table, and a directory if there are no 1 GiB pages. */
#define SLAT_WINDOW_PAGES 2

struct slat_window {
    struct pt_pool pool;
    gpa_t base;
    bool mapped;
};

/* Gives the vCPU its table pages: SLAT_WINDOW_PAGES of them, page-aligned. On the boot CPU. */
void slat_window_init(struct vcpu *v, void *pages);

/* Unmaps the window. The next fault maps it again, with the memory type of that time. */
void slat_window_forget(struct vcpu *v);

/*
 * Moves the window to the stretch that `gpa` is in. Returns false if the machine has no such
 * address.
 */
bool slat_window_move(struct vcpu *v, gpa_t gpa);

#endif
