/** Synthetic scenes of coloured shapes, with pictures, captions and questions. */
@NullMarked
package org.lm4j.task.scenes;

import org.jspecify.annotations.NullMarked;
