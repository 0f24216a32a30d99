/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/access_modes.h"

#include "base/text.h"

static const struct {
    enum access_mode mode;
    const char *word;
} words[] = {
    {ACCESS_READ_WRITE_ONCE, "ReadWriteOnce"},
    {ACCESS_READ_ONLY_MANY, "ReadOnlyMany"},
    {ACCESS_READ_WRITE_MANY, "ReadWriteMany"},
    {ACCESS_READ_WRITE_ONCE_POD, "ReadWriteOncePod"},
};

enum { WORD_COUNT = sizeof words / sizeof *words };

unsigned access_modes_parse(const json_t *array)
{
    unsigned modes = 0;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *word = json_string_value(json_array_get(array, i));
        for (size_t known = 0; known < WORD_COUNT; known++) {
            if (text_equals(word, words[known].word))
                modes |= words[known].mode;
        }
    }
    return modes;
}

json_t *access_modes_json(unsigned modes)
{
    json_t *array = json_array();
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (modes & words[i].mode)
            json_array_append_new(array, json_string(words[i].word));
    }
    return array;
}
