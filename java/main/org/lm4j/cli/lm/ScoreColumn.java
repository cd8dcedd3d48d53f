package org.lm4j.cli.lm;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.lm4j.cli.lm.ScoreRow.Per;

/** The columns that {@code lm score} can print. */
enum ScoreColumn {
  LINE(Per.TOKEN, Per.WORD, Per.LINE),
  ID(Per.TOKEN, Per.WORD, Per.LINE),
  POSITION(Per.TOKEN, Per.WORD),
  TEXT(Per.TOKEN, Per.WORD, Per.LINE),
  START(Per.TOKEN, Per.WORD),
  END(Per.TOKEN, Per.WORD),
  SURPRISAL(Per.TOKEN, Per.WORD, Per.LINE),
  OOV(Per.TOKEN, Per.WORD, Per.LINE),
  TOKENS(Per.WORD, Per.LINE),
  RANK(Per.TOKEN, Per.WORD),
  ENTROPY(Per.TOKEN, Per.WORD),
  REDUCTION(Per.TOKEN, Per.WORD);

  private final Set<Per> rows;

  ScoreColumn(Per first, Per... others) {
    this.rows = EnumSet.of(first, others);
  }

  /** Returns its name in options and headers. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns whether rows about {@code per} have it. */
  boolean fits(Per per) {
    return rows.contains(per);
  }

  /** Returns whether it needs the whole distribution, for one token alone. */
  boolean needsPrediction() {
    return this == RANK || this == ENTROPY || this == REDUCTION;
  }

  /** Returns the names of the columns that rows about {@code per} have. */
  static List<String> labels(Per per) {
    return Arrays.stream(values()).filter(each -> each.fits(per)).map(ScoreColumn::label).toList();
  }
}
