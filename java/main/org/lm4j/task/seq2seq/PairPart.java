package org.lm4j.task.seq2seq;

import java.nio.file.Path;
import java.util.Locale;
import org.lm4j.task.scenes.Scenes;

/**
 * The part of the data to which a generated pair belongs. A hash of its {@linkplain PairTask#key
 * key} decides: 8 in 10 are for training, 1 for validation, 1 for testing. So no training pair is
 * ever in the test set, for any seed and number of pairs.
 */
public enum PairPart {
  /** The training set. */
  TRAIN,
  /** The validation set. */
  VALID,
  /** The test set. */
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

  /** Returns its file in a folder: {@code train.tsv}, {@code valid.tsv}, {@code test.tsv}. */
  public Path file(Path folder) {
    return folder.resolve(word() + ".tsv");
  }
}
