/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/list.h"

#include "k8s/url.h"

struct reading {
    const struct list *list;
    struct client *client;
    char *token;   /* of the next page; NULL or "": none */
    char *version; /* of the list; NULL: the server did not say */
};

static const char *metadata_text(const json_t *page, const char *key)
{
    return json_string_value(json_object_get(json_object_get(page, "metadata"), key));
}

static json_t *request(const struct reading *reading, const char *query, struct error *err)
{
    const struct list *list = reading->list;
    json_t *page = client_list(reading->client, list->resource, list->namespace, query, err);
    if (!page)
        error_wrap(err, "list %s", list->resource->plural);
    return page;
}

static int report(struct reading *reading, const json_t *page, struct error *err)
{
    const struct list *list = reading->list;
    size_t i;
    json_t *object;
    json_array_foreach (json_object_get(page, "items"), i, object) {
        if (list->object(list->context, object, err) < 0)
            return -1;
    }
    memory_replace(&reading->version, memory_copy(metadata_text(page, "resourceVersion")));
    memory_replace(&reading->token, memory_copy(metadata_text(page, "continue")));
    return 0;
}

static int read_pages(struct reading *reading, bool *has_expired, struct error *err)
{
    const char *query = reading->list->query;
    do {
        autofree char *token = url_encode(reading->token ? reading->token : "");
        autofree char *page_query =
            memory_format("%s%slimit=500%s%s", query ? query : "", query ? "&" : "",
                          *token ? "&continue=" : "", token);
        json_auto_t *page = request(reading, page_query, err);
        *has_expired = !page && err->kind == ERROR_EXPIRED;
        if (!page || report(reading, page, err) < 0)
            return -1;
    } while (reading->token && *reading->token);
    return 0;
}

int list_objects(const struct list *list, struct client *client, char **version, struct error *err)
{
    struct reading reading = {.list = list, .client = client};
    bool has_expired = false;

    list->begun(list->context, NULL);
    int result = read_pages(&reading, &has_expired, err);
    if (has_expired) {
        list->begun(list->context, err);
        json_auto_t *whole = request(&reading, list->query, err);
        result = whole ? report(&reading, whole, err) : -1;
    }
    if (result == 0 && version && !reading.version)
        result = error_set(err, ERROR_UNAVAILABLE,
                           "list %s: the API server sent a list without a resourceVersion",
                           list->resource->plural);
    if (result == 0 && version)
        *version = steal(reading.version);
    free(reading.token);
    free(reading.version);
    return result;
}
