package org.lm4j.train.batch;

import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/** Detects held-out examples that are also trained on. */
public final class Overlap {
  private Overlap() {}

  /**
   * Logs a warning if at least half of the held-out data are also in the training data, from any
   * files: most data repeat some examples in every part, but not that many.
   *
   * @param what the examples are, in the plural
   * @param content what makes two of them the same
   */
  public static <T> void warn(
      String what, Collection<T> trained, Collection<T> heldOut, Function<T, ?> content) {
    Set<Object> known = new HashSet<>();
    trained.forEach(example -> known.add(content.apply(example)));
    long both = heldOut.stream().filter(example -> known.contains(content.apply(example))).count();
    if (both > 0 && 2 * both >= heldOut.size()) {
      System.getLogger(Overlap.class.getName())
          .log(
              System.Logger.Level.WARNING,
              String.format(
                  Locale.ROOT,
                  "%,d of the %,d %s held out are also trained on; the validation loss does not show"
                      + " how the model does on new ones",
                  both,
                  heldOut.size(),
                  what));
    }
  }
}
