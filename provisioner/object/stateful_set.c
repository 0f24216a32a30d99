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

/* Are claims deleted with the set, or when it is scaled down? */
static bool may_delete_claims(json_t *policy)
{
    const char *deleted = NULL, *scaled = NULL;
    json_unpack(policy, "{s?s, s?s}", "whenDeleted", &deleted, "whenScaled", &scaled);
    return text_equals(deleted, "Delete") || text_equals(scaled, "Delete");
}

/* A number that a tenant wrote, as one that can be counted to. */
static int cut(json_int_t number, int most)
{
    return number < 0 ? 0 : number > most ? most : (int)number;
}

static void parse_numbers(struct stateful_set *set, json_t *spec)
{
    json_int_t replicas = 1, start = 0, partition = 0;
    json_unpack(spec, "{s?I, s?{s?I}, s?{s?{s?I}}}", "replicas", &replicas, "ordinals", "start",
                &start, "updateStrategy", "rollingUpdate", "partition", &partition);
    set->replicas_written = replicas;
    set->replicas = cut(replicas, STATEFUL_SET_REPLICAS_MAX);
    set->start = cut(start, STATEFUL_SET_START_MAX);
    set->partition = cut(partition, set->replicas);
}

struct stateful_set *stateful_set_parse(json_t *object, struct error *err)
{
    const char *namespace, *name, *uid, *strategy = NULL, *management = NULL;
    const char *current = "", *update = "";
    json_t *spec, *selector = NULL, *templates = NULL, *policy = NULL, *status = NULL;
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
    json_unpack(spec, "{s?o, s?o, s?o, s?s, s?{s?s}}", "selector", &selector,
                "volumeClaimTemplates", &templates, "persistentVolumeClaimRetentionPolicy", &policy,
                "podManagementPolicy", &management, "updateStrategy", "type", &strategy);
    set->selector = selector_text(selector);
    set->strategy = text_equals(strategy, "OnDelete") ? UPDATE_ON_DELETE : UPDATE_ROLLING;
    set->is_parallel = text_equals(management, "Parallel");
    set->may_delete_claims = may_delete_claims(policy);
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

char *stateful_set_pods_query(const struct stateful_set *set)
{
    autofree char *selector = url_encode(set->selector);
    return memory_format("labelSelector=%s", selector);
}
