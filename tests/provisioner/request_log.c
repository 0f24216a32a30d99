/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/provisioner/request_log.h"

#include <pthread.h>
#include <string.h>

struct rule {
    struct disturbance disturbance;
    char *request; /* NULL: any */
    int to_skip;   /* requests that fit, before the first that is disturbed */
    int left;      /* -1: no end */
};

struct request_log {
    pthread_mutex_t lock; /* guards what follows */
    char **lines;
    size_t line_count;
    struct rule *rules;
    size_t rule_count;
};

struct request_log *request_log_new(void)
{
    struct request_log *log = memory_new(sizeof *log);
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

void request_log_clear(struct request_log *log)
{
    pthread_mutex_lock(&log->lock);
    for (size_t i = 0; i < log->line_count; i++)
        free(log->lines[i]);
    for (size_t i = 0; i < log->rule_count; i++)
        free(log->rules[i].request);
    log->line_count = 0;
    log->rule_count = 0;
    pthread_mutex_unlock(&log->lock);
}

void request_log_free(struct request_log *log)
{
    if (!log)
        return;
    request_log_clear(log);
    pthread_mutex_destroy(&log->lock);
    free(log->lines);
    free(log->rules);
    free(log);
}

void request_log_disturb(struct request_log *log, const struct disturbance *disturbance)
{
    struct rule rule = {.disturbance = *disturbance,
                        .request = memory_copy(disturbance->request),
                        .to_skip = disturbance->nth ? disturbance->nth - 1 : 0,
                        .left = disturbance->times ? disturbance->times : 1};
    rule.disturbance.request = NULL;
    pthread_mutex_lock(&log->lock);
    log->rules = memory_grow(log->rules, log->rule_count + 1, sizeof rule);
    log->rules[log->rule_count++] = rule;
    pthread_mutex_unlock(&log->lock);
}

bool disturbance_is_failure(const struct disturbance *disturbance)
{
    return disturbance->answer || disturbance->is_cut;
}

static bool starts_with(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

/* Whether the rule is for this request. Counts it. */
static bool is_due(struct rule *rule, const char *line, bool by_name)
{
    if (rule->request ? !starts_with(line, rule->request) : by_name)
        return false;
    if (rule->left == 0)
        return false;
    if (rule->to_skip > 0) {
        rule->to_skip--;
        return false;
    }
    if (rule->left > 0)
        rule->left--;
    return true;
}

/* The disturbances of this request, in their order. Caller frees. Needs the lock. */
static struct disturbance *take_due(struct request_log *log, const char *line, bool by_name,
                                    size_t *count)
{
    struct disturbance *due = memory_new((log->rule_count + 1) * sizeof *due);
    *count = 0;
    for (size_t i = 0; i < log->rule_count; i++) {
        if (is_due(&log->rules[i], line, by_name))
            due[(*count)++] = log->rules[i].disturbance;
    }
    return due;
}

/* Call the hooks; return the first failure. */
static struct disturbance apply(const struct disturbance *due, size_t count)
{
    struct disturbance failure = {0};
    for (size_t i = 0; i < count; i++) {
        if (due[i].hook)
            due[i].hook(due[i].context);
        if (!disturbance_is_failure(&failure) && disturbance_is_failure(&due[i]))
            failure = due[i];
    }
    return failure;
}

struct disturbance request_log_add(struct request_log *log, const char *line)
{
    size_t count;
    pthread_mutex_lock(&log->lock);
    log->lines = memory_grow(log->lines, log->line_count + 1, sizeof *log->lines);
    log->lines[log->line_count++] = memory_copy(line);
    autofree struct disturbance *due = take_due(log, line, false, &count);
    pthread_mutex_unlock(&log->lock);
    return apply(due, count);
}

struct disturbance request_log_pass(struct request_log *log, const char *line)
{
    size_t count;
    pthread_mutex_lock(&log->lock);
    autofree struct disturbance *due = take_due(log, line, true, &count);
    pthread_mutex_unlock(&log->lock);
    return apply(due, count);
}

int request_log_count(struct request_log *log, const char *prefix)
{
    int count = 0;
    pthread_mutex_lock(&log->lock);
    for (size_t i = 0; i < log->line_count; i++)
        count += starts_with(log->lines[i], prefix);
    pthread_mutex_unlock(&log->lock);
    return count;
}

bool request_is_effect(const char *line)
{
    static const char *const reads[] = {"LOOKUP",  "GETATTR",     "READLINK", "READ",
                                        "READDIR", "READDIRPLUS", "FSSTAT",   "GET"};
    size_t length = strcspn(line, " ");
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        if (strlen(reads[i]) == length && strncmp(line, reads[i], length) == 0)
            return false;
    }
    return true;
}

char *request_log_text(struct request_log *log)
{
    char *text = memory_copy("");
    pthread_mutex_lock(&log->lock);
    for (size_t i = 0; i < log->line_count; i++)
        memory_replace(&text, memory_format("%s%s\n", text, log->lines[i]));
    pthread_mutex_unlock(&log->lock);
    return text;
}
