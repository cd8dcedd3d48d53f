/**
 * Bindings of cuDNN 9: its descriptors, recurrent layers and weight layouts, by the rules of {@link
 * org.lm4j.backend.cuda.driver}.
 */
@NullMarked
package org.lm4j.backend.cuda.cudnn;

import org.jspecify.annotations.NullMarked;
