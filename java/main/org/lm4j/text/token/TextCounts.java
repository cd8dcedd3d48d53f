package org.lm4j.text.token;

/**
 * Counts of the tokens, characters and bytes in a stretch of text. How characters and bytes are
 * counted at each level is in the package's description.
 *
 * @param tokens the number of tokens
 * @param characters Unicode code points of their text
 * @param bytes UTF-8 bytes of their text
 * @param oov tokens whose text was not in the vocabulary; a literal {@code <unk>} in the text does
 *     not count
 */
public record TextCounts(long tokens, long characters, long bytes, long oov) {}
