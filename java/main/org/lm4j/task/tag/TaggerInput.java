package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lm4j.nn.SoftmaxOutput;

/**
 * A batch of sentences as a {@link TaggerNetwork} reads it, padded to a shape. Sentences are
 * time-major: a token's index is {@code t·B + b}. Padding has id 0 and no target.
 */
final class TaggerInput {
  /** Number T of steps. */
  final int steps;

  /** Ids of words, {@code (T·B)}. */
  final int[] words;

  /** Ids of the values of each feature, {@code (T·B)} each. */
  final List<int[]> features = new ArrayList<>();

  /** The row of each token's word among those of all groups, {@code (T·B)}. */
  final int[] rows;

  /** The lengths of the sentences, {@code (B)}. */
  final int[] lengths;

  /** Ids of tags, {@code (T·B)}. */
  final int[] targets;

  /** The different words by their characters. */
  final List<Group> groups = new ArrayList<>();

  /** Creates a batch that is all padding. */
  TaggerInput(int steps, int batch, int featureCount) {
    int places = Math.multiplyExact(steps, batch);
    this.steps = steps;
    this.words = new int[places];
    this.rows = new int[places];
    this.lengths = new int[batch];
    this.targets = new int[places];
    Arrays.fill(targets, SoftmaxOutput.IGNORE);
    for (int i = 0; i < featureCount; i++) {
      features.add(new int[places]);
    }
  }

  /** Returns the number B of sentences. */
  int batch() {
    return lengths.length;
  }

  /** Returns the number of rows of all groups together, at least 1. */
  int groupRows() {
    return Math.max(1, groups.stream().mapToInt(group -> group.lengths.length).sum());
  }

  /** A group of words of similar length. */
  static final class Group {
    /** The number C of steps, at least the characters of the longest word. */
    final int steps;

    /** The ids of characters, {@code (C·W)}: a character's place is {@code c·W + w}. */
    final int[] characters;

    /** The lengths of the words, {@code (W)}. */
    final int[] lengths;

    /** Creates a group whose characters are still to be filled in. */
    Group(int steps, int words) {
      this.steps = steps;
      this.characters = new int[Math.multiplyExact(steps, words)];
      this.lengths = new int[words];
    }
  }
}
