/** Bindings of NCCL, by the rules of {@link org.lm4j.backend.cuda.driver}. */
@NullMarked
package org.lm4j.backend.cuda.nccl;

import org.jspecify.annotations.NullMarked;
