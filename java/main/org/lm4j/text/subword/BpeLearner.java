package org.lm4j.text.subword;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * Learns byte-level BPE from counted words (Sennrich, Haddow and Birch, "Neural Machine Translation
 * of Rare Words with Subword Units", 2016; bytes as in Radford et al., "Language Models are
 * Unsupervised Multitask Learners", 2019): the most frequent pair of neighbouring tokens becomes a
 * token, again and again. Of pairs that are equally frequent the one with the smaller left id comes
 * first, then the one with the smaller right id. Ids 0 to 255 are the bytes, in the order of their
 * characters in GPT-2's alphabet; learned tokens follow in the order in which they were learned.
 *
 * <p>Counts are updated only where a pair occurs, so the time grows with the text's different words
 * and not with the size of the vocabulary times the words.
 */
public final class BpeLearner {
  /** The smallest vocabulary: the 256 bytes. */
  public static final int BYTES = 256;

  private static final int REPORT_EACH = 64; // merges
  private static final int[] NONE = {};

  /** Receives the progress. */
  @FunctionalInterface
  public interface Progress {
    /** Reports that the vocabulary has {@code size} of {@code wanted} tokens. */
    void learned(int size, int wanted);
  }

  /** A pair that may become a token, with the words in which it was found. */
  private static final class Candidate {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingLong((Candidate c) -> -c.count).thenComparingLong(c -> c.pair);

    final long pair;
    final int slot;
    final int[] words;
    long count;

    Candidate(long pair, int slot, long count, int[] words) {
      this.pair = pair;
      this.slot = slot;
      this.count = count;
      this.words = words;
    }
  }

  private final List<String> tokens = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final List<List<String>> merges = new ArrayList<>();

  // Words one after the other: the tokens of word w are symbols[starts[w]] ... , lengths[w] many.
  private int[] symbols = new int[1 << 16];
  private final int[] starts;
  private final int[] lengths;
  private final long[] counts;

  // By the slot of a pair.
  private final PairMap slots = new PairMap(1 << 16);
  private long[] pairs = new long[1 << 12];
  private long[] pairCounts = new long[1 << 12];
  private int[][] found = new int[1 << 12][]; // words, in ascending order
  private int[] foundCounts = new int[1 << 12];
  private int pairCount;
  private int[] touched = new int[1 << 10]; // slots with words found since the last merge
  private int touchedCount;
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.BEST_FIRST);

  private BpeLearner(List<String> words, long[] counts) {
    this.counts = counts;
    this.starts = new int[words.size()];
    this.lengths = new int[words.size()];
    int[] byteIds = alphabet();
    int end = 0;
    for (int w = 0; w < words.size(); w++) {
      starts[w] = end;
      if (counts[w] > 0) {
        byte[] bytes = words.get(w).getBytes(StandardCharsets.UTF_8);
        if (end + bytes.length > symbols.length) {
          symbols = Arrays.copyOf(symbols, Math.max(2 * symbols.length, end + bytes.length));
        }
        for (byte octet : bytes) {
          symbols[end++] = byteIds[octet & 0xFF];
        }
        lengths[w] = bytes.length;
      }
    }
  }

  /** Adds the bytes to the vocabulary and returns their ids. */
  private int[] alphabet() {
    char[] characters = new char[256];
    for (int octet = 0; octet < 256; octet++) {
      characters[octet] = ByteAlphabet.character(octet);
    }
    Arrays.sort(characters);
    int[] byteIds = new int[256];
    for (char character : characters) {
      byteIds[ByteAlphabet.octet(character)] = tokens.size();
      ids.put(String.valueOf(character), tokens.size());
      tokens.add(String.valueOf(character));
    }
    return byteIds;
  }

  /**
   * Learns a tokenizer.
   *
   * @param words different parts of a text, as {@link #split} gives them
   * @param counts how often each occurs; those that do not are not learned from
   * @param size of the vocabulary, at least 256; there are fewer tokens if no pair is left
   * @param minCount pairs that occur less often do not become tokens
   */
  public static SubwordTokenizer learn(
      List<String> words, long[] counts, int size, long minCount, Progress progress) {
    BpeLearner learner = new BpeLearner(words, counts);
    learner.run(size, Math.max(1, minCount), progress);
    return TokenizerSpec.tokenizer(
        TokenizerSpec.ofByteLevelBpe(learner.tokens, learner.merges), "the learned tokenizer");
  }

  /**
   * Splits a line into the parts that BPE is learned from and applied to: those of GPT-2, except
   * that a line end is always a part by itself.
   */
  public static void split(String line, Consumer<String> parts) {
    int at = 0;
    while (at < line.length()) {
      int lineEnd = line.indexOf('\n', at);
      int limit = lineEnd < 0 ? line.length() : lineEnd;
      while (at < limit) {
        int end = GptSplitter.end(line, at, limit);
        parts.accept(line.substring(at, end));
        at = end;
      }
      if (lineEnd >= 0) {
        parts.accept("\n");
        at++;
      }
    }
  }

  private void run(int size, long minCount, Progress progress) {
    for (int w = 0; w < starts.length; w++) {
      for (int i = 1; i < lengths[w]; i++) {
        count(symbols[starts[w] + i - 1], symbols[starts[w] + i], counts[w], w);
      }
    }
    enqueueTouched();
    while (tokens.size() < size && !queue.isEmpty()) {
      Candidate best = queue.remove();
      if (best.count != pairCounts[best.slot]) {
        best.count = pairCounts[best.slot];
        queue.add(best);
        continue;
      }
      if (best.count < minCount) {
        break;
      }
      merge(best);
      if (merges.size() % REPORT_EACH == 0) {
        progress.learned(tokens.size(), size);
      }
    }
    progress.learned(tokens.size(), tokens.size());
  }

  private void merge(Candidate best) {
    int left = (int) (best.pair >>> 32);
    int right = (int) best.pair;
    String token = tokens.get(left) + tokens.get(right);
    int id = ids.computeIfAbsent(token, _ -> tokens.size());
    if (id == tokens.size()) {
      tokens.add(token);
    }
    merges.add(List.of(tokens.get(left), tokens.get(right)));
    for (int w : best.words) {
      merge(w, left, right, id);
    }
    enqueueTouched();
  }

  /** Replaces a pair in a word, from left to right, and updates the counts of its neighbours. */
  private void merge(int word, int left, int right, int id) {
    int start = starts[word];
    int length = lengths[word];
    long count = counts[word];
    int to = 0;
    for (int from = 0; from < length; ) {
      int symbol = symbols[start + from];
      if (symbol != left || from + 1 >= length || symbols[start + from + 1] != right) {
        symbols[start + to++] = symbol;
        from++;
        continue;
      }
      from += 2;
      if (to > 0) {
        int before = symbols[start + to - 1];
        count(before, left, -count, word);
        count(before, id, count, word);
      }
      symbols[start + to++] = id;
      if (from < length) {
        int after = symbols[start + from];
        count(right, after, -count, word);
        count(id, after, count, word);
      }
    }
    lengths[word] = to;
  }

  /** Adds to the count of a pair; where it rises, remembers the word. */
  private void count(int left, int right, long change, int word) {
    long pair = PairMap.pair(left, right);
    int slot = slots.get(pair);
    if (slot < 0) {
      slot = newSlot(pair);
    }
    pairCounts[slot] += change;
    if (change <= 0) {
      return;
    }
    int count = foundCounts[slot];
    if (count == 0) {
      touch(slot);
    } else if (found[slot][count - 1] == word) {
      return;
    }
    if (count == found[slot].length) {
      found[slot] = Arrays.copyOf(found[slot], 2 * count);
    }
    found[slot][count] = word;
    foundCounts[slot] = count + 1;
  }

  private int newSlot(long pair) {
    int slot = pairCount++;
    if (slot == pairs.length) {
      pairs = Arrays.copyOf(pairs, 2 * slot);
      pairCounts = Arrays.copyOf(pairCounts, 2 * slot);
      found = Arrays.copyOf(found, 2 * slot);
      foundCounts = Arrays.copyOf(foundCounts, 2 * slot);
    }
    pairs[slot] = pair;
    slots.put(pair, slot);
    return slot;
  }

  private void touch(int slot) {
    if (touchedCount == touched.length) {
      touched = Arrays.copyOf(touched, 2 * touchedCount);
    }
    touched[touchedCount++] = slot;
    found[slot] = new int[2];
  }

  private void enqueueTouched() {
    for (int i = 0; i < touchedCount; i++) {
      int slot = touched[i];
      if (pairCounts[slot] > 0) {
        int[] words = Arrays.copyOf(found[slot], foundCounts[slot]);
        queue.add(new Candidate(pairs[slot], slot, pairCounts[slot], words));
      }
      found[slot] = NONE;
      foundCounts[slot] = 0;
    }
    touchedCount = 0;
  }
}
