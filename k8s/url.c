/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/url.h"

#include "base/memory.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

static bool is_unreserved(unsigned char byte)
{
    return byte < 0x80 && (isalnum(byte) || strchr("-._~", byte));
}

char *url_encode(const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = memory_new(3 * strlen(text) + 1);
    char *end = encoded;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (is_unreserved(byte)) {
            *end++ = *text;
        } else {
            *end++ = '%';
            *end++ = digits[byte >> 4];
            *end++ = digits[byte & 15];
        }
    }
    return encoded;
}

bool url_is_encrypted(const char *url)
{
    return strncmp(url, "https://", 8) == 0;
}

/* The part after "scheme://", or NULL. */
static const char *authority_of(const char *url)
{
    if (url_is_encrypted(url))
        return url + 8;
    return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

bool url_is_loopback(const char *url)
{
    const char *authority = authority_of(url);
    if (!authority)
        return false;

    bool is_bracketed = *authority == '[';
    const char *start = is_bracketed ? authority + 1 : authority;
    autofree char *host = memory_copy_bytes(start, strcspn(start, is_bracketed ? "]/" : ":/"));
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return text_equals(host, "localhost");
}

static bool is_port(const char *text, size_t length)
{
    return length >= 1 && length <= 5 && strspn(text, "0123456789") == length;
}

/* "host", "host:port", "[v6]" or "[v6]:port". */
static bool is_host_and_port(const char *authority, size_t length)
{
    const char *end = authority + length;
    const char *after = authority + strcspn(authority, ":/");
    if (*authority == '[') {
        after = memchr(authority, ']', length);
        after = after ? after + 1 : authority;
    }
    if (after == authority || after > end)
        return false;
    return after == end || (*after == ':' && is_port(after + 1, (size_t)(end - after - 1)));
}

int url_check_server(const char *url, struct error *err)
{
    const char *authority = authority_of(url);
    if (!authority)
        return error_set(err, ERROR_INVALID, "server %s: it must begin with https://", url);

    for (const char *byte = url; *byte; byte++)
        if (!isgraph((unsigned char)*byte) || strchr("@?#\\", *byte))
            return error_set(err, ERROR_INVALID,
                             "server %s: only https://host:port and a path are allowed", url);
    if (!is_host_and_port(authority, strcspn(authority, "/")))
        return error_set(err, ERROR_INVALID, "server %s: no valid host and port in it", url);
    return 0;
}
