package org.lm4j.text;

/**
 * What a run of tokens covers. How characters and bytes are counted at each level is in the
 * package's description.
 *
 * @param tokens how many
 * @param characters Unicode code points of their text
 * @param bytes UTF-8 bytes of their text
 * @param oov those whose text was not in the vocabulary; {@code <unk>} written in the text is not
 */
public record TextCounts(long tokens, long characters, long bytes, long oov) {}
