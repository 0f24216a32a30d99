/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

struct address;
struct volume;

/* A directory that a volume is to have alone, or with others of its namespace. All borrowed. */
struct directory_user {
    const struct address *address;
    const char *export_id; /* the identity of the export; NULL: not known */
    const char *directory; /* below the export */
    const char *except;    /* the name of the volume that is to have it; NULL: none yet */
    const char *sharing;   /* volumes of this namespace's claims may have it, too; NULL: none */
};

/*
 * Does another volume have the directory, one in it or one around it? A volume of the whole export,
 * or of what is around that, is no such user: an administrator has made it. No to a volume of
 * another server, and to one that is not on NFS.
 */
bool directory_user_conflicts(const struct directory_user *user, const struct volume *volume);
