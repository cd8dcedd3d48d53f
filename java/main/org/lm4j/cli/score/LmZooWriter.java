package org.lm4j.cli.score;

import java.util.List;
import java.util.Locale;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.text.Vocabulary;

/**
 * Rows per token as the models of the language model zoo print them: numbers from 1, the token as
 * the model read it, surprisal in bits with six decimals. {@code nan} stands where nothing was read
 * before a token.
 */
final class LmZooWriter implements PresetWriter {
  private final Vocabulary vocabulary;

  LmZooWriter(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  @Override
  public String begin() {
    return "sentence_id\ttoken_id\ttoken\tsurprisal\n";
  }

  @Override
  public void append(StringBuilder out, ScoredLine line) {
    List<LineScore.Token> tokens = line.score().tokens();
    for (int i = 0; i < tokens.size(); i++) {
      LineScore.Token token = tokens.get(i);
      out.append(line.number()).append('\t').append(i + 1).append('\t');
      out.append(escaped(Preset.read(vocabulary, token))).append('\t');
      out.append(token.scored() ? String.format(Locale.ROOT, "%.6f", token.bits()) : "nan");
      out.append('\n');
    }
  }

  private static String escaped(String token) {
    return token
        .replace("\\", "\\\\")
        .replace("\t", "\\t")
        .replace("\n", "\\n")
        .replace("\r", "\\r");
  }
}
