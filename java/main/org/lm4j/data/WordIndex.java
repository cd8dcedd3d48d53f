package org.lm4j.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Maps distinct words to rows by a hash table of 4 to 8 bytes per word, since vector files have
 * millions of words.
 */
final class WordIndex {
  private final List<String> words = new ArrayList<>();
  private int[] slots = new int[1 << 10]; // row + 1, or 0 if empty

  /**
   * Adds a word, which gets the next row.
   *
   * @return whether it is new
   */
  boolean add(String word) {
    int slot = slot(word);
    if (slots[slot] != 0) {
      return false;
    }
    words.add(word);
    slots[slot] = words.size();
    if (words.size() > slots.length / 2) {
      slots = new int[Math.multiplyExact(slots.length, 2)];
      for (int row = 0; row < words.size(); row++) {
        slots[slot(words.get(row))] = row + 1;
      }
    }
    return true;
  }

  /** Returns the row of a word, or -1. */
  int row(String word) {
    return slots[slot(word)] - 1;
  }

  /** Returns the slot where a word is, or would be. */
  private int slot(String word) {
    int hash = word.hashCode() * 0x9E3779B9;
    int slot = hash >>> Integer.numberOfLeadingZeros(slots.length - 1);
    while (slots[slot] != 0 && !words.get(slots[slot] - 1).equals(word)) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  int size() {
    return words.size();
  }

  List<String> words() {
    return Collections.unmodifiableList(words);
  }

  static WordIndex of(List<String> words) {
    WordIndex index = new WordIndex();
    for (String word : words) {
      if (!index.add(word)) {
        throw new IllegalArgumentException("the word '" + word + "' occurs twice");
      }
    }
    return index;
  }
}
