/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

#include <stdbool.h>

/*
 * What the workers' queue holds: the kind and the name of something to work on. It travels as text,
 * such as "volume:pvc-1", so that the libraries that wake the work need not know the kinds.
 */
enum work_kind {
    WORK_CLAIM,  /* "namespace/name" */
    WORK_VOLUME, /* the volume's name */
    WORK_AUDIT,  /* the name of the storage class that has the export */
    WORK_SIGN,   /* the same: our cluster's sign of life on it */
};

struct work_key {
    enum work_kind kind;
    const char *name;
};

/* The key as text. Caller frees. */
char *work_key_of_claim(const char *namespace, const char *name);
char *work_key_of_volume(const char *name);
char *work_key_of_audit(const char *class_name);
char *work_key_of_sign(const char *class_name);

/* Is a user waiting for this work, or must it not wait for other work? Audits and the records of
 * volumes that are there already are not urgent. */
bool work_key_is_urgent(const char *text);

/* `text` was made by one of the four above. The name is borrowed from it. */
struct work_key work_key_parse(const char *text);
