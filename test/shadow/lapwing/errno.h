/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fake of <lapwing/errno.h> for host tests: the C library's constants.
 */
#ifndef LAPWING_ERRNO_H
#define LAPWING_ERRNO_H

#include <errno.h>

#endif
