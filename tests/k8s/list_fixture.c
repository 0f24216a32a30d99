/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/k8s/list_fixture.h"

#include <string.h>

static void tell(struct list_fixture *self, const char *what)
{
    strncat(self->text, what, sizeof self->text - strlen(self->text) - 1);
}

static void on_begun(void *context, const struct error *expired)
{
    struct list_fixture *self = context;
    if (expired)
        self->expired = *expired;
    tell(self, "[");
}

static int on_object(void *context, json_t *object, struct error *err)
{
    struct list_fixture *self = context;
    const char *name = NULL;
    json_unpack(object, "{s:{s:s}}", "metadata", "name", &name);
    tell(self, name);
    tell(self, " ");
    if (self->failing_object && strcmp(self->failing_object, name) == 0)
        return error_set(err, self->failure, "this one is wrong");
    return 0;
}

void list_fixture_unreadable(void *context, const struct error *problem)
{
    struct list_fixture *self = context;
    self->problem = *problem;
    tell(self, "?");
}

void list_fixture_start(struct list_fixture *self)
{
    memset(self, 0, sizeof *self);
    self->list = (struct list){.resource = &resource_pods,
                               .namespace = "team",
                               .context = self,
                               .begun = on_begun,
                               .object = on_object};
    client_fixture_start(&self->fixture);
}

void list_fixture_end(struct list_fixture *self)
{
    free(self->version);
    client_fixture_stop(&self->fixture);
}

void list_fixture_answer(struct list_fixture *self, const char *request, int status,
                         const char *body)
{
    scripted_server_answer(self->fixture.server, .request = request, .status = status,
                           .body = body);
}

int list_fixture_run(struct list_fixture *self)
{
    return list_objects(&self->list, self->fixture.client, &self->version, &self->err);
}

const char *list_fixture_line(struct list_fixture *self, size_t index)
{
    return scripted_server_seen(self->fixture.server, index)->line;
}
