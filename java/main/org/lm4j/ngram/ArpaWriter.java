package org.lm4j.ngram;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.lm4j.text.Vocabulary;

/**
 * Writes a table as an ARPA file, in which logarithms have the base 10, seven digits after the
 * point, and the beginning of a sentence the probability 1e-99, as in files of SRILM and KenLM.
 */
public final class ArpaWriter {
  private static final double LN10 = Math.log(10);
  private static final int SCALE = 10_000_000;
  private static final int DIGITS = 7;

  private final NgramTable table;
  private final List<String> tokens;
  private final OutputStream out;
  private final StringBuilder text = new StringBuilder();

  private ArpaWriter(NgramTable table, Vocabulary vocabulary, OutputStream out) {
    this.table = table;
    this.tokens = ArpaTokens.written(vocabulary, table.sentenceEnd());
    this.out = out;
  }

  /**
   * Writes a table in UTF-8.
   *
   * @param vocabulary its tokens
   * @throws org.lm4j.InputException if a token is written as {@code <s>} or {@code </s>}, but is an
   *     ordinary one
   */
  public static void write(NgramTable table, Vocabulary vocabulary, OutputStream out)
      throws IOException {
    new ArpaWriter(table, vocabulary, out).write();
  }

  private void write() throws IOException {
    boolean ends = table.sentenceEnd() >= 0;
    text.append("\\data\\\n");
    for (int length = 1; length <= table.order(); length++) {
      int more = length == 1 && !ends ? 1 : 0;
      text.append("ngram ").append(length).append('=').append(table.count(length) + more);
      text.append('\n');
    }
    for (int length = 1; length <= table.order(); length++) {
      text.append("\n\\").append(length).append("-grams:\n");
      if (length == 1 && !ends) { // readers demand it
        text.append("-99\t").append(ArpaTokens.END).append('\n');
      }
      level(length);
    }
    text.append("\n\\end\\\n");
    flush();
  }

  private void level(int length) throws IOException {
    NgramLevel level = table.level(length);
    int[] path = new int[length]; // indices of the n-gram's beginnings, by their length less 1
    for (int i = 0; i < level.count(); i++) {
      path[length - 1] = i;
      for (int shorter = length - 1; shorter > 0; shorter--) {
        NgramLevel above = table.level(shorter);
        int at = path[shorter - 1];
        while (above.first(at + 1) <= path[shorter]) {
          at++;
        }
        path[shorter - 1] = at;
      }
      number(level.log(i));
      for (int k = 0; k < length; k++) {
        int token = k == 0 ? path[0] : table.level(k + 1).word(path[k]);
        text.append(k == 0 ? '\t' : ' ');
        text.append(token == table.sentenceBegin() ? ArpaTokens.BEGIN : tokens.get(token));
      }
      if (length < table.order()) {
        double backoff = level.backoff(i);
        if (backoff != 0 || level.first(i) < level.first(i + 1)) {
          text.append('\t');
          number(backoff);
        }
      }
      text.append('\n');
      if (text.length() > 1 << 16) {
        flush();
      }
    }
  }

  /** Appends a logarithm with the base 10, without zeros at its end. */
  private void number(double nats) {
    long scaled = Math.round(nats / LN10 * SCALE);
    if (scaled < 0) {
      text.append('-');
    }
    scaled = Math.abs(scaled);
    text.append(scaled / SCALE);
    long fraction = scaled % SCALE;
    if (fraction == 0) {
      return;
    }
    int digits = DIGITS;
    while (fraction % 10 == 0) {
      fraction /= 10;
      digits--;
    }
    String shown = Long.toString(fraction);
    text.append('.').append("0".repeat(digits - shown.length())).append(shown);
  }

  private void flush() throws IOException {
    out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    text.setLength(0);
  }
}
