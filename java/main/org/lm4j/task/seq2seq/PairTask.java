package org.lm4j.task.seq2seq;

import java.util.Locale;
import java.util.SplittableRandom;
import org.lm4j.InputException;

/** Synthetic tasks with known answers, which show whether a translator learns at all. */
public enum PairTask {
  /** Dates between 1900 and 2099 as people write them, to ISO 8601; see {@link DatePhrases}. */
  DATES {
    @Override
    Pair draw(SplittableRandom random) {
      return DatePhrases.draw(random);
    }

    // No training date is in the test set, in any format.
    @Override
    String key(Pair pair) {
      return pair.target();
    }
  },
  /** 3 to 15 letters in reverse order. */
  REVERSE {
    @Override
    Pair draw(SplittableRandom random) {
      int length = random.nextInt(SHORTEST, LONGEST + 1);
      StringBuilder letters = new StringBuilder(length);
      for (int i = 0; i < length; i++) {
        letters.append((char) ('a' + random.nextInt(26)));
      }
      String source = letters.toString();
      return new Pair(source, letters.reverse().toString());
    }

    @Override
    String key(Pair pair) {
      return pair.source();
    }
  },
  /** The sum of two numbers of three digits, {@code 123+456} to {@code 579}. */
  ADDITION {
    @Override
    Pair draw(SplittableRandom random) {
      int a = random.nextInt(100, 1000);
      int b = random.nextInt(100, 1000);
      return new Pair(a + "+" + b, Integer.toString(a + b));
    }

    // 456+123 is in the part of 123+456.
    @Override
    String key(Pair pair) {
      String first = pair.source().substring(0, 3);
      String second = pair.source().substring(4);
      return first.compareTo(second) <= 0 ? first + second : second + first;
    }
  };

  private static final int SHORTEST = 3;
  private static final int LONGEST = 15;

  /** Draws a pair. */
  abstract Pair draw(SplittableRandom random);

  /** Returns the key that pairs of different parts must not share. */
  abstract String key(Pair pair);

  /** Returns the name in options. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Returns the task with this name.
   *
   * @throws InputException if there is none
   */
  public static PairTask of(String label) {
    for (PairTask task : values()) {
      if (task.label().equals(label)) {
        return task;
      }
    }
    throw new InputException(
        "The task '" + label + "' is unknown; take dates, reverse or addition.");
  }
}
