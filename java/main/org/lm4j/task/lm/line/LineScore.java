package org.lm4j.task.lm.line;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.text.EncodedText;

/**
 * The score of one line under a language model.
 *
 * @param line the line, without its line end
 * @param tokens all tokens of the line in their order, the line's end last if it is scored
 * @param divided whether tokens may bring the space before a word along, as subwords do, so that a
 *     word with the space after it divides them
 */
public record LineScore(String line, List<Token> tokens, boolean divided) {
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
   * @param wordEnd the surprisal of a word's end in this place, in nats: of all tokens that begin
   *     with white space and of the line's end together. NaN except at subword level, where tokens
   *     bring the space before a word along
   */
  public record Prediction(int rank, double entropy, List<Alternative> top, double wordEnd) {
    /** Creates a prediction without the surprisal of a word's end. */
    public Prediction(int rank, double entropy, List<Alternative> top) {
      this(rank, entropy, top, Double.NaN);
    }
  }

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
     * Probabilities", 2024). Subwords that begin with a space are divided: the surprisal of the
     * word's end goes from the word after it to the word itself, which takes {@linkplain
     * LineScoring#withPredictions predictions}. At the beginning of a line also what stands before
     * it; the line's end, where that is scored, belongs to the last word.
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

  /** Creates the score of a line whose tokens are not divided. */
  public LineScore(String line, List<Token> tokens) {
    this(line, tokens, false);
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
   *
   * <p>Words of subwords with the space after them are NaN for tokenizers whose tokens do not show
   * where space is.
   *
   * @throws IllegalStateException for {@link Space#TRAILING} where tokens bring the space before a
   *     word along, and predictions were not asked for
   */
  public List<Word> words(Space space) {
    List<EncodedText.Span> spans = EncodedText.words(line);
    if (space == Space.TRAILING && divided) {
      return dividedWords(spans);
    }
    return words(spans, groups(spans, space));
  }

  /** Moves the surprisal of each word's end from the word after it to the word itself. */
  private List<Word> dividedWords(List<EncodedText.Span> spans) {
    List<List<Token>> groups = groups(spans, Space.LEADING);
    boolean ends = groups.size() > spans.size();
    List<Word> words = new ArrayList<>(spans.size());
    for (int i = 0; i < spans.size(); i++) {
      Word word = word(spans.get(i), groups.get(i));
      double nats = word.nats() - (i == 0 ? 0 : wordEnd(groups.get(i)));
      if (i + 1 < spans.size()) {
        nats += wordEnd(groups.get(i + 1));
      } else if (ends) {
        nats += groups.getLast().getFirst().nats();
      }
      List<Token> parts = new ArrayList<>(word.tokens());
      if (ends && i + 1 == spans.size()) {
        parts.addAll(groups.getLast());
      }
      words.add(new Word(word.text(), word.start(), word.end(), word.known(), nats, parts));
    }
    return words;
  }

  /** Returns the surprisal of the end of the word before the tokens of a word. */
  private static double wordEnd(List<Token> word) {
    if (word.isEmpty() || !word.getFirst().scored()) {
      return Double.NaN;
    }
    Prediction prediction = word.getFirst().prediction();
    if (prediction == null) {
      throw new IllegalStateException(
          "words with the space after them need predictions: score lines with"
              + " LineScoring.withPredictions");
    }
    return prediction.wordEnd();
  }

  /** Returns the tokens of each word, and the line's end where it belongs to none. */
  private List<List<Token>> groups(List<EncodedText.Span> spans, Space space) {
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
    return groups;
  }

  private List<Word> words(List<EncodedText.Span> spans, List<List<Token>> groups) {
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
