package org.lm4j.text;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.text.token.TokenSequence;

/**
 * Counts words, what white space separates, in a text that is kept as tokens of any level. At word
 * level they are the tokens that are not the end of a line.
 */
public final class WordCount {
  private static final int CHUNK = 1 << 16;

  private WordCount() {}

  /** Returns the number of words of a text. May take as long as reading it once. */
  public static long of(TokenSequence tokens, Vocabulary vocabulary) {
    boolean words = vocabulary.level() == Level.WORD;
    int lineEnd = vocabulary.endOfSentence();
    List<String> texts = new ArrayList<>(vocabulary.size());
    for (int id = 0; id < vocabulary.size() && !words; id++) {
      texts.add(text(vocabulary, id));
    }
    long count = 0;
    boolean inside = false; // a word
    int[] ids = new int[CHUNK];
    for (long from = 0; from < tokens.size(); from += CHUNK) {
      int some = (int) Math.min(CHUNK, tokens.size() - from);
      tokens.copy(from, some, ids, 0);
      for (int i = 0; i < some; i++) {
        if (words) {
          count += ids[i] == lineEnd ? 0 : 1;
          continue;
        }
        String text = texts.get(ids[i]);
        for (int at = 0; at < text.length(); at = text.offsetByCodePoints(at, 1)) {
          boolean space = WordSplitter.isWhitespace(text.codePointAt(at));
          count += !space && !inside ? 1 : 0;
          inside = !space;
        }
      }
    }
    return count;
  }

  /** Returns the text of a token; of a byte, a letter in place of what is not white space. */
  private static String text(Vocabulary vocabulary, int id) {
    if (vocabulary.level() == Level.BYTE) {
      return id < 0x80 && WordSplitter.isWhitespace(id) ? " " : "x";
    }
    return vocabulary.text(id);
  }
}
