/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/memory_share.h"
#include "tests/provisioner/objects.h"

/* The export server.example:/export in memory, empty at first, and ways for a request to fail. */

static inline struct share *export_open(void)
{
    struct error err;
    autodestroy(address) struct address *address =
        address_new("server.example", "/export", 3, 0, 0, &err);
    struct share *share = share_open(address, 1000, &err);
    require(share);
    return share;
}

static inline struct share *export_begin(void)
{
    memory_share_reset();
    return export_open();
}

static inline void expect_entries(const char *expected)
{
    autofree char *text = memory_share_show();
    CU_ASSERT_STRING_EQUAL(text, expected);
}

/* How one request fails. After one that is cut, a new share is needed. */
struct fault {
    const char *label;
    struct disturbance how;
};

static const struct fault faults[] = {
    {"try again later", {.answer = ERROR_UNAVAILABLE}},
    {"full", {.answer = ERROR_FULL}},
    {"forbidden", {.answer = ERROR_FORBIDDEN}},
    {"read-only", {.answer = ERROR_READ_ONLY}},
    {"connection broken before it", {.is_cut = true}},
    {"done, and the answer lost", {.is_done = true, .is_cut = true}},
    {"MKDIR sent twice", {.request = "MKDIR", .is_done = true, .answer = ERROR_ALREADY_EXISTS}},
    {"SYMLINK sent twice", {.request = "SYMLINK", .is_done = true, .answer = ERROR_ALREADY_EXISTS}},
    {"RENAME sent twice", {.request = "RENAME", .is_done = true, .answer = ERROR_NOT_FOUND}},
    {"RMDIR sent twice", {.request = "RMDIR", .is_done = true, .answer = ERROR_NOT_FOUND}},
    {"REMOVE sent twice", {.request = "REMOVE", .is_done = true, .answer = ERROR_NOT_FOUND}},
};

/* What a fault is tried on: `prepare` the export, `act` with a fault somewhere, then `check` what
 * is there; `label` says which fault it was. */
struct trial {
    void (*prepare)(void);
    int (*act)(struct share *share, struct error *err);
    void (*check)(struct share *share, int result, const char *label);
};

/* False when the fault met no request any more. */
static inline bool trial_run_once(const struct trial *trial, const struct fault *fault, int nth)
{
    struct error err = {0};
    autoclose(share) struct share *share = export_begin();
    trial->prepare();
    request_log_clear(memory_share_log());
    struct disturbance how = fault->how;
    how.nth = nth;
    request_log_disturb(memory_share_log(), &how);
    int result = trial->act(share, &err);
    bool is_met = request_log_count(memory_share_log(), how.request ? how.request : "") >= nth;
    autofree char *requests = request_log_text(memory_share_log());
    autofree char *label = memory_format("%s, request %d of\n%s", fault->label, nth, requests);
    request_log_clear(memory_share_log());
    autoclose(share) struct share *next = export_open();
    trial->check(next, result, label);
    return is_met;
}

/* Try each fault at each request. */
static inline void trial_run(const struct trial *trial)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        int nth = 1;
        while (trial_run_once(trial, &faults[i], nth) && nth < 100)
            nth++;
        CU_ASSERT(nth < 100);
    }
}
