/**
 * Bindings of CUDA's driver API. They have no policy: each function is bound by its C prototype,
 * each status is checked and ends in a {@link org.lm4j.backend.cuda.driver.CudaException}.
 */
@NullMarked
package org.lm4j.backend.cuda.driver;

import org.jspecify.annotations.NullMarked;
