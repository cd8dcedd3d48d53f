/**
 * Language models that adapt to the text they score: linear mixtures of several models, caches of
 * recent tokens, dynamic evaluation and temperature, and the choice of their settings on a
 * validation text.
 */
@NullMarked
package org.lm4j.task.lm.adapt;

import org.jspecify.annotations.NullMarked;
