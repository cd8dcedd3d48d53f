package org.lm4j.text;

import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.text.subword.BpeLearner;
import org.lm4j.text.token.TextUnit;

/**
 * Specifies how a text is turned into tokens.
 *
 * @param level what one token is
 * @param vocabulary the vocabulary to use; null builds one from the training text
 * @param minCount tokens rarer than this in the training text become {@code <unk>}; 1 keeps all. Of
 *     subwords, pairs rarer than this do not become tokens
 * @param vocabularySize the largest vocabulary, {@code <unk>} and {@code <eos>} included; 0 means
 *     no limit, of subwords {@value #SUBWORDS}
 * @param validFraction the part of the tokens at the end that is held back for validation, in [0,
 *     1); 0 holds nothing back. The training part is the first floor(N·(1-fraction)) tokens, and
 *     the rest of the line or document that they end in
 * @param unknownByCount whether {@code <unk>} has the place of its frequency in a vocabulary of
 *     words made from text; otherwise it has that of a literal {@code <unk>} in the text, or is the
 *     last
 * @param unit that is not cut in two: a line or a document, or nothing in a stream
 */
public record CorpusSpec(
    Level level,
    @Nullable Vocabulary vocabulary,
    long minCount,
    int vocabularySize,
    double validFraction,
    boolean unknownByCount,
    TextUnit unit) {
  /** The size of a vocabulary of subwords whose size is not given. */
  public static final int SUBWORDS = 8192;

  /**
   * Creates a specification of a text that is one stream, in which {@code <unk>} does not have the
   * place of its frequency.
   */
  public CorpusSpec(
      Level level,
      @Nullable Vocabulary vocabulary,
      long minCount,
      int vocabularySize,
      double validFraction) {
    this(level, vocabulary, minCount, vocabularySize, validFraction, false, TextUnit.STREAM);
  }

  /** Checks the ranges; at byte level and with a given vocabulary nothing can be cut. */
  public CorpusSpec {
    if (minCount < 1) {
      throw InputException.naming("{minCount} has to be at least 1, not " + minCount + ".");
    }
    if (vocabularySize < 0) {
      throw InputException.naming(
          "{vocabularySize} has to be positive, or 0 for no limit, not " + vocabularySize + ".");
    }
    if (!(validFraction >= 0 && validFraction < 1)) {
      throw InputException.naming(
          "{validFraction} has to be at least 0 and below 1, not " + validFraction + ".");
    }
    boolean cuts = minCount > 1 || vocabularySize > 0;
    if (cuts && (level == Level.BYTE || vocabulary != null)) {
      throw InputException.naming(
          "{minCount} and {vocabularySize} go with a vocabulary made from text, at char, word or"
              + " subword level.");
    }
    if (level == Level.SUBWORD && vocabularySize > 0 && vocabularySize < BpeLearner.BYTES) {
      throw InputException.naming(
          "{vocabularySize} has to be at least %d, the number of bytes, at subword level, not %d."
              .formatted(BpeLearner.BYTES, vocabularySize));
    }
  }

  /**
   * Returns a specification that builds a vocabulary of all tokens in the training text and has no
   * validation part.
   */
  public static CorpusSpec of(Level level) {
    return new CorpusSpec(level, null, 1, 0, 0);
  }

  /** Returns a specification that uses a given vocabulary and has no validation part. */
  public static CorpusSpec of(Vocabulary vocabulary) {
    return new CorpusSpec(vocabulary.level(), vocabulary, 1, 0, 0);
  }

  /** Returns a copy with this minimum count. */
  public CorpusSpec withMinCount(long count) {
    return new CorpusSpec(
        level, vocabulary, count, vocabularySize, validFraction, unknownByCount, unit);
  }

  /** Returns a copy with this limit on the vocabulary. */
  public CorpusSpec withVocabularySize(int size) {
    return new CorpusSpec(level, vocabulary, minCount, size, validFraction, unknownByCount, unit);
  }

  /** Returns a copy that holds back this fraction for validation. */
  public CorpusSpec withValidFraction(double fraction) {
    return new CorpusSpec(
        level, vocabulary, minCount, vocabularySize, fraction, unknownByCount, unit);
  }

  /** Returns a copy that gives {@code <unk>} the place of its frequency. */
  public CorpusSpec withUnknownByCount() {
    return new CorpusSpec(level, vocabulary, minCount, vocabularySize, validFraction, true, unit);
  }

  /** Returns a copy that cuts no line or document in two. */
  public CorpusSpec withUnit(TextUnit uncut) {
    return new CorpusSpec(
        level, vocabulary, minCount, vocabularySize, validFraction, unknownByCount, uncut);
  }

  int largestSize() {
    int unlimited = level == Level.SUBWORD ? SUBWORDS : Integer.MAX_VALUE;
    return vocabularySize == 0 ? unlimited : vocabularySize;
  }
}
