/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * THE STATEFULSET MODULE
 *
 * The promise: ordinal N of a StatefulSet has the directory that it had before, whatever was
 * deleted and made again: its Pod, the set, its claims, their volumes; with the class parameter
 * adopt: always, also the namespace and the whole cluster.
 *
 * Giving a claim back what it had, before its Pod can start:
 *   rebind            finds what a claim of this name had, in volumes and records
 *   rebind_decision   decides: that one, a new directory, or hold the claim and say why
 * object/claim_identity finds the set and the ordinal of a claim; claim/provision does the rest.
 *
 * Following a rollout, from the highest ordinal to the lowest, as Kubernetes updates them:
 *   rollout_watcher   the thread: checks a set whenever the set changes
 *   rollout_check     one check: reads the set's Pods and compares them with what was remembered
 *   set_history       what is remembered of each set, pod_history of each of its ordinals
 *   double_writers    decides whether two Pods of one ordinal may write at once
 *   pod_reader        lists the Pods of a set; no Pod is watched or kept
 * and for `mooring rollout`:
 *   set_snapshot      everything of one set, read again and again
 *   rollout           how far the rollout is, ordinal by ordinal, and what it waits for
 *
 * Of each ordinal: Kubernetes deletes the old Pod and makes a new one, the claim stays bound, and
 * once the new Pod has a node its directories are compared with those of the Pod before it
 * (DirectoryKept, DirectoryChanged). If the old Pod may still write, a Warning names its node.
 *
 * Never done: no Pod is deleted or changed, and nothing is written during a rollout except events.
 */

#include "provisioner/statefulset/rebind.h"
#include "provisioner/statefulset/rollout_watcher.h"
