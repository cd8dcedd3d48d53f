/** Bindings of cuBLAS, by the rules of {@link org.lm4j.backend.cuda.driver}. */
@NullMarked
package org.lm4j.backend.cuda.cublas;

import org.jspecify.annotations.NullMarked;
