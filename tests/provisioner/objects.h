/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/memory.h"
#include "provisioner/object/claim.h"
#include "provisioner/object/storage_class.h"
#include "tests/suite.h"

#include <jansson.h>

/* End the test if the object is NULL. The analyzer does not know that the assertion never returns.
 */
static inline void require(const void *object)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(object);
    if (!object)
        abort();
}

/* API objects for tests: a usable object with the changes of a case. In texts, ' stands for ". */

static inline json_t *object_from(const char *text)
{
    autofree char *quoted = memory_copy(text);
    for (char *c = quoted; *c; c++) {
        if (*c == '\'')
            *c = '"';
    }
    json_t *object = json_loads(quoted, JSON_DECODE_ANY, NULL);
    require(object);
    return object;
}

static inline json_t *object_with(const char *base, const char *changes)
{
    json_t *object = object_from(base);
    json_auto_t *other = object_from(changes);
    CU_ASSERT_EQUAL_FATAL(json_object_update_recursive(object, other), 0);
    return object;
}

static inline json_t *claim_object(const char *changes)
{
    return object_with(
        "{'kind': 'PersistentVolumeClaim', 'apiVersion': 'v1',"
        " 'metadata': {'namespace': 'default', 'name': 'data', 'uid': 'uid-1',"
        "  'resourceVersion': '7',"
        "  'annotations': {'volume.kubernetes.io/storage-provisioner': 'mooring/nfs'}},"
        " 'spec': {'storageClassName': 'nfs', 'accessModes': ['ReadWriteMany'],"
        "  'resources': {'requests': {'storage': '1Gi'}}}}",
        changes);
}

static inline json_t *storage_class_object(const char *changes)
{
    return object_with(
        "{'metadata': {'name': 'nfs'}, 'provisioner': 'mooring/nfs', 'reclaimPolicy': 'Retain',"
        " 'volumeBindingMode': 'Immediate'}",
        changes);
}

static inline struct claim *claim_with(const char *changes)
{
    json_auto_t *object = claim_object(changes);
    struct error err;
    struct claim *claim = claim_parse(object, &err);
    require(claim);
    return claim;
}

/* The provisioner has NFS_SERVER=server.example and NFS_PATH=/export. */
static inline struct storage_class *storage_class_with(const char *changes)
{
    static const struct export_default fallback = {"server.example", "/export"};
    json_auto_t *object = storage_class_object(changes);
    struct error err;
    struct storage_class *storage_class = storage_class_parse(object, &fallback, &err);
    require(storage_class);
    return storage_class;
}

/* An assertion in a table of cases; `label` names the case in the report. */
#define ASSERT_CASE(condition, label)                                                              \
    assert_case((condition), __LINE__, #condition, __FILE__, (label))

static inline void assert_case(bool holds, unsigned line, const char *condition, const char *file,
                               const char *label)
{
    autofree char *text = memory_format("%s, for %s", condition, label);
    CU_assertImplementation(holds, line, text, file, "", CU_FALSE);
}

/* Equal texts, or both missing. */
static inline bool is_text(const char *text, const char *expected)
{
    return text && expected ? strcmp(text, expected) == 0 : text == expected;
}
