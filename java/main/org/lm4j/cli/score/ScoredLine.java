package org.lm4j.cli.score;

import java.util.List;
import org.lm4j.task.lm.line.LineScore;

/**
 * A line with its score, as a preset prints it.
 *
 * @param number of the line, counted from 1 through all files, without headers
 * @param columns names of the columns of the table that the line is from; empty for plain lines
 * @param cells the row of that table
 */
public record ScoredLine(long number, List<String> columns, List<String> cells, LineScore score) {
  /** Keeps unmodifiable copies of the lists. */
  public ScoredLine {
    columns = List.copyOf(columns);
    cells = List.copyOf(cells);
  }
}
