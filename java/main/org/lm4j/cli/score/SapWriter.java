package org.lm4j.cli.score;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.text.Vocabulary;

/**
 * Rows per word as the benchmark of syntactic ambiguity processing has them, comma-separated: the
 * columns of the table that was read, or {@code item} and {@code Sentence} of plain lines; sum and
 * mean of the surprisals of the word's tokens, in nats and, after {@code _base2}, in bits; the
 * tokens with a full stop between them and {@code <UNK>} for what the vocabulary lacks; the word
 * and its position from 0. The end of a line has no row.
 */
final class SapWriter implements PresetWriter {
  private static final double LN2 = Math.log(2);
  private static final List<String> PLAIN = List.of("item", "Sentence");
  private static final List<String> OWN =
      List.of(
          "sum_surprisal",
          "sum_surprisal_base2",
          "mean_surprisal",
          "mean_surprisal_base2",
          "token",
          "word",
          "word_pos");

  private final Vocabulary vocabulary;
  private final LineScore.Space space;
  private @Nullable List<String> columns; // of the header that was printed

  SapWriter(Vocabulary vocabulary, LineScore.Space space) {
    this.vocabulary = vocabulary;
    this.space = space;
  }

  @Override
  public String begin() {
    return ""; // the first line says which columns there are
  }

  @Override
  public void append(StringBuilder out, ScoredLine line) {
    boolean table = !line.columns().isEmpty();
    List<String> here = table ? line.columns() : PLAIN;
    if (columns == null) {
      row(out, here, OWN);
      columns = here;
    } else if (!columns.equals(here)) {
      throw new InputException(
          "line %d is from a table with the columns %s, and those before had %s; score tables of other columns on their own."
              .formatted(line.number(), String.join(", ", here), String.join(", ", columns)));
    }
    List<String> cells =
        table ? line.cells() : List.of(String.valueOf(line.number()), line.score().line());
    int position = 0;
    for (LineScore.Word word : line.score().words(space)) {
      if (word.start() < word.end()) {
        row(out, cells, figures(word, position++));
      }
    }
  }

  private List<String> figures(LineScore.Word word, int position) {
    int count = word.tokens().size();
    List<String> figures = new ArrayList<>(OWN.size());
    for (double nats : new double[] {word.nats(), word.nats() / count}) {
      figures.add(Digits.python(nats));
      figures.add(Digits.python(nats / LN2));
    }
    figures.add(
        word.tokens().stream()
            .map(token -> token.known() ? Preset.read(vocabulary, token) : "<UNK>")
            .collect(Collectors.joining(".")));
    figures.add(word.text());
    figures.add(String.valueOf(position));
    return figures;
  }

  private static void row(StringBuilder out, List<String> first, List<String> more) {
    String separator = "";
    for (List<String> cells : List.of(first, more)) {
      for (String cell : cells) {
        out.append(separator);
        quote(out, cell);
        separator = ",";
      }
    }
    out.append('\n');
  }

  private static void quote(StringBuilder out, String text) {
    if (text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')) {
      out.append(text);
    } else {
      out.append('"').append(text.replace("\"", "\"\"")).append('"');
    }
  }
}
