package org.lm4j.task.tag;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a CoNLL file that follow each other: a sentence with what stands around it, or, at the
 * end of the file, lines without a token. Every line of a file is in exactly one block.
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
   * @param text as it stands in the file
   * @param token which token of the sentence it is, counted from 0; {@link #SKIPPED} for a row of
   *     the table that is none, {@link #NO_ROW} for any other line
   */
  public record Line(String text, int token) {
    /** A word of several tokens, an empty node, a mark that a document begins. */
    public static final int SKIPPED = -1;

    /** A blank line or a comment. */
    public static final int NO_ROW = -2;
  }
}
