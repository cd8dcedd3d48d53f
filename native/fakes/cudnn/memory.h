/* From device addresses to memory that work may touch. */
#ifndef LM4J_MEMORY_H
#define LM4J_MEMORY_H

#include "rnn.h"

/*
 * Replaces every device address of a pass by the host's. Returns 0, with the context dead, if one
 * has less memory behind it than the pass needs.
 */
int memory_resolve(rnn_pass *pass);

#endif
