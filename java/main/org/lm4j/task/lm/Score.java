package org.lm4j.task.lm;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Level;
import org.lm4j.text.token.CorpusStats;
import org.lm4j.text.token.TextCounts;
import org.lm4j.train.Finite;

/**
 * The score of a text under a language model: the negative log-likelihood of every token after the
 * first, given all tokens before it. The first token has no context and is not scored. The figures
 * are those of {@code lm eval} for the same text.
 *
 * @param tokens the scored tokens in the order of the text
 * @param words the words of the text, separated by white space, with the sums over their tokens; at
 *     character and byte level the first word lacks the first token
 * @param nats sum over all tokens, in nats
 * @param covered how much text the scored tokens cover: tokens, characters, bytes, and tokens out
 *     of the vocabulary
 * @param unknown tokens whose text the vocabulary lacks: scored as {@code <unk>}, or skipped where
 *     the vocabulary has none
 */
public record Score(
    List<Token> tokens, List<Word> words, double nats, TextCounts covered, long unknown) {

  /**
   * One scored token.
   *
   * @param text the token as in the vocabulary; a subword as it looks in a text, with the white
   *     space that it brings along
   * @param id its index in the vocabulary
   * @param start the index of its first character in the text, as for {@link String#charAt}
   * @param end the index after its last character
   * @param nats its negative log-likelihood, in nats
   * @param unknown whether its text is not in the vocabulary
   */
  public record Token(String text, int id, int start, int end, double nats, boolean unknown) {
    /** Returns its negative log-likelihood, in bits. */
    public double bits() {
      return nats / LN2;
    }
  }

  /**
   * One word.
   *
   * @param text the word
   * @param start the index of its first character in the text, as for {@link String#charAt}
   * @param end the index after its last character
   * @param nats the sum of the negative log-likelihoods of its tokens, in nats
   */
  public record Word(String text, int start, int end, double nats) {
    /** Returns the sum of the negative log-likelihoods of its tokens, in bits. */
    public double bits() {
      return nats / LN2;
    }
  }

  private static final double LN2 = Math.log(2);

  /** Keeps unmodifiable copies of the lists. */
  public Score {
    tokens = List.copyOf(tokens);
    words = List.copyOf(words);
  }

  /**
   * Creates a score from the losses of an evaluation.
   *
   * @param losses by the index of the token in {@code encoded}
   * @throws org.lm4j.compute.BackendException if the loss is not a finite number
   */
  static Score of(String text, EncodedText encoded, double[] losses, Evaluator.Score total) {
    Finite.loss(total.loss());
    List<Token> tokens = new ArrayList<>(losses.length);
    for (int i = 1; i < losses.length; i++) {
      int id = encoded.get(i);
      tokens.add(
          new Token(
              encoded.vocabulary().level() == Level.SUBWORD
                  ? encoded.vocabulary().text(id)
                  : encoded.vocabulary().token(id),
              id,
              encoded.start(i),
              encoded.end(i),
              losses[i],
              encoded.isOov(i)));
    }
    CorpusStats stats = encoded.stats();
    long unknown = encoded.vocabulary().unknown() < 0 ? stats.targets().oov() : total.oovTargets();
    return new Score(
        tokens, words(text, encoded, tokens), total.totalLoss(), stats.targets(), unknown);
  }

  private static List<Word> words(String text, EncodedText encoded, List<Token> tokens) {
    List<Word> words = new ArrayList<>();
    int token = 0;
    for (EncodedText.Span span : encoded.words()) {
      double nats = 0;
      boolean scored = false;
      while (token < tokens.size() && tokens.get(token).start() < span.end()) {
        if (tokens.get(token).end() > span.start()) { // a subword may bring the space along
          nats += tokens.get(token).nats();
          scored = true;
        }
        token++;
      }
      if (scored) {
        words.add(
            new Word(text.substring(span.start(), span.end()), span.start(), span.end(), nats));
      }
    }
    return words;
  }

  /** Returns the sum over all tokens, in bits. */
  public double bits() {
    return nats / LN2;
  }

  /** Returns the mean negative log-likelihood of a token, in nats. */
  public double loss() {
    return nats / tokens.size();
  }

  /**
   * Returns the perplexity, {@code exp(loss)}: comparable only between models of the same
   * vocabulary.
   */
  public double perplexity() {
    return Math.exp(loss());
  }

  /**
   * Bits per character of the text, which compares models of different vocabularies; empty where
   * text is unknown to the model or the tokens cover none.
   */
  public OptionalDouble bitsPerCharacter() {
    return bitsPer(covered.characters());
  }

  /**
   * Bits per byte of the text in UTF-8, which compares models of different vocabularies; empty
   * where text is unknown to the model or the tokens cover none.
   */
  public OptionalDouble bitsPerByte() {
    return bitsPer(covered.bytes());
  }

  private OptionalDouble bitsPer(long count) {
    return unknown > 0 || count <= 0 ? OptionalDouble.empty() : OptionalDouble.of(bits() / count);
  }
}
