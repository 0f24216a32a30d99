/* SPDX-License-Identifier: Apache-2.0 */
#include "provisioner/audit/findings.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const names[FINDING_KINDS] = {
    [FINDING_VOLUME_WITHOUT_CLAIM] = "volume-without-claim",
    [FINDING_VOLUME_WITHOUT_RECORD] = "volume-without-record",
    [FINDING_VOLUME_PATH_MISMATCH] = "volume-path-mismatch",
    [FINDING_RECORD_CLAIM_MISMATCH] = "record-claim-mismatch",
    [FINDING_RECORD_WITHOUT_VOLUME] = "record-without-volume",
    [FINDING_RECORD_UNUSABLE] = "record-unusable",
    [FINDING_RECORD_UNFINISHED] = "record-unfinished",
    [FINDING_RECORD_WITHOUT_DIRECTORY] = "record-without-directory",
    [FINDING_DIRECTORY_SHARED] = "directory-shared",
    [FINDING_DIRECTORY_WITHOUT_RECORD] = "directory-without-record",
    [FINDING_CLAIM_AMBIGUOUS] = "claim-ambiguous",
    [FINDING_CLAIM_UNSERVED] = "claim-unserved",
    [FINDING_CLASS_UNSERVED] = "class-unserved",
};

const char *finding_name(enum finding_kind kind)
{
    return names[kind];
}

void findings_clear(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->items[i].own_export);
        free(findings->items[i].text);
    }
    free(findings->items);
    *findings = (struct findings){0};
}

size_t findings_of_kind(const struct findings *findings, enum finding_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->items[i].kind == kind;
    return count;
}

void findings_add(struct findings *findings, struct finding finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&finding.text, format, arguments) < 0)
        abort(); /* out of memory, as in base/memory */
    va_end(arguments);
    findings->items = memory_grow(findings->items, findings->count + 1, sizeof *findings->items);
    findings->items[findings->count++] = finding;
}
