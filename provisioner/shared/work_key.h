/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"

/*
 * What the workers' queue holds: the kind and the name of something to work on. It travels as text,
 * such as "volume:pvc-1", so that the libraries that wake the work need not know the kinds.
 */
enum work_kind {
    WORK_CLAIM,  /* "namespace/name" */
    WORK_VOLUME, /* the volume's name */
    WORK_AUDIT,  /* the name of the storage class that has the export */
};

struct work_key {
    enum work_kind kind;
    const char *name;
};

/* The key as text. Caller frees. */
char *work_key_of_claim(const char *namespace, const char *name);
char *work_key_of_volume(const char *name);
char *work_key_of_audit(const char *class_name);

/* `text` was made by one of the three above. The name is borrowed from it. */
struct work_key work_key_parse(const char *text);
