/** Vocabularies of words that are counted in sentences, such as captions and translations. */
@NullMarked
package org.lm4j.text.sentence;

import org.jspecify.annotations.NullMarked;
