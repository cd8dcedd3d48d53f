package org.lm4j.task.classify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.Padding;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.task.tag.TaggerText;
import org.lm4j.text.Level;
import org.lm4j.text.TokenCounts;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.Words;

/**
 * Texts as ids of words, from which batches for a {@link TextClassifierNetwork} are put together.
 */
public final class TextClassifierText {
  /** The largest number of words read of a text; the rest of a longer text is ignored. */
  public static final int MOST_WORDS = 1024;

  private final Vocabulary vocabulary;
  private final List<int[]> texts = new ArrayList<>();
  private final List<Integer> classes = new ArrayList<>(); // IGNORE where it is not known
  private final Map<Integer, Integer> counts = new HashMap<>(); // by id of a word

  /** Creates an empty collection of texts. */
  public TextClassifierText(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Returns the vocabulary of training texts, {@code <unk>} first.
   *
   * @param minCount the number of times a word must occur
   */
  public static Vocabulary vocabulary(Iterable<String> texts, int minCount) {
    TokenCounts counts = new TokenCounts();
    texts.forEach(text -> Words.in(text).forEach(counts::add));
    return counts.vocabulary(Level.WORD, minCount);
  }

  /** Adds a text whose class is not known. */
  public void add(String text) {
    add(text, SoftmaxOutput.IGNORE);
  }

  /** Adds a text of a class. */
  public void add(String text, int label) {
    int[] ids =
        Words.in(text).stream()
            .limit(MOST_WORDS)
            .mapToInt(word -> Math.max(0, vocabulary.id(word))) // <unk> is 0
            .toArray();
    for (int id : ids) {
      counts.merge(id, 1, Integer::sum);
    }
    texts.add(ids);
    classes.add(label);
  }

  /** Returns the number of texts. */
  public int size() {
    return texts.size();
  }

  /** Returns the number of words of a text. */
  public int length(int text) {
    return texts.get(text).length;
  }

  /** The class of a text, {@link SoftmaxOutput#IGNORE} where it is not known. */
  public int label(int text) {
    return classes.get(text);
  }

  /**
   * Returns a batch.
   *
   * @param chosen indices of the texts, -1 for an empty one
   * @param key decides when words seen once are replaced by {@code <unk>}; null for never
   */
  Input input(int[] chosen, @Nullable RandomKey key, Padding padding) {
    int batch = chosen.length;
    int longest = 1;
    for (int text : chosen) {
      longest = Math.max(longest, text < 0 ? 0 : length(text));
    }
    Input input = new Input(padding.of(longest), batch);
    for (int b = 0; b < batch; b++) {
      if (chosen[b] < 0) {
        continue;
      }
      int[] ids = texts.get(chosen[b]);
      input.lengths[b] = ids.length;
      input.targets[b] = classes.get(chosen[b]);
      for (int t = 0; t < ids.length; t++) {
        int at = t * batch + b;
        boolean unknown =
            key != null
                && counts.getOrDefault(ids[t], 0) == 1
                && Philox.uniform(key, TaggerText.SITE_UNKNOWN, at) < TaggerText.UNKNOWN_PART;
        input.words[at] = unknown ? 0 : ids[t];
      }
    }
    return input;
  }

  /** A padded, time-major batch of texts; padding has id 0. */
  static final class Input {
    /** Number T of steps. */
    final int steps;

    /** Ids of words, {@code (T·B)}. */
    final int[] words;

    /** The lengths of the texts, {@code (B)}. */
    final int[] lengths;

    /** Classes, {@code (B)}. */
    final int[] targets;

    private Input(int steps, int batch) {
      this.steps = steps;
      this.words = new int[Math.multiplyExact(steps, batch)];
      this.lengths = new int[batch];
      this.targets = new int[batch];
      Arrays.fill(targets, SoftmaxOutput.IGNORE);
    }
  }
}
