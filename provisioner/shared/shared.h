/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Objects that threads share: immutable once they are shared, counted by reference, destroyed with
 * the last reference. Their structs begin with a struct shared.
 */
struct shared {
    _Atomic int references;
    void (*destroy)(void *object);
};

/* Begin with one reference, which the caller owns. */
void shared_init(struct shared *shared, void (*destroy)(void *object));

/* Add a reference. Returns the object, which must not be NULL. */
void *shared_hold(const void *object);

/* Drop a reference. NULL is accepted. */
void shared_release(void *object);

/*
 * DEFINE_SHARED(claim) in a header gives claim_hold, claim_release and autorelease(claim): the
 * variable's reference is released at the end of the scope. In a source file, where not all of them
 * need be used, it stands for a type that only this file knows.
 */
#define autorelease(noun) __attribute__((cleanup(noun##_release_slot)))
#define DEFINE_SHARED(noun)                                                                        \
    __attribute__((unused)) static inline struct noun *noun##_hold(const struct noun *object)      \
    {                                                                                              \
        return shared_hold(object);                                                                \
    }                                                                                              \
    __attribute__((unused)) static inline void noun##_release(struct noun *object)                 \
    {                                                                                              \
        shared_release(object);                                                                    \
    }                                                                                              \
    __attribute__((unused)) static inline void noun##_release_slot(struct noun **slot)             \
    {                                                                                              \
        shared_release(*slot);                                                                     \
    }
