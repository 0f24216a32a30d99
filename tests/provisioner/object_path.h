/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

/* Paths of the API, such as "/api/v1/namespaces/shop/persistentvolumeclaims/data", as they are in
 * requests: still encoded. */

/* What follows the version: "namespaces/shop/persistentvolumeclaims/data". The whole path when
 * it is of another kind, such as "/version". */
const char *object_path_short(const char *path);

/* Whether it names one object, and not a collection of them. */
bool object_path_is_object(const char *path);

/* "persistentvolumeclaims \"data\"", or "statefulsets.apps \"web\"", for messages. The object's
 * name is the last part of the path, or `name` when the path is a collection. Caller frees. */
char *object_path_describe(const char *path, const char *name);

/* The path of the object `name` in a collection. Caller frees. */
char *object_path_join(const char *collection, const char *name);

/* Whether an object's path is in the collection, which may be that of all namespaces. */
bool object_path_is_in(const char *path, const char *collection);
