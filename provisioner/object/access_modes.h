/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>

/* The access modes of a claim or a volume, as a set of bits. */
enum access_mode {
    ACCESS_READ_WRITE_ONCE = 1 << 0,
    ACCESS_READ_ONLY_MANY = 1 << 1,
    ACCESS_READ_WRITE_MANY = 1 << 2,
    ACCESS_READ_WRITE_ONCE_POD = 1 << 3,
};

/* Parse an array such as ["ReadWriteOnce"]. NULL and unknown words add nothing. */
unsigned access_modes_parse(const json_t *array);
/* The same as a new array. */
json_t *access_modes_json(unsigned modes);
