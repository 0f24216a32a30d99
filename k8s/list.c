/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/list.h"

#include "k8s/url.h"

enum {
    LARGEST_PAGE = 500,
    /* Of a server that has not begun a larger one in time: even huge objects are few enough. */
    SMALL_PAGE = 10,
    /* So many in a row come well before a larger one is tried: it may break off again. */
    PAGES_BEFORE_GROWTH = 4,
};

struct reading {
    const struct list *list;
    struct client *client;
    int limit;     /* objects of a page; 0: all in one piece */
    int came_well; /* pages in a row, since the limit was changed */
    char *token;   /* of the next page; NULL or "": none */
    char *version; /* of the list; NULL: the server did not say */
    char *offer;   /* a token in place of one that has expired; NULL: none */
    size_t seen;   /* objects of this page so far */
    size_t known;  /* objects after the token that have been reported already */
    bool is_over;  /* the list's owner has ended it */
};

static bool is_known(struct reading *reading)
{
    return reading->seen++ < reading->known;
}

static int on_object(void *context, json_t *object, struct error *err)
{
    struct reading *reading = context;
    const struct list *list = reading->list;
    if (!is_known(reading) && list->object(list->context, object, err) < 0)
        reading->is_over = true;
    return reading->is_over ? -1 : 0;
}

static int on_unreadable(void *context, const struct error *problem, struct error *err)
{
    struct reading *reading = context;
    const struct list *list = reading->list;
    if (is_known(reading))
        return 0;
    if (list->unreadable) {
        list->unreadable(list->context, problem);
        return 0;
    }
    reading->is_over = true;
    *err = *problem;
    return -1;
}

/* Caller frees. */
static char *page_path(const struct reading *reading)
{
    const struct list *list = reading->list;
    const char *query = list->query ? list->query : "";
    autofree char *path = resource_path(list->resource, list->namespace, NULL);
    autofree char *token = url_encode(reading->token ? reading->token : "");
    if (!reading->limit)
        return memory_format("%s%s%s", path, *query ? "?" : "", query);
    return memory_format("%s?%s%slimit=%d%s%s", path, query, *query ? "&" : "", reading->limit,
                         *token ? "&continue=" : "", token);
}

static int read_page(struct reading *reading, enum page_failure *failure, struct error *err)
{
    const struct page_sink sink = {
        .object = on_object, .unreadable = on_unreadable, .context = reading};
    autodestroy(page) struct page *page = page_new(LONGEST_OBJECT, &sink);
    autofree char *path = page_path(reading);
    reading->seen = 0;
    if (client_list(reading->client, path, page, failure, err) < 0) {
        if (reading->is_over)
            return -1;
        memory_replace(&reading->offer, memory_copy(page_token(page)));
        return error_wrap(err, "list %s", reading->list->resource->plural);
    }
    reading->known -= reading->seen < reading->known ? reading->seen : reading->known;
    memory_replace(&reading->version, memory_copy(page_version(page)));
    memory_replace(&reading->token, memory_copy(page_token(page)));
    return 0;
}

static void set_limit(struct reading *reading, int limit)
{
    reading->limit = limit;
    reading->came_well = 0;
}

/* A page after the first has the same objects when it is asked for again. */
static void ask_for_fewer(struct reading *reading, int limit, const struct error *err)
{
    const struct list *list = reading->list;
    set_limit(reading, limit);
    if (!reading->token)
        list->begun(list->context, err);
    else if (reading->seen > reading->known)
        reading->known = reading->seen;
}

/* A server that is silent may have too much to read, or be unwell: it is asked once more. */
static int fewer(const struct reading *reading, enum page_failure failure)
{
    if (reading->is_over || failure == PAGE_FAILED)
        return 0;
    if (failure == PAGE_BROKE_OFF)
        return reading->limit / 2;
    return reading->limit > SMALL_PAGE ? SMALL_PAGE : 0;
}

static void grow(struct reading *reading)
{
    if (++reading->came_well == PAGES_BEFORE_GROWTH)
        set_limit(reading, reading->limit < LARGEST_PAGE / 2 ? 2 * reading->limit : LARGEST_PAGE);
}

static int read_pages(struct reading *reading, struct error *err)
{
    do {
        enum page_failure failure = PAGE_FAILED;
        while (read_page(reading, &failure, err) < 0) {
            int limit = fewer(reading, failure);
            if (limit == 0)
                return -1;
            ask_for_fewer(reading, limit, err);
        }
        grow(reading);
    } while (reading->token && *reading->token);
    return 0;
}

static bool has_expired(const struct reading *reading, const struct error *err)
{
    return !reading->is_over && err->kind == ERROR_EXPIRED;
}

/* With the token that the server offered instead of the one that it has forgotten. */
static int go_on(struct reading *reading, struct error *err)
{
    memory_replace(&reading->token, steal(reading->offer));
    return read_pages(reading, err);
}

static int begin_again(struct reading *reading, struct error *err)
{
    const struct list *list = reading->list;
    list->begun(list->context, err);
    memory_replace(&reading->token, NULL);
    reading->known = 0;
    reading->limit = 0;
    enum page_failure failure; /* there is no smaller one */
    return read_page(reading, &failure, err);
}

static int read_all(struct reading *reading, bool needs_version, struct error *err)
{
    int result = read_pages(reading, err);
    if (result < 0 && has_expired(reading, err) && !needs_version && reading->offer &&
        reading->known == 0)
        result = go_on(reading, err);
    if (result < 0 && has_expired(reading, err))
        result = begin_again(reading, err);
    return result;
}

int list_objects(const struct list *list, struct client *client, char **version, struct error *err)
{
    struct reading reading = {.list = list, .client = client, .limit = LARGEST_PAGE};
    list->begun(list->context, NULL);
    int result = read_all(&reading, version != NULL, err);
    if (result == 0 && version && !reading.version)
        result = error_set(err, ERROR_UNAVAILABLE,
                           "list %s: the API server sent a list without a resourceVersion",
                           list->resource->plural);
    if (result == 0 && version)
        *version = steal(reading.version);
    free(reading.token);
    free(reading.version);
    free(reading.offer);
    return result;
}
