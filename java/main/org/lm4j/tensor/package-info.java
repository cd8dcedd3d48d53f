/**
 * Shapes, element types and tensors over memory outside the Java heap.
 *
 * <p>A {@link org.lm4j.tensor.Tensor} is a dense, row-major view of part of a {@link
 * org.lm4j.tensor.Storage}. Tensors do no arithmetic, which is the task of {@code
 * org.lm4j.compute}. Storage is owned by the code that allocated it and closed only by that owner;
 * views never close anything.
 */
@NullMarked
package org.lm4j.tensor;

import org.jspecify.annotations.NullMarked;
