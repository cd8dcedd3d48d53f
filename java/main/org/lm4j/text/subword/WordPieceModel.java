package org.lm4j.text.subword;

import java.util.Map;

/**
 * WordPiece: the longest token that begins a word, then the longest with the prefix that continues
 * it, and so on; a word for which that fails is unknown as a whole.
 */
final class WordPieceModel implements PieceModel {
  private final Map<String, Integer> vocabulary;
  private final String prefix;
  private final int mostCharacters;
  private final int unknown;
  private final int longest;

  WordPieceModel(Spec spec, Map<String, Integer> vocabulary) {
    this.vocabulary = vocabulary;
    String written = spec.textOrNull("continuing_subword_prefix");
    this.prefix = written == null ? "##" : written;
    this.mostCharacters = spec.number("max_input_chars_per_word", 100);
    this.unknown = BpeModel.unknown(spec, vocabulary);
    if (unknown < 0) {
      throw spec.wrong("unk_token", "a token of its vocabulary");
    }
    this.longest = vocabulary.keySet().stream().mapToInt(String::length).max().orElse(0);
  }

  @Override
  public String name() {
    return "WordPiece";
  }

  @Override
  public int unknown() {
    return unknown;
  }

  @Override
  public Pieces cut(String part) {
    Pieces pieces = new Pieces(4);
    boolean known = part.codePointCount(0, part.length()) <= mostCharacters;
    for (int from = 0; known && from < part.length(); ) {
      int to = Math.min(part.length(), from + longest);
      String begin = from == 0 ? "" : prefix;
      Integer id = null;
      while (to > from && (id = vocabulary.get(begin + part.substring(from, to))) == null) {
        to--;
      }
      if (id == null) {
        known = false;
      } else {
        pieces.add(id, from, to);
        from = to;
      }
    }
    if (!known) {
      pieces = new Pieces(1);
      pieces.add(unknown, 0, part.length());
    }
    return pieces;
  }
}
