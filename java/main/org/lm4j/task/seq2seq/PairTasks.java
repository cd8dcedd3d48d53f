package org.lm4j.task.seq2seq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.lm4j.io.IoErrors;
import org.lm4j.task.scenes.Scenes;

/** Generates the pairs of a synthetic task from a seed, the same on every machine. */
public final class PairTasks {
  /** The largest number of pairs in one part: far below the number that exist. */
  public static final int MAX_COUNT = 100_000;

  /**
   * The largest number of pairs in {@link PairPart#VALID} or {@link PairPart#TEST}, which are
   * smaller.
   */
  public static final int MAX_HELD_OUT = 10_000;

  private PairTasks() {}

  /**
   * Returns the first {@code count} pairs of a part, no two with the same source. A larger count
   * only adds pairs at the end.
   *
   * @throws IllegalArgumentException if the count is below 1 or above the most
   */
  public static List<Pair> draw(PairTask task, long seed, PairPart part, int count) {
    int most = part == PairPart.TRAIN ? MAX_COUNT : MAX_HELD_OUT;
    if (count < 1 || count > most) {
      throw new IllegalArgumentException("from 1 to " + most + " pairs, not " + count);
    }
    SplittableRandom random = Scenes.random(seed, part.word() + " of " + task.label(), 0);
    List<Pair> pairs = new ArrayList<>(count);
    Set<String> known = new HashSet<>();
    while (pairs.size() < count) {
      Pair pair = task.draw(random);
      if (PairPart.of(task.key(pair)) == part && known.add(pair.source())) {
        pairs.add(pair);
      }
    }
    return List.copyOf(pairs);
  }

  /**
   * Writes {@code train.tsv}, {@code valid.tsv} and {@code test.tsv} into a folder, which is
   * created if needed; files of the same names are replaced.
   *
   * @param count pairs to train on
   * @param heldOut pairs of each of the other two
   * @throws java.io.UncheckedIOException if one cannot be written
   */
  public static void write(Path folder, PairTask task, long seed, int count, int heldOut) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw IoErrors.cannotWrite(folder, e);
    }
    for (PairPart part : PairPart.values()) {
      int size = part == PairPart.TRAIN ? count : heldOut;
      PairFile.write(part.file(folder), draw(task, seed, part, size));
    }
  }
}
