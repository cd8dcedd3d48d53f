package org.lm4j.task.lm;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.EncodedText;

/**
 * The score of one line under a language model.
 *
 * @param line the line, without its line end
 * @param tokens all tokens of the line in their order, the line's end last if it is scored
 */
public record LineScore(String line, List<Token> tokens) {
  private static final double LN2 = Math.log(2);

  /**
   * One token of the line.
   *
   * @param text the token as it stands in the line, also where the vocabulary lacks it
   * @param id its index in the vocabulary: that of {@code <unk>} where it is unknown, or -1 where
   *     the vocabulary has no {@code <unk>}
   * @param start where it begins in the line, as for {@link String#charAt}
   * @param end where it ends, exclusive; the line's end begins and ends where the line ends
   * @param known whether it is in the vocabulary
   * @param nats its surprisal, the negative log-likelihood in nats; NaN where nothing was read
   *     before it, or it has no id
   * @param prediction what the model predicted in its place, if that was asked for
   */
  public record Token(
      String text,
      int id,
      int start,
      int end,
      boolean known,
      double nats,
      @Nullable Prediction prediction) {
    /** Returns whether it has a score. */
    public boolean scored() {
      return !Double.isNaN(nats);
    }

    /** Returns its surprisal in bits; NaN where it has no score. */
    public double bits() {
      return nats / LN2;
    }
  }

  /**
   * What the model predicted in the place of a token.
   *
   * @param rank 1 where the token is the most likely one: the number of more likely tokens plus 1
   * @param entropy of the distribution over the vocabulary, in nats
   * @param top the most likely tokens, the most likely first
   */
  public record Prediction(int rank, double entropy, List<Alternative> top) {}

  /**
   * A token that could have stood in the place of another.
   *
   * @param id its index in the vocabulary
   * @param nats its surprisal, in nats
   */
  public record Alternative(int id, double nats) {}

  /** Which of the white space around a word belongs to it, where white space is tokens. */
  public enum Space {
    /** What stands before it; at the end of a line also what stands after it. */
    LEADING,
    /**
     * What stands after it, so that the word's end is part of its probability (Pimentel and
     * Meister, "How to Compute the Probability of a Word", 2024; Oh and Schuler, "Leading
     * Whitespaces of Language Models' Subword Vocabulary Pose a Confound for Calculating Word
     * Probabilities", 2024). At the beginning of a line also what stands before it; the line's end,
     * where that is scored, belongs to the last word.
     */
    TRAILING
  }

  /**
   * A word of the line: a run of characters between white space, or the line's end.
   *
   * @param text the word
   * @param start where it begins in the line, as for {@link String#charAt}
   * @param end where it ends, exclusive
   * @param known whether all its tokens are in the vocabulary
   * @param nats the sum of the surprisals of its tokens, in nats; NaN where one has no score
   * @param tokens its tokens, with the white space that belongs to it
   */
  public record Word(
      String text, int start, int end, boolean known, double nats, List<Token> tokens) {
    /** Returns its surprisal in bits; NaN where it has no score. */
    public double bits() {
      return nats / LN2;
    }
  }

  /** Keeps an unmodifiable copy of the list. */
  public LineScore {
    tokens = List.copyOf(tokens);
  }

  /** Returns the number of tokens that have a score. */
  public int scored() {
    return (int) tokens.stream().filter(Token::scored).count();
  }

  /** Returns the sum of the surprisals of the tokens that have one, in nats. */
  public double nats() {
    double sum = 0;
    for (Token token : tokens) {
      sum += token.scored() ? token.nats() : 0;
    }
    return sum;
  }

  /** Returns the sum of the surprisals of the tokens that have one, in bits. */
  public double bits() {
    return nats() / LN2;
  }

  /**
   * Returns the words of the line, and the line's end if it is scored and belongs to none. Every
   * token belongs to exactly one of them, so that their sums add up to the line's, unless a line is
   * white space alone.
   */
  public List<Word> words(Space space) {
    List<EncodedText.Span> spans = EncodedText.words(line);
    List<List<Token>> groups = new ArrayList<>();
    spans.forEach(_ -> groups.add(new ArrayList<>()));
    int next = 0; // of the words, the first that begins after the token
    for (Token token : tokens) {
      while (next < spans.size() && spans.get(next).start() <= token.start()) {
        next++;
      }
      boolean inside = next > 0 && token.start() < spans.get(next - 1).end();
      boolean lineEnd = token.start() == token.end();
      if (lineEnd && (groups.isEmpty() || space == Space.LEADING || !token.text().equals("\n"))) {
        groups.add(new ArrayList<>(List.of(token)));
      } else if (!groups.isEmpty()) {
        boolean toNext = !inside && next < spans.size() && (space == Space.LEADING || next == 0);
        groups.get(toNext ? next : next - 1).add(token);
      }
    }
    List<Word> words = new ArrayList<>(groups.size());
    for (int i = 0; i < groups.size(); i++) {
      words.add(word(i < spans.size() ? spans.get(i) : null, groups.get(i)));
    }
    return words;
  }

  /** Returns a word, or the line's end where it has no span. */
  private Word word(EncodedText.@Nullable Span span, List<Token> parts) {
    double nats = 0;
    boolean known = true;
    for (Token part : parts) {
      nats += part.nats();
      known &= part.known();
    }
    if (span == null) {
      Token end = parts.getFirst();
      return new Word(end.text(), end.start(), end.end(), known, nats, parts);
    }
    String text = line.substring(span.start(), span.end());
    return new Word(text, span.start(), span.end(), known, nats, parts);
  }
}
