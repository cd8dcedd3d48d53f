package org.lm4j.data;

import java.util.List;
import org.lm4j.InputException;
import org.lm4j.io.TextLines;

/**
 * Which columns of a CoNLL file are what. Columns are counted from 1, as {@code cut -f} does.
 *
 * @param word column of the words
 * @param tag column of the tags; {@link #LAST} for the last, whatever its number
 * @param features columns that are read beside the words
 */
public record ConllColumns(int word, int tag, List<Integer> features) {
  /** The tags' column where it is the last one. */
  public static final int LAST = 0;

  /**
   * Checks the numbers.
   *
   * @throws InputException if one is below 1, or tags are to be read as features
   */
  public ConllColumns {
    features = List.copyOf(features);
    if (word < 1 || tag < LAST || features.stream().anyMatch(column -> column < 1)) {
      throw new InputException("columns are counted from 1.");
    }
    if (word == tag) {
      throw new InputException("column " + word + " cannot hold the words and the tags.");
    }
    if (features.contains(tag)) {
      throw new InputException("column " + tag + " cannot hold the tags and a feature.");
    }
  }

  /**
   * Sees to it that a sentence has the columns, its tags too.
   *
   * @throws InputException if it has not, or what was read as a feature would be the tag
   */
  public void require(ConllSentence sentence) {
    requireInput(sentence);
    requireColumn(sentence, tagColumn(sentence), "the tags");
    int width = sentence.rows().getFirst().size();
    if (tag == LAST && (word == width || features.contains(width))) {
      throw new InputException(
          "%s: there is no column of tags besides those that are read, %d in all"
              .formatted(TextLines.place(sentence.source(), sentence.line()), width));
    }
  }

  /**
   * Sees to it that a sentence has the columns that are read: words and features.
   *
   * @throws InputException if it has not
   */
  public void requireInput(ConllSentence sentence) {
    requireColumn(sentence, word, "the words");
    for (int feature : features) {
      requireColumn(sentence, feature, "a feature");
    }
  }

  private static void requireColumn(ConllSentence sentence, int column, String what) {
    int width = sentence.rows().getFirst().size();
    if (column > width) {
      throw new InputException(
          "%s: %d columns, but %s should be in column %d"
              .formatted(TextLines.place(sentence.source(), sentence.line()), width, what, column));
    }
  }

  private int tagColumn(ConllSentence sentence) {
    return tag == LAST ? sentence.rows().getFirst().size() : tag;
  }

  /** The words of a sentence. */
  public List<String> words(ConllSentence sentence) {
    return sentence.column(word - 1);
  }

  /** The tags of a sentence. */
  public List<String> tags(ConllSentence sentence) {
    return sentence.column(tagColumn(sentence) - 1);
  }

  /** One of the features of a sentence, counted from 0. */
  public List<String> feature(ConllSentence sentence, int index) {
    return sentence.column(features.get(index) - 1);
  }
}
