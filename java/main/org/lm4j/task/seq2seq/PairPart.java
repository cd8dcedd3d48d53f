package org.lm4j.task.seq2seq;

import java.nio.file.Path;
import java.util.Locale;
import org.lm4j.task.scenes.Scenes;

/**
 * The part of the generated pairs a pair belongs to. A hash of its {@linkplain PairTask#key key}
 * alone decides: 8 in 10 are for training, 1 for validation, 1 for the test. So nothing that is
 * trained on is ever judged by, whatever the seeds and the numbers.
 */
public enum PairPart {
  /** To learn from. */
  TRAIN,
  /** To choose weights by. */
  VALID,
  /** To judge by. */
  TEST;

  /** Returns the part of pairs with this key. */
  static PairPart of(String key) {
    return switch ((int) Long.remainderUnsigned(Scenes.mix(0, key), 10)) {
      case 0 -> TEST;
      case 1 -> VALID;
      default -> TRAIN;
    };
  }

  /** Returns the word for it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its file in a folder: {@code train.tsv}, {@code valid.tsv}, {@code test.tsv}. */
  public Path file(Path folder) {
    return folder.resolve(word() + ".tsv");
  }
}
