package org.lm4j.text;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.token.CorpusStats;

/**
 * A tokenised corpus.
 *
 * @param vocabulary the vocabulary whose ids the files hold
 * @param train the training tokens' file
 * @param valid the validation tokens' file, null when there is no validation text
 * @param trainStats figures of the training part
 * @param validStats figures of the validation part, null when there is none
 */
public record Corpus(
    Vocabulary vocabulary,
    Path train,
    @Nullable Path valid,
    CorpusStats trainStats,
    @Nullable CorpusStats validStats) {}
