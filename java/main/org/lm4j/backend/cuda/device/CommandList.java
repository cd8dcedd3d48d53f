package org.lm4j.backend.cuda.device;

import java.util.Arrays;
import org.lm4j.backend.cuda.rnn.RnnStage;

/**
 * The commands to send to the device, as plain numbers in one array: recording costs no memory, and
 * two lists ask for the same if and only if their words are equal.
 *
 * <p>A command is a header word, its kind in the low byte and the number of words that follow above
 * it, and those words. Numbers that vary from step to step do not stand in the list but in the
 * parameter block, at an address that does; see {@link ParameterRing}.
 */
public final class CommandList {
  /** Function, grid, block, bytes of shared memory, then the arguments. */
  static final int LAUNCH = 1;

  /** A matrix product; see {@link Products}. */
  static final int GEMM = 2;

  /** Target, source, bytes; both on the device. */
  static final int COPY = 3;

  /** Target, 32-bit word, how often. */
  static final int FILL = 4;

  /** The forward pass of a recurrent stack; see {@link RnnStage}. */
  public static final int RNN_FORWARD = 5;

  /** The gradients of its input and states. */
  public static final int RNN_BACKWARD_DATA = 6;

  /** The gradients of its weights. */
  public static final int RNN_BACKWARD_WEIGHTS = 7;

  /**
   * Batched products: as {@link #GEMM}, then three distances from matrix to matrix and their
   * number.
   */
  static final int BATCHED_GEMM = 8;

  /** Words of the longest command there may be, header included. */
  static final int LONGEST = 40;

  private static final int NONE = -1;
  private static final int KIND_BITS = 8;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final long[] words;
  private int size;
  private int header = NONE; // of the command recorded last
  private int commands;

  /** Creates an empty list with room for {@code capacity} words. */
  CommandList(int capacity) {
    words = new long[capacity];
  }

  /** Returns whether another command fits, however long. */
  boolean hasRoom() {
    return words.length - size >= LONGEST;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Returns the number of commands. */
  int commands() {
    return commands;
  }

  /** Begins a command; {@link #add} appends its words. */
  CommandList begin(int kind) {
    header = size;
    words[size++] = kind;
    commands++;
    return this;
  }

  /** Appends a word to the command begun last. */
  public CommandList add(long word) {
    words[size++] = word;
    words[header] += 1L << KIND_BITS;
    return this;
  }

  /**
   * Takes back the command recorded last if it has these words, all but one of them.
   *
   * @param any index of the word that may be any
   * @param expected all words of the command after its header
   * @return that word; 0 where nothing was taken back
   */
  long takeBack(int kind, int any, long... expected) {
    if (header == NONE || kind(header) != kind || length(header) != expected.length) {
      return 0;
    }
    int at = header + 1;
    for (int i = 0; i < expected.length; i++) {
      if (i != any && words[at + i] != expected[i]) {
        return 0;
      }
    }
    long found = words[at + any];
    size = header;
    header = NONE; // where the one before begins is not known
    commands--;
    return found;
  }

  void clear() {
    size = 0;
    header = NONE;
    commands = 0;
  }

  /** Returns the number of words. */
  int size() {
    return size;
  }

  long word(int at) {
    return words[at];
  }

  /** Returns the kind of the command whose header is at {@code at}. */
  int kind(int at) {
    return (int) words[at] & (1 << KIND_BITS) - 1;
  }

  /** Returns the number of words of that command after its header. */
  int length(int at) {
    return (int) (words[at] >>> KIND_BITS);
  }

  /** Returns a number that differs between most lists that differ. */
  long fingerprint() {
    long hash = size;
    for (int i = 0; i < size; i++) {
      hash = (hash ^ words[i]) * MULTIPLIER;
      hash ^= hash >>> 32;
    }
    return hash;
  }

  long[] copyOfWords() {
    return Arrays.copyOf(words, size);
  }

  boolean equalsWords(long[] others) {
    return Arrays.equals(words, 0, size, others, 0, others.length);
  }
}
