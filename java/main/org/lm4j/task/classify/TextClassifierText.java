package org.lm4j.task.classify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.Padding;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.task.tag.TaggerText;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.Words;
import org.lm4j.text.sentence.TokenCounts;

/** Texts as ids of words, from which batches for a {@link TextClassifierNetwork} are assembled. */
public final class TextClassifierText {
  /** The largest number of words read of a text, or of each text of a pair; the rest is ignored. */
  public static final int MOST_WORDS = 1024;

  private final Vocabulary vocabulary;
  private final List<int[]> texts = new ArrayList<>();
  private final List<Integer> seconds = new ArrayList<>(); // words before the first tab
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

  /**
   * Adds a text of a class.
   *
   * @param text one text; of a pair both, with a tab between them
   */
  public void add(String text, int label) {
    int tab = text.indexOf('\t');
    int[] first = ids(tab < 0 ? text : text.substring(0, tab));
    int[] second = tab < 0 ? new int[0] : ids(text.substring(tab));
    int[] ids = IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
    for (int i = 0; i < Math.min(MOST_WORDS, ids.length); i++) {
      counts.merge(ids[i], 1, Integer::sum);
    }
    texts.add(ids);
    seconds.add(first.length);
    classes.add(label);
  }

  private int[] ids(String text) {
    return Words.in(text).stream()
        .limit(MOST_WORDS)
        .mapToInt(word -> Math.max(0, vocabulary.id(word))) // <unk> is 0
        .toArray();
  }

  /** Returns the number of texts. */
  public int size() {
    return texts.size();
  }

  /** Returns the number of words of a text. */
  public int length(int text) {
    return Math.min(MOST_WORDS, texts.get(text).length);
  }

  /** Returns the class of a text, {@link SoftmaxOutput#IGNORE} where it is not known. */
  public int label(int text) {
    return classes.get(text);
  }

  /**
   * Returns a batch.
   *
   * @param chosen indices of the texts, -1 for an empty one
   * @param key decides when words seen once are replaced by {@code <unk>}; null for never
   * @param pairs whether each is a pair, the first text before its tab and the second after it
   */
  Input input(int[] chosen, @Nullable RandomKey key, Padding padding, boolean pairs) {
    List<int[]> columns = new ArrayList<>();
    for (int text : chosen) {
      columns.add(text < 0 ? new int[0] : part(text, 0, pairs ? seconds.get(text) : MOST_WORDS));
    }
    for (int b = 0; pairs && b < chosen.length; b++) {
      columns.add(
          chosen[b] < 0
              ? new int[0]
              : part(chosen[b], seconds.get(chosen[b]), texts.get(chosen[b]).length));
    }
    int longest = columns.stream().mapToInt(ids -> ids.length).reduce(1, Math::max);
    Input input = new Input(padding.of(longest), columns.size(), chosen.length);
    for (int b = 0; b < chosen.length; b++) {
      input.targets[b] = chosen[b] < 0 ? SoftmaxOutput.IGNORE : classes.get(chosen[b]);
    }
    for (int column = 0; column < columns.size(); column++) {
      int[] ids = columns.get(column);
      input.lengths[column] = ids.length;
      for (int t = 0; t < ids.length; t++) {
        int at = t * columns.size() + column;
        boolean unknown =
            key != null
                && counts.getOrDefault(ids[t], 0) == 1
                && Philox.uniform(key, TaggerText.SITE_UNKNOWN, at) < TaggerText.UNKNOWN_PART;
        input.words[at] = unknown ? 0 : ids[t];
      }
    }
    return input;
  }

  private int[] part(int text, int from, int to) {
    int[] ids = texts.get(text);
    return Arrays.copyOfRange(ids, from, Math.min(to, ids.length));
  }

  /**
   * A padded, time-major batch of texts; padding has id 0. A batch of pairs holds {@code N = 2B}
   * sequences, the B first texts and then the B second ones; otherwise {@code N = B}.
   */
  static final class Input {
    /** Number T of steps. */
    final int steps;

    /** Ids of words, {@code (T·N)}. */
    final int[] words;

    /** The lengths of the texts, {@code (N)}. */
    final int[] lengths;

    /** Classes, {@code (B)}. */
    final int[] targets;

    private Input(int steps, int sequences, int batch) {
      this.steps = steps;
      this.words = new int[Math.multiplyExact(steps, sequences)];
      this.lengths = new int[sequences];
      this.targets = new int[batch];
    }
  }
}
