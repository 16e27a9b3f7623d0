/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fake of <lapwing/string.h> for host tests: the C library's functions, which the sanitizers check.
 */
#ifndef LAPWING_STRING_H
#define LAPWING_STRING_H

#include <string.h>

#endif
