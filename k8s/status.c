/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/status.h"

#include "base/text.h"

/* Any limit will do that fits into milliseconds: base/backoff has the one that counts. */
enum { LONGEST_RETRY_AFTER_S = 3600 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const json_t *causes_of(const struct status *status)
{
    return json_object_get(json_object_get(status->object, "details"), "causes");
}

static bool has_cause(const struct status *status, const char *reason)
{
    size_t i;
    json_t *cause;

    json_array_foreach (causes_of(status), i, cause) {
        if (text_equals(text_of(cause, "reason"), reason))
            return true;
    }
    return false;
}

/*
 * A JSON patch whose `test` fails and an object that does not pass validation are both 422. Only
 * validation says which fields it means.
 */
static bool is_failed_test(const struct status *status)
{
    return status->json_patch && json_array_size(causes_of(status)) == 0;
}

enum error_kind status_error_kind(const struct status *status)
{
    if (status->code >= 500)
        return ERROR_UNAVAILABLE;
    switch (status->code) {
    case 401:
        return ERROR_FORBIDDEN;
    case 403:
        return has_cause(status, "NamespaceTerminating") ? ERROR_NOT_FOUND : ERROR_FORBIDDEN;
    case 404:
        return ERROR_NOT_FOUND;
    case 408:
    case 429:
        return ERROR_UNAVAILABLE;
    case 409:
        return text_equals(text_of(status->object, "reason"), "AlreadyExists")
                   ? ERROR_ALREADY_EXISTS
                   : ERROR_CONFLICT;
    case 410:
        return ERROR_EXPIRED;
    case 422:
        return is_failed_test(status) ? ERROR_CONFLICT : ERROR_INVALID;
    default:
        return ERROR_INVALID;
    }
}

static int retry_after_ms(const struct status *status)
{
    const json_t *details = json_object_get(status->object, "details");
    json_int_t seconds = json_integer_value(json_object_get(details, "retryAfterSeconds"));
    if (seconds < 0)
        return 0;
    return seconds > LONGEST_RETRY_AFTER_S ? LONGEST_RETRY_AFTER_S * 1000 : (int)seconds * 1000;
}

int status_error(const struct status *status, const char *request, struct error *err)
{
    enum error_kind kind = status_error_kind(status);
    const char *message = text_of(status->object, "message");

    if (status->code == 401)
        error_set(err, kind, "the API server does not accept our credentials (%s)", request);
    else if (kind == ERROR_CONFLICT && status->code == 422) /* its own sentence gives no reason */
        error_set(err, kind, "the object has changed meanwhile (%s)", request);
    else if (*message)
        error_set(err, kind, "%s", message);
    else
        error_set(err, kind, "the API server answered HTTP %ld to %s", status->code, request);
    err->retry_after_ms = retry_after_ms(status);
    return -1;
}
