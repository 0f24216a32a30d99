/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/object/stateful_set.h"

#include "base/text.h"
#include "k8s/url.h"

static void destroy(void *object)
{
    struct stateful_set *set = object;
    for (size_t i = 0; i < set->template_count; i++) {
        free(set->templates[i]);
        free(set->template_classes[i]);
    }
    free(set->templates);
    free(set->template_classes);
    free(set->namespace);
    free(set->name);
    free(set->uid);
    free(set->selector);
    free(set->current_revision);
    free(set->update_revision);
    free(set);
}

static void append_term(char **text, char *take_term)
{
    autofree char *term = take_term;
    memory_replace(text, **text ? memory_format("%s,%s", *text, term) : memory_copy(term));
}

/* A matchExpression as text: "tier in (db,cache)", "tier", "!tier". */
static char *expression_text(json_t *expression)
{
    const char *key = "", *operator= "";
    json_t *values = NULL;
    json_unpack(expression, "{s:s, s:s, s?o}", "key", &key, "operator", &operator, "values",
                &values);
    if (text_equals(operator, "Exists"))
        return memory_copy(key);
    if (text_equals(operator, "DoesNotExist"))
        return memory_format("!%s", key);

    autofree char *list = memory_copy("");
    for (size_t i = 0; i < json_array_size(values); i++)
        append_term(&list, memory_copy(json_string_value(json_array_get(values, i))));
    return memory_format("%s %s (%s)", key, text_equals(operator, "NotIn") ? "notin" : "in", list);
}

static char *selector_text(json_t *selector)
{
    char *text = memory_copy("");
    const char *key;
    json_t *value;
    json_object_foreach (json_object_get(selector, "matchLabels"), key, value) {
        append_term(&text, memory_format("%s=%s", key, json_string_value(value)));
    }
    json_t *expressions = json_object_get(selector, "matchExpressions");
    for (size_t i = 0; i < json_array_size(expressions); i++)
        append_term(&text, expression_text(json_array_get(expressions, i)));
    return text;
}

static void parse_templates(struct stateful_set *set, json_t *templates)
{
    size_t room = json_array_size(templates) + 1;
    set->templates = memory_new(room * sizeof *set->templates);
    set->template_classes = memory_new(room * sizeof *set->template_classes);
    for (size_t i = 0; i < json_array_size(templates); i++) {
        const char *name = NULL, *class_name = NULL, *old_class_name = NULL;
        json_unpack(json_array_get(templates, i), "{s:{s:s, s?{s?s}}, s?{s?s}}", "metadata", "name",
                    &name, "annotations", "volume.beta.kubernetes.io/storage-class",
                    &old_class_name, "spec", "storageClassName", &class_name);
        if (!name)
            continue;
        set->templates[set->template_count] = memory_copy(name);
        set->template_classes[set->template_count++] =
            memory_copy(old_class_name ? old_class_name : class_name);
    }
}

/* A number that a tenant wrote, as one that can be counted to. */
static int cut(json_int_t number, int most)
{
    return number < 0 ? 0 : number > most ? most : (int)number;
}

static void parse_numbers(struct stateful_set *set, json_t *spec)
{
    json_int_t replicas = 1, start = 0, min_ready_s = 0;
    json_unpack(spec, "{s?I, s?{s?I}, s?I}", "replicas", &replicas, "ordinals", "start", &start,
                "minReadySeconds", &min_ready_s);
    set->replicas_written = replicas;
    set->replicas = cut(replicas, STATEFUL_SET_REPLICAS_MAX);
    set->start = cut(start, STATEFUL_SET_START_MAX);
    set->min_ready_s = cut(min_ready_s, INT32_MAX);
}

static void parse_retention(struct stateful_set *set, json_t *policy)
{
    const char *deleted = NULL, *scaled = NULL;
    json_unpack(policy, "{s?s, s?s}", "whenDeleted", &deleted, "whenScaled", &scaled);
    set->discards_when_deleted = text_equals(deleted, "Delete");
    set->discards_when_scaled = text_equals(scaled, "Delete");
}

/* The API server lets nothing else through than a number, or a percentage: the controller rounds
 * that down, whatever the API's description says, but never to 0. */
static int parse_limit(json_t *limit, int replicas)
{
    const char *text = json_string_value(limit);
    if (!limit || json_is_null(limit))
        return 0;
    int64_t number = text ? (int64_t)cut(strtol(text, NULL, 10), 100) * replicas / 100
                          : cut(json_integer_value(limit), STATEFUL_SET_REPLICAS_MAX);
    return number > 0 ? (int)number : 1;
}

static enum update_strategy strategy_of(const char *word)
{
    if (!word || text_equals(word, "RollingUpdate"))
        return UPDATE_ROLLING;
    if (text_equals(word, "OnDelete"))
        return UPDATE_ON_DELETE;
    return text_equals(word, "Recreate") ? UPDATE_RECREATE : UPDATE_OTHER;
}

static void parse_strategy(struct stateful_set *set, json_t *strategy)
{
    const char *type = NULL;
    json_int_t partition = 0;
    json_t *limit = NULL;
    json_unpack(strategy, "{s?s, s?{s?I, s?o}}", "type", &type, "rollingUpdate", "partition",
                &partition, "maxUnavailable", &limit);
    set->strategy = strategy_of(type);
    if (set->strategy != UPDATE_ROLLING)
        return;
    set->partition = cut(partition, set->replicas);
    set->max_unavailable = parse_limit(limit, set->replicas);
}

struct stateful_set *stateful_set_parse(json_t *object, struct error *err)
{
    const char *namespace, *name, *uid, *management = NULL;
    const char *current = "", *update = "";
    json_t *spec, *selector = NULL, *templates = NULL, *policy = NULL, *status = NULL;
    json_t *strategy = NULL;
    json_int_t generation = 0, observed = 0;
    json_error_t problem;
    if (json_unpack_ex(object, &problem, 0, "{s:{s:s, s:s, s:s, s?I}, s:o, s?o}", "metadata",
                       "namespace", &namespace, "name", &name, "uid", &uid, "generation",
                       &generation, "spec", &spec, "status", &status) < 0)
        return error_null(err, ERROR_INVALID, "not a usable StatefulSet: %s", problem.text);

    struct stateful_set *set = memory_new(sizeof *set);
    shared_init(&set->shared, destroy);
    set->namespace = memory_copy(namespace);
    set->name = memory_copy(name);
    set->uid = memory_copy(uid);

    parse_numbers(set, spec);
    json_unpack(spec, "{s?o, s?o, s?o, s?s, s?o}", "selector", &selector, "volumeClaimTemplates",
                &templates, "persistentVolumeClaimRetentionPolicy", &policy, "podManagementPolicy",
                &management, "updateStrategy", &strategy);
    set->selector = selector_text(selector);
    parse_strategy(set, strategy);
    set->is_parallel = text_equals(management, "Parallel");
    parse_retention(set, policy);
    parse_templates(set, templates);

    json_unpack(status, "{s?s, s?s, s?I}", "currentRevision", &current, "updateRevision", &update,
                "observedGeneration", &observed);
    set->current_revision = memory_copy(current);
    set->update_revision = memory_copy(update);
    set->is_observed = *update && observed >= generation;
    return set;
}

char *stateful_set_claim_key(const struct stateful_set *set, const char *template, int ordinal)
{
    return memory_format("%s/%s-%s-%d", set->namespace, template, set->name, ordinal);
}

char *stateful_set_claim_prefix(const struct stateful_set *set, const char *template)
{
    return memory_format("%s/%s-%s", set->namespace, template, set->name);
}

char *stateful_set_pods_query(const struct stateful_set *set)
{
    autofree char *selector = url_encode(set->selector);
    return memory_format("labelSelector=%s", selector);
}
