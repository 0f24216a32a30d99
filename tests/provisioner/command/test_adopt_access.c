/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/command/adopt_access.h"
#include "tests/provisioner/objects.h"

static void who_can_write_is_said(void)
{
    static const struct {
        struct entry entry;
        const char *text;
    } cases[] = {
        {{.mode = 0777}, "0777, owner 0:0: stays so"},
        {{.mode = 02777, .uid = 7, .gid = 8}, "2777, owner 7:8: stays so"},
        {{.mode = 0755},
         "0755, owner 0:0: stays so, and only Pods of user 0 can write; for others, set another "
         "mode on the server"},
        {{.mode = 0770, .uid = 1000, .gid = 2000},
         "0770, owner 1000:2000: stays so, and only Pods of user 1000 or group 2000 can write; for "
         "others, set another mode on the server"},
        {{.mode = 0570, .uid = 1000, .gid = 2000},
         "0570, owner 1000:2000: stays so, and only Pods of group 2000 can write; for others, set "
         "another mode on the server"},
        {{.mode = 0555},
         "0555, owner 0:0: stays so, and no Pod can write: set another mode on the server"},
        {{.mode = 0666},
         "0666, owner 0:0: stays so, and no Pod can write: set another mode on the server"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        autofree char *text = adopt_access_text(&cases[i].entry);
        ASSERT_CASE(is_text(text, cases[i].text), text);
    }
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        TEST(who_can_write_is_said),
        {0},
    };
    return suite_run("adopt access", tests, argc, argv);
}
