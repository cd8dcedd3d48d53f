package org.lm4j.task.tag;

import java.util.List;

/**
 * A sentence of a CoNLL file.
 *
 * @param rows the columns of each token; at least one token, all of the same number of columns
 * @param source the name of the file in messages
 * @param line line number of the first token, counted from 1
 */
public record ConllSentence(List<List<String>> rows, String source, int line) {
  /** Returns the number of tokens. */
  public int size() {
    return rows.size();
  }

  /** Returns a column, from the first token to the last; {@code index} counts from 0. */
  public List<String> column(int index) {
    return rows.stream().map(row -> row.get(index)).toList();
  }
}
