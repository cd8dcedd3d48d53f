package org.lm4j.text.token;

/**
 * Statistics of one token file.
 *
 * @param text all tokens
 * @param targets all tokens but the first, which are the ones that evaluation scores
 * @param types different token texts, those not in the vocabulary too
 */
public record CorpusStats(TextCounts text, TextCounts targets, long types) {}
