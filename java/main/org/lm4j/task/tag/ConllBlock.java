package org.lm4j.task.tag;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive lines of a CoNLL file: a sentence with the lines around it or, at the end of the
 * file, lines without a token. Every line of a file is in exactly one block.
 *
 * @param sentence null if no line is a token
 * @param separator what a further column is to be separated by
 * @param numbered whether the first column counts the tokens of each sentence, as in CoNLL-U
 */
public record ConllBlock(
    @Nullable ConllSentence sentence, List<Line> lines, String separator, boolean numbered) {
  /** Copies the list. */
  public ConllBlock {
    lines = List.copyOf(lines);
  }

  /**
   * A line.
   *
   * @param text the line as in the file
   * @param token the index of its token in the sentence, from 0; {@link #SKIPPED} for a row that is
   *     not a token, {@link #NO_ROW} for any other line
   */
  public record Line(String text, int token) {
    /** Marks a multiword range, an empty node, or the beginning of a document. */
    public static final int SKIPPED = -1;

    /** Marks a blank line or a comment. */
    public static final int NO_ROW = -2;
  }
}
