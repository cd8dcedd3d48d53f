/**
 * Shapes, element types and tensors over memory that lives outside the Java heap.
 *
 * <p>A {@link org.lm4j.tensor.Tensor} is a dense, row-major view of a piece of {@link
 * org.lm4j.tensor.Storage}. Tensors do no arithmetic: that is the business of {@code
 * org.lm4j.compute}. Storage belongs to whoever allocated it and is closed by that owner alone;
 * views never close anything.
 */
@NullMarked
package org.lm4j.tensor;

import org.jspecify.annotations.NullMarked;
