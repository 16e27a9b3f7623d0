/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the prepared second-level tables end there may still be devices (64-bit BARs of large
 * machines). Each CPU maps one stretch of that at a time, on demand, with table pages of its own:
 * no lock, and nothing that a guest which touches everything could use up.
 */
#ifndef CORE_MEMORY_SLAT_WINDOW_H
#define CORE_MEMORY_SLAT_WINDOW_H

#include "core/memory/pt.h"

struct vcpu;

/* A directory-pointer table, and a directory where there are no 1 GiB pages. */
#define SLAT_WINDOW_PAGES 2

struct slat_window {
    struct pt_pool pool;
    gpa_t base;
    bool mapped;
};

/* Gives the vCPU its table pages: SLAT_WINDOW_PAGES of them, page-aligned. */
void slat_window_init(struct vcpu *v, void *pages);

/* Unmaps the window; it comes back by itself, with the memory type of then. */
void slat_window_forget(struct vcpu *v);

/* Moves the window to where `gpa` is. False if that is no address at all on this machine. */
bool slat_window_move(struct vcpu *v, gpa_t gpa);

#endif
