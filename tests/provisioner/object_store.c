/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/object_store.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "tests/provisioner/object_patch.h"
#include "tests/provisioner/object_path.h"

#include <string.h>

struct object_store {
    json_t *objects; /* by their path */
    long version;
    unsigned uid_count;
};

struct object_store *object_store_new(void)
{
    struct object_store *store = memory_new(sizeof *store);
    store->objects = json_object();
    return store;
}

void object_store_free(struct object_store *store)
{
    if (!store)
        return;
    json_decref(store->objects);
    free(store);
}

static const char *reason_for(int code, const char *method)
{
    static const struct {
        int code;
        const char *reason;
    } reasons[] = {
        {400, "BadRequest"},      {401, "Unauthorized"},         {403, "Forbidden"},
        {404, "NotFound"},        {405, "MethodNotAllowed"},     {409, "Conflict"},
        {410, "Expired"},         {415, "UnsupportedMediaType"}, {422, "Invalid"},
        {429, "TooManyRequests"}, {500, "InternalError"},        {503, "ServiceUnavailable"},
        {504, "Timeout"},
    };

    if (code == 409 && text_equals(method, "POST"))
        return "AlreadyExists";
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (reasons[i].code == code)
            return reasons[i].reason;
    }
    return "";
}

json_t *object_store_status(int code, const char *method, const char *message)
{
    return json_pack("{s:s, s:s, s:{}, s:s, s:s, s:s, s:{}, s:i}", "kind", "Status", "apiVersion",
                     "v1", "metadata", "status", "Failure", "message", message, "reason",
                     reason_for(code, method), "details", "code", code);
}

static int fail(json_t **answer, int code, const char *method, char *take_message)
{
    *answer = object_store_status(code, method, take_message);
    free(take_message);
    return code;
}

static int fail_missing(json_t **answer, const struct object_request *request)
{
    autofree char *what = object_path_describe(request->path, NULL);
    return fail(answer, 404, request->method, memory_format("%s not found", what));
}

static int fail_changed(json_t **answer, const struct object_request *request)
{
    autofree char *what = object_path_describe(request->path, NULL);
    return fail(answer, 409, request->method,
                memory_format("Operation cannot be fulfilled on %s: the object has been modified; "
                              "please apply your changes to the latest version and try again",
                              what));
}

static json_t *metadata(const json_t *object)
{
    return json_object_get(object, "metadata");
}

static const char *metadata_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(metadata(object), key));
}

static void set_metadata(json_t *object, const char *key, const char *text)
{
    if (!metadata(object))
        json_object_set_new(object, "metadata", json_object());
    json_object_set_new(metadata(object), key, json_string(text));
}

static void set_time(json_t *object, const char *key)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format_time(text, clock_wall_us());
    set_metadata(object, key, text);
}

static bool has_finalizers(const json_t *object)
{
    return json_array_size(json_object_get(metadata(object), "finalizers")) > 0;
}

/* Keep it in a new version. */
static json_t *save(struct object_store *store, const char *path, json_t *take_object)
{
    autofree char *version = memory_format("%ld", ++store->version);
    set_metadata(take_object, "resourceVersion", version);
    json_object_set_new(store->objects, path, take_object);
    return take_object;
}

/* A copy, as everything that leaves the store. */
static int answer_with(json_t **answer, int code, const json_t *object)
{
    *answer = json_deep_copy(object);
    return code;
}

static void give_uid(struct object_store *store, json_t *object)
{
    if (metadata_text(object, "uid"))
        return;
    autofree char *uid = memory_format("00000000-0000-4000-8000-%012u", ++store->uid_count);
    set_metadata(object, "uid", uid);
}

void object_store_put(struct object_store *store, const char *path, const json_t *object)
{
    json_t *copy = json_deep_copy(object);
    give_uid(store, copy);
    save(store, path, copy);
}

json_t *object_store_get(const struct object_store *store, const char *path)
{
    return json_object_get(store->objects, path);
}

void object_store_remove(struct object_store *store, const char *path)
{
    json_object_del(store->objects, path);
}

/* One character that may be percent-encoded. */
static char decode(const char **text)
{
    char digits[3] = {0};
    if (**text != '%' || strlen(*text) < 3)
        return *(*text)++;
    memcpy(digits, *text + 1, 2);
    *text += 3;
    return (char)strtoul(digits, NULL, 16);
}

/* The decoded value of labelSelector in a query; "" when there is none. Caller frees. */
static char *selector_in(const char *query)
{
    static const char parameter[] = "labelSelector=";
    char *selector = memory_new(strlen(query) + 1);
    const char *text = strstr(query, parameter);
    text = text ? text + strlen(parameter) : "";
    for (size_t i = 0; *text && *text != '&'; i++)
        selector[i] = decode(&text);
    return selector;
}

/* Only of equal labels: "app=web,tier=front". */
static bool has_labels(const json_t *object, const char *selector)
{
    const json_t *labels = json_object_get(metadata(object), "labels");
    autofree char *rest = memory_copy(selector);
    char *next = rest;
    while (*next) {
        char *term = strsep(&next, ",");
        char *value = strchr(term, '=');
        if (value)
            *value++ = '\0';
        if (!value || !text_equals(json_string_value(json_object_get(labels, term)), value))
            return false;
        if (!next)
            break;
    }
    return true;
}

static int list(const struct object_store *store, const struct object_request *request,
                json_t **answer)
{
    const char *path;
    json_t *object;
    json_t *items = json_array();
    autofree char *selector = selector_in(request->query);
    autofree char *version = memory_format("%ld", store->version);
    json_object_foreach (store->objects, path, object) {
        if (object_path_is_in(path, request->path) && has_labels(object, selector))
            json_array_append_new(items, json_deep_copy(object));
    }
    *answer = json_pack("{s:s, s:s, s:{s:s}, s:o}", "kind", "List", "apiVersion", "v1", "metadata",
                        "resourceVersion", version, "items", items);
    return 200;
}

static int get(const struct object_store *store, const struct object_request *request,
               json_t **answer)
{
    if (strstr(request->query, "watch="))
        return fail(answer, 405, request->method, memory_copy("this server has no watches"));
    if (!object_path_is_object(request->path))
        return list(store, request, answer);
    const json_t *object = object_store_get(store, request->path);
    return object ? answer_with(answer, 200, object) : fail_missing(answer, request);
}

static int create(struct object_store *store, const struct object_request *request, json_t *body,
                  json_t **answer)
{
    const char *name = metadata_text(body, "name");
    if (!name || object_path_is_object(request->path))
        return fail(answer, 400, request->method, memory_copy("name is required"));
    autofree char *path = object_path_join(request->path, name);
    autofree char *what = object_path_describe(request->path, name);
    if (object_store_get(store, path))
        return fail(answer, 409, request->method, memory_format("%s already exists", what));
    give_uid(store, body);
    set_time(body, "creationTimestamp");
    return answer_with(answer, 201, save(store, path, json_incref(body)));
}

/* Whether the change was made to this state of the object, or says nothing of it. */
static bool is_current(const json_t *object, const json_t *changed, const char *key)
{
    const char *text = metadata_text(changed, key);
    return !text || text_equals(text, metadata_text(object, key));
}

/* The object becomes `changed`. */
static int update(struct object_store *store, const struct object_request *request, json_t *changed,
                  json_t **answer)
{
    const json_t *object = object_store_get(store, request->path);
    if (!is_current(object, changed, "resourceVersion") || !is_current(object, changed, "uid"))
        return fail_changed(answer, request);
    if (json_equal(object, changed))
        return answer_with(answer, 200, object);
    answer_with(answer, 200, save(store, request->path, json_incref(changed)));
    if (metadata_text(changed, "deletionTimestamp") && !has_finalizers(changed))
        object_store_remove(store, request->path);
    return 200;
}

static int replace(struct object_store *store, const struct object_request *request, json_t *body,
                   json_t **answer)
{
    const json_t *object = object_store_get(store, request->path);
    if (!object)
        return fail_missing(answer, request);
    if (!metadata_text(body, "uid"))
        set_metadata(body, "uid", metadata_text(object, "uid"));
    return update(store, request, body, answer);
}

static int patch(struct object_store *store, const struct object_request *request,
                 const json_t *body, json_t **answer)
{
    const json_t *object = object_store_get(store, request->path);
    if (!object)
        return fail_missing(answer, request);
    bool is_json_patch = text_equals(request->content_type, "application/json-patch+json");
    if (!is_json_patch && !text_equals(request->content_type, "application/merge-patch+json"))
        return fail(answer, 415, request->method, memory_copy("not a patch that is known here"));
    if (is_json_patch != json_is_array(body))
        return fail(answer, 400, request->method, memory_copy("error decoding patch"));
    json_auto_t *changed = json_deep_copy(object);
    if (!is_json_patch)
        object_patch_merge(changed, body);
    else if (object_patch_apply(changed, body) < 0)
        return fail(answer, 422, request->method,
                    memory_copy("the server rejected our request due to an error in our request"));
    return update(store, request, changed, answer);
}

static int delete(struct object_store *store, const struct object_request *request, json_t **answer)
{
    json_t *object = object_store_get(store, request->path);
    if (!object)
        return fail_missing(answer, request);
    if (!has_finalizers(object)) {
        answer_with(answer, 200, object);
        object_store_remove(store, request->path);
        return 200;
    }
    if (!metadata_text(object, "deletionTimestamp")) {
        json_t *marked = json_deep_copy(object);
        set_time(marked, "deletionTimestamp");
        object = save(store, request->path, marked);
    }
    return answer_with(answer, 200, object);
}

int object_store_serve(struct object_store *store, const struct object_request *request,
                       json_t **answer)
{
    if (object_path_short(request->path) == request->path)
        return fail(answer, 404, request->method,
                    memory_copy("the server could not find the requested resource"));
    if (text_equals(request->method, "GET"))
        return get(store, request, answer);
    if (text_equals(request->method, "DELETE"))
        return delete (store, request, answer);
    json_auto_t *body = json_loads(request->body, 0, NULL);
    if (!body)
        return fail(answer, 400, request->method, memory_copy("the body is not JSON"));
    if (text_equals(request->method, "POST"))
        return create(store, request, body, answer);
    if (text_equals(request->method, "PUT"))
        return replace(store, request, body, answer);
    if (text_equals(request->method, "PATCH"))
        return patch(store, request, body, answer);
    return fail(answer, 405, request->method, memory_copy("the method is not known here"));
}
