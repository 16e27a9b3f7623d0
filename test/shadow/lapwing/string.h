/* SPDX-License-Identifier: GPL-2.0-only */
/* Replaces <lapwing/string.h> in host tests: the C library's functions, which sanitizers check. */
#ifndef LAPWING_STRING_H
#define LAPWING_STRING_H

#include <string.h>

#endif
