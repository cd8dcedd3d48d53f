/** Several processes with a GPU each, whose gradients NCCL sums on the GPUs. */
@NullMarked
package org.lm4j.backend.nccl;

import org.jspecify.annotations.NullMarked;
