package org.lm4j.ngram;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.io.SafetensorsWriter;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.Shape;

/**
 * The probabilities of an n-gram model in the form of Katz's backing off, in which every model in
 * an ARPA file is written: a trie of the n-grams that the model lists, each with the natural
 * logarithm of its probability, and of the weight with which its continuations that are not listed
 * back off to the shorter context.
 *
 * <p>Tokens are ids in {@code [0, V)}; the id {@code V} stands for the beginning of a sentence,
 * which contexts may have and which is never predicted. Its file is a safetensors file, mapped into
 * memory: opening takes no longer for a large model. Immutable; any number of threads may read it,
 * each with a {@link NgramCursor}.
 */
public final class NgramTable implements AutoCloseable {
  /** The longest n-grams of a table. */
  public static final int MOST_ORDER = 16;

  private static final MemorySegment NONE = MemorySegment.NULL;

  private final String name;
  private final int vocabulary;
  private final int sentenceEnd;
  private final NgramLevel[] levels; // by length, from 1
  private final Arena arena;

  /**
   * Creates a table, which owns the arena.
   *
   * @param name of the file in messages
   * @param sentenceEnd the token after which a sentence begins; -1 for none
   */
  NgramTable(String name, int vocabulary, int sentenceEnd, List<NgramLevel> levels, Arena arena) {
    this.name = name;
    this.vocabulary = vocabulary;
    this.sentenceEnd = sentenceEnd;
    this.levels = new NgramLevel[levels.size() + 1];
    for (int i = 0; i < levels.size(); i++) {
      this.levels[i + 1] = levels.get(i);
    }
    this.arena = arena;
  }

  /** Returns the length of the longest n-grams. */
  public int order() {
    return levels.length - 1;
  }

  /** Returns {@code V}, the number of tokens that are predicted. */
  public int vocabulary() {
    return vocabulary;
  }

  /**
   * Returns the token that ends a sentence, so that what follows it is predicted as the beginning
   * of another; -1 in a model of one stream of tokens.
   */
  public int sentenceEnd() {
    return sentenceEnd;
  }

  /** Returns the id that stands for the beginning of a sentence in contexts: {@code V}. */
  public int sentenceBegin() {
    return vocabulary;
  }

  /**
   * Returns how many n-grams of a length the table lists; those of length 1 are all tokens and the
   * beginning of a sentence.
   *
   * @param length from 1 to the order
   */
  public int count(int length) {
    return levels[length].count();
  }

  NgramLevel level(int length) {
    return levels[length];
  }

  /** Returns the index of a continuation in the next level; -1 if it is not listed. */
  int child(int length, int node, int token) {
    NgramLevel level = levels[length];
    return levels[length + 1].find(token, level.first(node), level.first(node + 1));
  }

  /** Returns the refusal of a file that contradicts itself. */
  InputException damaged(Throwable cause) {
    return new InputException(
        name + " is damaged, or was cut short while it was open; restore it from a copy", cause);
  }

  /**
   * Writes the table to a file, which is replaced atomically.
   *
   * @param dtype {@link DType#F32} or {@link DType#F64}, of the logarithms
   * @param scratch folder for temporary files, of the size of the table
   */
  public void save(Path file, DType dtype, @Nullable Path scratch) {
    try (Arena converted = Arena.ofShared()) {
      Map<String, SafetensorsWriter.Data> parts = new LinkedHashMap<>();
      for (int length = 1; length <= order(); length++) {
        NgramLevel level = levels[length];
        int count = level.count();
        if (length > 1) {
          parts.put(words(length), part(DType.I32, count, level.words()));
        }
        MemorySegment logs = numbers(level.logs(), level.wide(), dtype, count, scratch, converted);
        parts.put(logs(length), part(dtype, count, logs));
        if (length < order()) {
          MemorySegment weights =
              numbers(level.backoffs(), level.wide(), dtype, count, scratch, converted);
          parts.put(backoffs(length), part(dtype, count, weights));
          parts.put(first(length), part(DType.I32, count + 1, level.first()));
        }
      }
      Map<String, String> metadata = new LinkedHashMap<>();
      metadata.put("order", Integer.toString(order()));
      metadata.put("vocabulary", Integer.toString(vocabulary));
      metadata.put("sentence_end", Integer.toString(sentenceEnd));
      SafetensorsWriter.writeData(file, parts, metadata);
    }
  }

  private static SafetensorsWriter.Data part(DType dtype, int count, MemorySegment bytes) {
    return new SafetensorsWriter.Data(dtype, Shape.of(count), bytes);
  }

  /** Returns logarithms as numbers of a type. */
  private static MemorySegment numbers(
      MemorySegment from,
      boolean wide,
      DType dtype,
      int count,
      @Nullable Path scratch,
      Arena arena) {
    if (wide == (dtype == DType.F64)) {
      return from;
    }
    NgramLevel level = new NgramLevel(count, NONE, from, NONE, NONE, wide);
    try (Column column = new Column(scratch)) {
      for (int i = 0; i < count; i++) {
        if (wide) {
          column.add((float) level.log(i));
        } else {
          column.add(level.log(i));
        }
      }
      return column.map(arena);
    }
  }

  private static String words(int length) {
    return "tokens." + length;
  }

  private static String logs(int length) {
    return "log_probabilities." + length;
  }

  private static String backoffs(int length) {
    return "log_backoffs." + length;
  }

  private static String first(int length) {
    return "continuations." + length;
  }

  /**
   * Maps a table from its file, which must not be changed before this is closed.
   *
   * @param file open for reading; may be closed afterwards
   * @param name of the file in messages
   * @throws InputException if the file holds no table
   */
  public static NgramTable map(SafetensorsFile file, String name) {
    int order = metadata(file, name, "order", 1, MOST_ORDER);
    int vocabulary = metadata(file, name, "vocabulary", 1, Integer.MAX_VALUE - 2);
    int sentenceEnd = metadata(file, name, "sentence_end", -1, vocabulary - 1);
    Arena arena = Arena.ofShared();
    boolean good = false;
    try {
      List<NgramLevel> levels = new ArrayList<>();
      for (int length = 1; length <= order; length++) {
        boolean last = length == order;
        int count = count(file, name, logs(length), -1);
        if (length == 1 && count != vocabulary + 1) {
          throw contradictory(name, logs(length), count, vocabulary + 1);
        }
        levels.add(
            new NgramLevel(
                count,
                length == 1 ? NONE : map(file, name, words(length), count, "I32", arena),
                map(file, name, logs(length), count, null, arena),
                last ? NONE : map(file, name, backoffs(length), count, null, arena),
                last ? NONE : map(file, name, first(length), count + 1, "I32", arena),
                file.storedType(logs(length)).equals("F64")));
      }
      good = true;
      return new NgramTable(name, vocabulary, sentenceEnd, levels, arena);
    } finally {
      if (!good) {
        arena.close();
      }
    }
  }

  private static int metadata(SafetensorsFile file, String name, String key, int least, int most) {
    String value = file.metadata().get(key);
    try {
      int number = value == null ? Integer.MIN_VALUE : Integer.parseInt(value);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // refused below, like a number out of range
    }
    throw new InputException(
        "%s is not a table of n-grams: its %s is %s"
            .formatted(name, key, value == null ? "missing" : value));
  }

  private static int count(SafetensorsFile file, String name, String tensor, int expected) {
    Shape shape = file.shape(tensor);
    if (shape.dims().length != 1) {
      throw new InputException(
          "%s is not a table of n-grams: %s has %d dimensions"
              .formatted(name, tensor, shape.dims().length));
    }
    int count = shape.dims()[0];
    if (expected >= 0 && count != expected) {
      throw contradictory(name, tensor, count, expected);
    }
    return count;
  }

  private static InputException contradictory(String name, String tensor, int found, int expected) {
    return new InputException(
        "%s is damaged: %s has %d entries, not %d".formatted(name, tensor, found, expected));
  }

  private static MemorySegment map(
      SafetensorsFile file,
      String name,
      String tensor,
      int count,
      @Nullable String type,
      Arena arena) {
    count(file, name, tensor, count);
    String stored = file.storedType(tensor);
    boolean fits =
        type == null ? stored.equals("F32") || stored.equals("F64") : stored.equals(type);
    if (!fits) {
      throw new InputException("%s is damaged: %s is of type %s".formatted(name, tensor, stored));
    }
    return file.map(tensor, arena);
  }

  /** Unmaps the table; a cursor that reads it afterwards throws {@link IllegalStateException}. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
