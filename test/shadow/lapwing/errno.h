/* SPDX-License-Identifier: GPL-2.0-only */
/* Replaces <lapwing/errno.h> in host tests: the C library's constants. */
#ifndef LAPWING_ERRNO_H
#define LAPWING_ERRNO_H

#include <errno.h>

#endif
