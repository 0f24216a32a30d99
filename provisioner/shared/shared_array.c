/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/shared/shared_array.h"

#include "base/memory.h"
#include "provisioner/shared/shared.h"

void shared_array_add(void *array, size_t *count, void *take_object)
{
    void ***objects = array;
    *objects = memory_grow(*objects, *count + 1, sizeof(void *));
    (*objects)[(*count)++] = take_object;
}

void shared_array_clear(void *array, size_t *count)
{
    void ***objects = array;
    for (size_t i = 0; i < *count; i++)
        shared_release((*objects)[i]);
    free(*objects);
    *objects = NULL;
    *count = 0;
}
