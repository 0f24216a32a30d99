/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

/*
 * What the workers' queue holds: the name of something to work on, with its kind. As a text, the
 * key goes through libraries that know nothing of kinds and wakes the work again.
 */
enum work_kind {
    WORK_CLAIM,  /* "namespace/name" */
    WORK_VOLUME, /* the volume's name */
    WORK_AUDIT,  /* of the export of a storage class, by the name of the class */
};

struct work_key {
    enum work_kind kind;
    const char *name;
};

/* The texts of keys. Caller frees. */
char *work_key_of_claim(const char *namespace, const char *name);
char *work_key_of_volume(const char *name);
char *work_key_of_audit(const char *class_name);

/* The key of a text that one of these made. It borrows from the text. */
struct work_key work_key_parse(const char *text);
