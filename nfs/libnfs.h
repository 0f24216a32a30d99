/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* libnfs' headers do not include what they need: this order is the one that compiles. */

/* clang-format off */
#include <nfsc/libnfs.h>
#include <nfsc/libnfs-zdr.h>
#include <nfsc/libnfs-raw.h>
/* clang-format on */
