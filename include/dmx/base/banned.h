/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The dmx authors */
/*
 * Calls that have no place in dmx: each is a compile error. Include this last. string functions without a length,
 * locale-dependent ones, the shell, wall-clock time outside clock.c, and everything that would end the host process.
 */
#ifndef DMX_BASE_BANNED_H
#define DMX_BASE_BANNED_H

#undef sprintf /* macros of glibc where clang fortifies */
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok strtok_r gets
#pragma GCC poison atoi atol atoll sscanf strtol strtoul strtoll strtoull strtod
#undef alloca /* a macro in some headers */
#pragma GCC poison alloca system popen localtime gmtime ctime asctime tmpnam
#pragma GCC poison isalpha isdigit isalnum isspace isprint tolower toupper
#pragma GCC poison setlocale alarm setitimer

#endif
