package org.lm4j.text;

import java.util.ArrayList;
import java.util.List;

/** Splits a string into words at white space, as at word level. */
public final class Words {
  private Words() {}

  /** Returns the words in order; none for a blank text. */
  public static List<String> in(String text) {
    List<String> words = new ArrayList<>();
    WordSplitter splitter =
        new WordSplitter(
            new WordSplitter.Sink() {
              @Override
              public void word(String word, long offset) {
                words.add(word);
              }

              @Override
              public void lineEnd(long offset) {
                // Ends a word like any other white space.
              }
            },
            "The text");
    text.codePoints().forEach(c -> splitter.accept(c, 0));
    splitter.endWord();
    return List.copyOf(words);
  }

  /** Returns the words in order, and {@code <eos>} for each line end. */
  static List<String> andLineEnds(String text) {
    List<String> words = new ArrayList<>();
    WordSplitter splitter =
        new WordSplitter(
            new WordSplitter.Sink() {
              @Override
              public void word(String word, long offset) {
                words.add(word);
              }

              @Override
              public void lineEnd(long offset) {
                words.add(Vocabulary.END_OF_SENTENCE);
              }
            },
            "The text");
    text.codePoints().forEach(c -> splitter.accept(c, 0));
    splitter.endWord();
    return words;
  }
}
