/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tests/provisioner/request_log.h"

/*
 * A TCP proxy between mooring and an NFS server, which can hold back one request and let it go when
 * its client is long gone, as networks and servers do. It knows where each request ends.
 */
struct late_proxy;

/* Before the server at this address and port. The test ends when that does not work. */
struct late_proxy *late_proxy_start(const char *server, int port);
void late_proxy_stop(struct late_proxy *proxy);

/* Where it listens, at the server's address. */
int late_proxy_port(const struct late_proxy *proxy);

/*
 * The requests that change something (changing_request.h). One that is disturbed so that it is_cut
 * is held back, and from then on nothing gets through any more: connections are closed, or remain
 * without an answer where the disturbance is_mute. With an .answer it is lost instead, and with it
 * only its connection.
 */
struct request_log *late_proxy_log(struct late_proxy *proxy);

/* The server carries out the request that was held back. Returns the status of NFS that it
 * answers; -1: none was held back, or no answer came. Then the proxy lets everything through. */
int late_proxy_let_go(struct late_proxy *proxy);
