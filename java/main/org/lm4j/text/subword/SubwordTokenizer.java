package org.lm4j.text.subword;

import java.util.List;
import java.util.Map;
import org.lm4j.InputException;

/**
 * Cuts text into subwords, with the same ids as the library Hugging Face Tokenizers gives for the
 * same {@code tokenizer.json} without special tokens around a text. Immutable; any number of
 * threads may use one.
 */
public final class SubwordTokenizer {
  private static final int CACHED = 1 << 15; // parts

  private final Map<String, ?> json;
  private final List<String> tokens;
  private final PieceModel model;
  private final Pipeline pipeline;
  private final PieceTexts texts;
  private final boolean keepsText;
  private final PieceCache cache;

  SubwordTokenizer(
      Map<String, ?> json,
      List<String> tokens,
      PieceModel model,
      Pipeline pipeline,
      PieceTexts texts,
      boolean keepsText) {
    this.json = json;
    this.tokens = tokens;
    this.model = model;
    this.pipeline = pipeline;
    this.texts = texts;
    this.keepsText = keepsText;
    this.cache = new PieceCache(model, CACHED);
  }

  /**
   * Creates a tokenizer from the content of a {@code tokenizer.json}.
   *
   * @param json the object in the file: maps, lists, texts, numbers, truth values and nulls
   * @param place the name of the file, for messages
   * @throws InputException if it is malformed or needs something that is not supported, which the
   *     message names
   */
  public static SubwordTokenizer of(Map<String, ?> json, String place) {
    return TokenizerSpec.tokenizer(json, place);
  }

  /** Returns the content of its {@code tokenizer.json}. */
  public Map<String, ?> json() {
    return json;
  }

  /** Returns the name of its algorithm, such as {@code byte-level BPE}. */
  public String algorithm() {
    return model.name();
  }

  /** Returns the tokens as its file writes them, in the order of their ids. */
  public List<String> tokens() {
    return tokens;
  }

  /** Returns the id of the unknown token, -1 if there is none. */
  public int unknown() {
    return model.unknown();
  }

  /**
   * Returns whether the tokens of a text hold the whole text: no character is changed, added or
   * left out.
   */
  public boolean keepsText() {
    return keepsText;
  }

  /**
   * Returns whether the tokens show where a text has spaces, as those of byte-level BPE and
   * SentencePiece do and those of WordPiece do not.
   */
  public boolean marksSpaces() {
    return texts.marksSpaces();
  }

  /** Returns whether a decoded line loses a space at its beginning. */
  public boolean dropsFirstSpace() {
    return texts.dropsFirstSpace();
  }

  /**
   * Returns the bytes that a token adds to a text in UTF-8, with the space before it if it has one;
   * they may be a part of a character. Not to be changed.
   */
  public byte[] bytes(int id) {
    return texts.bytes()[id];
  }

  /** Returns the number of characters that begin in the bytes of a token. */
  public int characters(int id) {
    int count = 0;
    for (byte octet : texts.bytes()[id]) {
      count += (octet & 0xC0) == 0x80 ? 0 : 1;
    }
    return count;
  }

  /** Cuts a text into pieces, in its order. */
  public void encode(String text, PieceSink sink) {
    pipeline.run(
        text,
        new Pipeline.Sink() {
          @Override
          public void part(AlignedText part) {
            Pieces pieces = cache.pieces(part.text(), 0, part.text().length());
            for (int i = 0; i < pieces.size(); i++) {
              int id = pieces.id(i);
              sink.piece(
                  id,
                  part.start(pieces.start(i)),
                  part.end(pieces.end(i) - 1),
                  id >= 0 && id != model.unknown());
            }
          }

          @Override
          public void token(int id, int start, int end) {
            sink.piece(id, start, end, true);
          }
        });
  }
}
