package org.lm4j.cli.score;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.ngram.NgramCursor;
import org.lm4j.ngram.NgramTable;
import org.lm4j.task.lm.line.LineScore;

/**
 * Lines as KenLM's {@code query} prints them: {@code word=number length log10(p)} for each word and
 * for the line's end {@code </s>}, their sum and the number of unknown words; after all lines the
 * perplexities. The number is 0 for a word outside the vocabulary, which programs rely on, and else
 * its place in the vocabulary from 1. The length is that of the n-gram that the probability is
 * from; a recurrent network reads the whole line, so it is the number of tokens read before the
 * word, plus 1.
 */
final class KenlmWriter implements PresetWriter {
  private static final double LN10 = Math.log(10);

  private final @Nullable NgramCursor ngrams;
  private double total;
  private double totalUnknown;
  private long unknown;
  private long tokens;

  /**
   * Creates a writer.
   *
   * @param table the n-grams of the model, if it has them and each line begins a sentence
   */
  KenlmWriter(@Nullable NgramTable table) {
    this.ngrams = table == null ? null : new NgramCursor(table);
  }

  @Override
  public String begin() {
    return "";
  }

  @Override
  public void append(StringBuilder out, ScoredLine line) {
    float sum = 0;
    int outside = 0;
    List<LineScore.Token> all = line.score().tokens();
    int length = all.getFirst().scored() ? 1 : 0; // what is read before a line is KenLM's <s>
    if (ngrams != null) {
      ngrams.reset();
      if (length > 0) {
        ngrams.begin();
      }
    }
    for (LineScore.Token token : all) {
      float log = (float) (-token.nats() / LN10);
      boolean end = token.start() == token.end();
      boolean known = token.known();
      sum += log;
      length = ngrams == null ? length + 1 : matched(ngrams, token.id());
      tokens++;
      if (!known) {
        outside++;
        totalUnknown += log;
      }
      out.append(end ? "</s>" : token.text()).append('=').append(known ? token.id() + 1 : 0);
      out.append(' ').append(length).append(' ').append(Digits.kenlm(Float.toString(log)));
      out.append('\t');
    }
    total += sum;
    unknown += outside;
    out.append("Total: ").append(Digits.kenlm(Float.toString(sum)));
    out.append(" OOV: ").append(outside).append('\n');
  }

  /** Returns the length of the n-gram that the probability of a token is from, and reads it. */
  private static int matched(NgramCursor ngrams, int token) {
    ngrams.logProbability(token);
    int length = ngrams.matched();
    ngrams.read(token);
    return length;
  }

  @Override
  public String end() {
    double with = Math.pow(10, -(total / tokens));
    double without = Math.pow(10, -((total - totalUnknown) / (tokens - unknown)));
    return "Perplexity including OOVs:\t%s\nPerplexity excluding OOVs:\t%s\nOOVs:\t%d\nTokens:\t%d\n"
        .formatted(
            Digits.kenlm(Double.toString(with)),
            Digits.kenlm(Double.toString(without)),
            unknown,
            tokens);
  }
}
