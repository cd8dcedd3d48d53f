package org.lm4j.text;

/**
 * The figures of one token file.
 *
 * @param text all tokens
 * @param targets all tokens but the first: what evaluation scores and divides by
 * @param types different token texts, those not in the vocabulary too
 */
public record CorpusStats(TextCounts text, TextCounts targets, long types) {}
