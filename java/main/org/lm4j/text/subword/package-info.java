/**
 * Subwords: byte-level BPE that is learned here, and tokenizers read from a {@code tokenizer.json}
 * of the library Hugging Face Tokenizers, with the same ids as that library gives. What is not
 * supported is refused by its name.
 */
@NullMarked
package org.lm4j.text.subword;

import org.jspecify.annotations.NullMarked;
