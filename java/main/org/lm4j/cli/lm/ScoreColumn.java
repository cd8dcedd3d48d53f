package org.lm4j.cli.lm;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.lm4j.cli.lm.ScoreRow.Per;

/** The columns that {@code lm score} can print. */
enum ScoreColumn {
  LINE,
  ID,
  POSITION,
  TEXT,
  START,
  END,
  SURPRISAL,
  OOV,
  TOKENS,
  RANK,
  ENTROPY,
  REDUCTION;

  /** Returns its name in options and headers. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns whether rows about {@code per} have it. */
  boolean fits(Per per) {
    return switch (this) {
      case LINE, ID, TEXT, SURPRISAL, OOV -> true;
      case TOKENS -> per != Per.TOKEN;
      case POSITION, START, END, RANK, ENTROPY, REDUCTION -> per != Per.LINE;
    };
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
