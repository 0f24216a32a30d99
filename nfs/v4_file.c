/* SPDX-License-Identifier: Apache-2.0 */
#include "nfs/v4_file.h"

#include "nfs/v4_compound.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* libnfs 4 encodes a compound into 4 KiB. */
enum { WRITE_SIZE = 3 * 1024 };

/* Ask for a client id, under a name that no other connection has, and confirm it. */
static int set_client_id(struct connection *connection)
{
    unsigned char random[16];
    char name[sizeof "mooring " + 2 * sizeof random] = "mooring ";
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return -EIO;
    for (size_t i = 0; i < sizeof random; i++)
        sprintf(name + strlen(name), "%02x", random[i]);

    SETCLIENTID4resok client;
    struct compound ask = {.client = &client};
    SETCLIENTID4args *args = &compound_add(&ask, OP_SETCLIENTID)->nfs_argop4_u.opsetclientid;
    memcpy(args->client.verifier, random, sizeof args->client.verifier);
    args->client.id.id_val = name;
    args->client.id.id_len = (u_int)strlen(name);
    args->callback.cb_location.r_netid = "tcp";
    args->callback.cb_location.r_addr = "0.0.0.0.0.0"; /* no callbacks: no delegation is accepted */
    int status = compound_send(connection, &ask);
    if (status < 0)
        return status;

    struct compound confirm = {0};
    SETCLIENTID_CONFIRM4args *confirm_args =
        &compound_add(&confirm, OP_SETCLIENTID_CONFIRM)->nfs_argop4_u.opsetclientid_confirm;
    confirm_args->clientid = client.clientid;
    memcpy(confirm_args->setclientid_confirm, client.setclientid_confirm,
           sizeof client.setclientid_confirm);
    status = compound_send(connection, &confirm);
    if (status == 0)
        *connection_client_id(connection) = client.clientid;
    return status;
}

/*
 * Each file has an open owner of its own, named after it, so that sequence numbers need not be kept
 * from one file to the next: OPEN has 0, OPEN_CONFIRM, if the server asks for it, 1, and CLOSE the
 * next.
 */
struct open_file {
    struct handle handle;
    OPEN4resok open;
};

static int open_new_file(struct connection *connection, const struct new_file *new_file,
                         bool *created, struct open_file *file)
{
    struct encoded_attributes encoded;
    struct compound compound = {.open = &file->open, .handle = &file->handle};
    compound_add_handle(&compound, new_file->parent);
    OPEN4args *args = &compound_add(&compound, OP_OPEN)->nfs_argop4_u.opopen;
    args->share_access = OPEN4_SHARE_ACCESS_WRITE;
    args->owner.clientid = *connection_client_id(connection);
    args->owner.owner.owner_val = (char *)new_file->name;
    args->owner.owner.owner_len = (u_int)strlen(new_file->name);
    args->openhow.opentype = OPEN4_CREATE;
    args->openhow.openflag4_u.how.mode = GUARDED4;
    args->openhow.openflag4_u.how.createhow4_u.createattrs =
        attributes_encode(&encoded, &new_file_ownership);
    args->claim.claim = CLAIM_NULL;
    args->claim.open_claim4_u.file = compound_text(new_file->name);
    unsigned until_opened = compound.count;
    compound_add(&compound, OP_GETFH);
    int status = compound_send(connection, &compound);
    *created = compound.done >= until_opened;
    return status;
}

static bool has_to_confirm(const struct open_file *file)
{
    return file->open.rflags & OPEN4_RESULT_CONFIRM;
}

/* Once the open is confirmed, if it has to be. */
static void add_close(struct compound *compound, const struct open_file *file)
{
    CLOSE4args *args = &compound_add(compound, OP_CLOSE)->nfs_argop4_u.opclose;
    args->open_stateid = file->open.stateid;
    args->open_stateid.seqid += has_to_confirm(file);
    args->seqid = 1 + has_to_confirm(file);
}

/* What is left open keeps its space after it is removed, with some servers for a day. */
static void close_after_failure(struct connection *connection, const struct open_file *file)
{
    struct compound compound = {0};
    if (connection_is_dead(connection))
        return;
    compound_add_handle(&compound, &file->handle);
    add_close(&compound, file);
    (void)!compound_send(connection, &compound); /* the failure before is the one to tell */
}

/* Write the part at `*offset` and move it on. The first part confirms the open, the last closes. */
static int write_part(struct connection *connection, const struct open_file *file, const char *text,
                      size_t length, size_t *offset)
{
    size_t left = length - *offset;
    size_t size = left < WRITE_SIZE ? left : WRITE_SIZE;
    size_t written = 0;
    struct compound compound = {.written = &written};
    compound_add_handle(&compound, &file->handle);
    if (has_to_confirm(file) && *offset == 0) {
        OPEN_CONFIRM4args *args =
            &compound_add(&compound, OP_OPEN_CONFIRM)->nfs_argop4_u.opopen_confirm;
        args->open_stateid = file->open.stateid;
        args->seqid = 1;
    }
    WRITE4args *args = &compound_add(&compound, OP_WRITE)->nfs_argop4_u.opwrite;
    args->offset = *offset;
    args->stable = FILE_SYNC4;
    args->data.data_val = (char *)text + *offset;
    args->data.data_len = (u_int)size;
    if (size == left)
        add_close(&compound, file);
    int status = compound_send(connection, &compound);
    *offset += written > size ? size : written;
    bool stuck = written == 0 && left > 0;
    return status == 0 && stuck ? -EIO : status;
}

int v4_write_file(struct connection *connection, const struct new_file *new_file, bool *created)
{
    struct open_file file = {0};
    int status = -EOWNERDEAD;
    *created = false;
    /* The server forgets a client id when it restarts or when the lease runs out: ask once more. */
    for (int tries = 0; tries < 2 && status == -EOWNERDEAD; tries++) {
        bool known = *connection_client_id(connection) != 0 && tries == 0;
        status = known ? 0 : set_client_id(connection);
        if (status == 0)
            status = open_new_file(connection, new_file, created, &file);
    }
    if (status < 0)
        return status;
    size_t offset = 0;
    do
        status = write_part(connection, &file, new_file->text, new_file->length, &offset);
    while (status == 0 && offset < new_file->length);
    if (status < 0)
        close_after_failure(connection, &file);
    return status;
}

/* With the state of all ones, which reads past what other clients have opened or locked. With that
 * of all zeros Linux's server refuses to read during its grace period. */
int v4_read_file(struct connection *connection, const struct handle *file, uint64_t offset,
                 struct file_part *part)
{
    uint32_t wanted[] = ATTRIBUTES_OF_ENTRY;
    struct attributes found = {0};
    struct compound compound = {.text = part->text, .length = &part->length};
    compound_add_handle(&compound, file);
    READ4args *args = &compound_add(&compound, OP_READ)->nfs_argop4_u.opread;
    memset(&args->stateid, 0xff, sizeof args->stateid);
    args->offset = offset;
    args->count = (count4)part->length;
    compound_add_getattr(&compound, wanted, &found);
    int status = compound_send(connection, &compound);
    if (status == 0)
        status = attributes_entry(&found, &part->entry);
    part->has_entry = status == 0;
    return status;
}
