package org.lm4j.text;

import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TextUnit;
import org.lm4j.text.token.TokenFile;

/** Counts the characters and bytes that the targets of lines or documents cover. */
public final class SequenceCounts {
  private final SequenceIndex index;
  private final TypeTable types;
  private final int[] characterCounts;
  private final int[] byteCounts;
  private final boolean words;
  private long characters;
  private long bytes;

  private SequenceCounts(Vocabulary vocabulary, SequenceIndex index) {
    this.index = index;
    this.types = TypeTable.of(vocabulary);
    this.characterCounts = types.characterCounts();
    this.byteCounts = types.byteCounts();
    this.words = vocabulary.level() == Level.WORD;
    TextCounts all = index.tokens().stats().text();
    this.characters = all.characters();
    this.bytes = all.bytes();
  }

  /**
   * Counts what the targets of a text cover: all of it but first tokens and ends that are not
   * predicted.
   *
   * @return the counts; what is out of the vocabulary is that of the whole text, which may include
   *     first tokens
   */
  public static TextCounts of(Vocabulary vocabulary, SequenceIndex index) {
    return new SequenceCounts(vocabulary, index).count();
  }

  private TextCounts count() {
    TokenFile tokens = index.tokens();
    boolean begin = index.segmentation().symbols().begin();
    boolean carry = index.segmentation().carry();
    boolean readBefore = false;
    long after = 0; // the sequence before
    long targets = 0;
    for (long i = 0; i < index.count(); i++) {
      skipLineEnds(after, index.start(i), i > 0);
      long length = index.length(i);
      after = index.start(i) + length;
      boolean first = !begin && !(carry && readBefore);
      targets += length + (index.segmentation().symbols().end() ? 1 : 0);
      if (first && length + index.segmentation().extra() > 0) {
        targets--;
        if (length > 0) {
          skip(tokens.get(index.start(i)));
        } else {
          skipLineEnds(after, after + 1, false);
        }
      }
      readBefore |= length + index.segmentation().extra() > 0;
    }
    skipLineEnds(after, tokens.size(), true);
    return new TextCounts(targets, characters, bytes, tokens.stats().text().oov());
  }

  /** Leaves out the line ends between two places, but for one that ends a sequence. */
  private void skipLineEnds(long from, long to, boolean ends) {
    long number = to - from - (ends && index.segmentation().symbols().end() ? 1 : 0);
    boolean lines = index.segmentation().unit() == TextUnit.LINE;
    if (number <= 0 || (words && lines && from > 0 && follows(from))) {
      return; // at word level the newline after a word counts with the word
    }
    characters -= number;
    bytes -= number;
  }

  /** Returns whether the token before a place is not a line end. */
  private boolean follows(long place) {
    return index.tokens().get(place - 1) != index.lineEnd();
  }

  private void skip(int id) {
    boolean continues = !words && types.text(id).length() == 1 && isContinuation(id);
    characters -= continues ? 0 : characterCounts[id];
    bytes -= byteCounts[id];
  }

  /** Returns whether a token is a byte inside a character of UTF-8. */
  private boolean isContinuation(int id) {
    return byteCounts.length == 256
        && Vocabulary.bytes().size() == types.size()
        && (id & 0xC0) == 0x80;
  }
}
