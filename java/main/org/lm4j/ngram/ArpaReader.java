package org.lm4j.ngram;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.source.Escapes;
import org.lm4j.text.source.TextStream;

/**
 * Reads ARPA files, as SRILM, KenLM and others write them. {@code <s>} becomes the beginning of a
 * sentence, {@code </s>} the line end of the vocabulary, and {@code <UNK>} {@code <unk>}; the other
 * tokens keep the order of the file. Lines may be in any order within their section.
 */
public final class ArpaReader {
  private static final double LN10 = Math.log(10);

  private final ArpaLines lines;
  private final Level level;
  private final @Nullable Vocabulary given;
  private final long memory;
  private final @Nullable Path folder;
  private final Map<String, Integer> ids = new HashMap<>(); // as written
  private Single begin = new Single(KneserNey.NEVER, 0, 0);
  private List<Integer> header = List.of();

  /**
   * What a file holds.
   *
   * @param table its numbers; the caller closes it
   */
  public record Model(Vocabulary vocabulary, NgramTable table) {}

  private record Single(double log, double backoff, long line) {}

  private ArpaReader(
      TextStream in, Level level, @Nullable Vocabulary given, long memory, @Nullable Path folder) {
    this.lines = new ArpaLines(in);
    this.level = level;
    this.given = given;
    this.memory = memory;
    this.folder = folder;
  }

  /**
   * Reads a file.
   *
   * @param level what its tokens are: words, or characters and bytes as {@link ArpaWriter} writes
   *     them
   * @param memory bytes that sorting may take, besides some for each token; what exceeds them is
   *     sorted on disk
   * @param folder for temporary files; null for the system's
   * @throws InputException if it is no ARPA file; the message names the line
   */
  public static Model read(TextStream in, Level level, long memory, @Nullable Path folder) {
    return new ArpaReader(in, level, null, memory, folder).read();
  }

  /**
   * Reads a file whose tokens are those of a vocabulary, so that its model can be mixed with others
   * that have it. A token that the file lacks has the probability 1e-99; {@code <unk>} is left out
   * where the vocabulary lacks it.
   *
   * @param memory bytes that sorting may take; what exceeds them is sorted on disk
   * @param folder for temporary files; null for the system's
   * @throws InputException if it is no ARPA file, or has tokens that the vocabulary lacks; the
   *     message names the line
   */
  public static Model read(
      TextStream in, Vocabulary vocabulary, long memory, @Nullable Path folder) {
    return new ArpaReader(in, vocabulary.level(), vocabulary, memory, folder).read();
  }

  private Model read() {
    header = header();
    section(1);
    Map<String, Single> singles = singles();
    boolean ends = endsSentences(singles);
    Vocabulary vocabulary = given == null ? vocabulary(singles, ends) : known(given, singles, ends);
    int sentenceEnd = ends ? vocabulary.lineEnd() : -1;
    try (TableBuilder builder = new TableBuilder(header.size(), folder)) {
      singles(builder, vocabulary, singles);
      for (int length = 2; length <= header.size(); length++) {
        section(length);
        level(builder, length);
      }
      if (!lines.line().equals("\\end\\")) {
        throw lines.broken("\\end\\ is wanted, not '%s'".formatted(shown(lines.line())));
      }
      return new Model(vocabulary, builder.table(lines.name(), vocabulary.size(), sentenceEnd));
    }
  }

  private List<Integer> header() {
    boolean found = false;
    while (!found) {
      if (!lines.next()) {
        throw new InputException(lines.name() + " is no ARPA file: it has no line \\data\\");
      }
      found = lines.line().equals("\\data\\");
    }
    List<Integer> counts = new ArrayList<>();
    while (lines.next() && lines.line().startsWith("ngram")) {
      String[] parts = lines.line().substring("ngram".length()).strip().split("\\s*=\\s*", -1);
      int length = parts.length == 2 ? number(parts[0]) : -1;
      int count = parts.length == 2 ? number(parts[1]) : -1;
      if (length != counts.size() + 1 || count < 0) {
        throw lines.broken(
            "'ngram %d=' and a count is wanted, not '%s'"
                .formatted(counts.size() + 1, shown(lines.line())));
      }
      if (length > NgramTable.MOST_ORDER) {
        throw lines.broken("n-grams longer than %d are not read".formatted(NgramTable.MOST_ORDER));
      }
      counts.add(count);
    }
    if (counts.isEmpty()) {
      throw lines.broken("'ngram 1=' and a count is wanted after \\data\\");
    }
    return counts;
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException _) {
      return -1;
    }
  }

  /** Checks that the line begins a section, and leaves it there. */
  private void section(int length) {
    String wanted = "\\" + length + "-grams:";
    if (lines.line().isEmpty()) {
      throw lines.ended("before " + wanted);
    }
    if (!lines.line().equals(wanted)) {
      throw lines.broken("%s is wanted, not '%s'".formatted(wanted, shown(lines.line())));
    }
  }

  /** Moves to the next line of a section; returns false at its end, which the header announced. */
  private boolean more(int length, long done) {
    if (!lines.next()) {
      throw lines.ended("in the section of %d-grams".formatted(length));
    }
    boolean more = !lines.line().startsWith("\\") || lines.fields().size() > 1;
    if (more ? done >= header.get(length - 1) : done != header.get(length - 1)) {
      throw lines.broken(
          "there are %s %d-grams than the %,d that \\data\\ announces"
              .formatted(more ? "more" : "fewer", length, header.get(length - 1)));
    }
    return more;
  }

  /** Returns the fields of an n-gram's line: logarithm, tokens, and the backoff if it has one. */
  private List<String> fields(int length) {
    List<String> fields = lines.fields();
    boolean fits = fields.size() == length + 1 || fields.size() == length + 2;
    if (!fits || (fields.size() == length + 2 && length == header.size())) {
      throw lines.broken(
          "a %d-gram has a logarithm, %d tokens%s, not %d fields"
              .formatted(
                  length,
                  length,
                  length == header.size() ? "" : " and perhaps a backoff",
                  fields.size()));
    }
    return fields;
  }

  private double log(String text, boolean probability) {
    double log;
    try {
      log = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      double other = text.equals("-inf") ? Double.NEGATIVE_INFINITY : Double.NaN;
      if (Double.isNaN(other)) {
        throw lines.broken(lines.number(), "'%s' is not a number".formatted(shown(text)), e);
      }
      log = other;
    }
    if (Double.isNaN(log) || log == Double.POSITIVE_INFINITY || (probability && log > 0)) {
      throw lines.broken(
          "%s is no %s".formatted(text, probability ? "logarithm of a probability" : "logarithm"));
    }
    return Math.max(log * LN10, KneserNey.NEVER);
  }

  private double backoff(List<String> fields, int length) {
    return fields.size() == length + 2 ? log(fields.get(length + 1), false) : 0;
  }

  private Map<String, Single> singles() {
    Map<String, Single> singles = new LinkedHashMap<>();
    for (long done = 0; more(1, done); done++) {
      List<String> fields = fields(1);
      String token = fields.get(1);
      Single single = new Single(log(fields.getFirst(), true), backoff(fields, 1), lines.number());
      if (singles.putIfAbsent(token, single) != null) {
        throw lines.broken("the 1-gram '%s' is there twice".formatted(shown(token)));
      }
    }
    begin = singles.getOrDefault(ArpaTokens.BEGIN, begin);
    singles.remove(ArpaTokens.BEGIN);
    return singles;
  }

  /** Returns whether sentences end; the sentence end of a model of one stream is left out. */
  private boolean endsSentences(Map<String, Single> singles) {
    Single end = singles.get(ArpaTokens.END);
    if (end == null) {
      return false;
    }
    boolean other =
        singles.keySet().stream().anyMatch(written -> isLineEnd(ArpaTokens.read(level, written)));
    if (end.log <= KneserNey.NEVER && (other || level != Level.WORD)) {
      singles.remove(ArpaTokens.END);
      return false;
    }
    if (other) {
      throw lines.broken(end.line, "there is </s>, and another token that is a line end");
    }
    return true;
  }

  private boolean isLineEnd(@Nullable String token) {
    return token != null && token.equals(level == Level.WORD ? Vocabulary.END_OF_SENTENCE : "\n");
  }

  private Vocabulary vocabulary(Map<String, Single> singles, boolean ends) {
    List<String> tokens = new ArrayList<>(singles.size());
    singles.forEach(
        (written, single) -> {
          String token =
              ends && written.equals(ArpaTokens.END)
                  ? level == Level.WORD ? Vocabulary.END_OF_SENTENCE : "\n"
                  : ArpaTokens.read(level, written);
          if (token == null) {
            throw lines.broken(
                single.line,
                "'%s' is not a token at level %s".formatted(shown(written), level.label()));
          }
          tokens.add(token);
        });
    Vocabulary vocabulary;
    try {
      vocabulary = level == Level.BYTE ? Vocabulary.bytes() : Vocabulary.of(level, tokens);
    } catch (InputException e) {
      throw new InputException(lines.name() + ": " + e.getMessage(), e);
    }
    int at = 0;
    for (String written : singles.keySet()) {
      ids.put(written, vocabulary.id(tokens.get(at++)));
    }
    ids.put(ArpaTokens.BEGIN, vocabulary.size());
    return vocabulary;
  }

  /** Finds the tokens of the file in a vocabulary. */
  private Vocabulary known(Vocabulary vocabulary, Map<String, Single> singles, boolean ends) {
    Map<String, Integer> written = new HashMap<>();
    List<String> all = ArpaTokens.written(vocabulary, ends ? vocabulary.lineEnd() : -1);
    for (int id = 0; id < all.size(); id++) {
      written.put(all.get(id), id);
    }
    if (vocabulary.unknown() < 0) {
      singles.keySet().removeIf(Vocabulary.UNKNOWN::equalsIgnoreCase);
    }
    singles.forEach(
        (token, single) -> {
          Integer id = written.get(token.equals("<UNK>") ? Vocabulary.UNKNOWN : token);
          if (id == null) {
            throw lines.broken(
                single.line, "'%s' is not in the vocabulary of the model".formatted(shown(token)));
          }
          ids.put(token, id);
        });
    ids.put(ArpaTokens.BEGIN, vocabulary.size());
    return vocabulary;
  }

  private void singles(TableBuilder builder, Vocabulary vocabulary, Map<String, Single> singles) {
    double[] logs = new double[vocabulary.size() + 1];
    double[] backoffs = new double[logs.length];
    Arrays.fill(logs, KneserNey.NEVER);
    singles.forEach(
        (written, single) -> {
          int id = ids.getOrDefault(written, -1);
          logs[id] = single.log;
          backoffs[id] = single.backoff;
        });
    backoffs[vocabulary.size()] = begin.backoff;
    builder.singles(logs);
    if (header.size() > 1) {
      for (int id = 0; id < backoffs.length; id++) {
        builder.backoff(1, id, backoffs[id]);
      }
    }
  }

  private void level(TableBuilder builder, int length) {
    try (RecordSorter sorter = new RecordSorter(length, 3, false, memory, folder)) {
      int[] key = new int[length];
      for (long done = 0; more(length, done); done++) {
        List<String> fields = fields(length);
        for (int i = 0; i < length; i++) {
          key[i] = id(fields.get(i + 1));
        }
        double log = log(fields.getFirst(), true);
        double backoff = backoff(fields, length);
        sorter.add(
            key,
            Double.doubleToRawLongBits(log),
            Double.doubleToRawLongBits(backoff),
            lines.number());
      }
      try (RecordStream sorted = sorter.sorted()) {
        build(builder, sorted, length);
      }
    }
  }

  private int id(String written) {
    Integer id = ids.get(written);
    if (id == null) {
      throw lines.broken("'%s' is not among the 1-grams".formatted(shown(written)));
    }
    return id;
  }

  private void build(TableBuilder builder, RecordStream sorted, int length) {
    int[] before = new int[length];
    int node = -1;
    boolean first = true;
    while (sorted.next()) {
      int[] key = sorted.key();
      int common = first ? 0 : Arrays.mismatch(before, key);
      if (common < 0) {
        throw lines.broken(sorted.value(2), "the %d-gram is there twice".formatted(length));
      }
      if (first || common < length - 1) {
        node = builder.find(key, 0, length - 1);
        if (node < 0) {
          throw lines.broken(
              sorted.value(2),
              "the first %d tokens are not among the %d-grams".formatted(length - 1, length - 1));
        }
        builder.parent(node);
      }
      int index = builder.add(key[length - 1], Double.longBitsToDouble(sorted.value(0)));
      double backoff = Double.longBitsToDouble(sorted.value(1));
      if (length < header.size() && backoff != 0) {
        builder.backoff(length, index, backoff);
      }
      System.arraycopy(key, 0, before, 0, length);
      first = false;
    }
    builder.endLevel();
  }

  private static String shown(String text) {
    String escaped = Escapes.text(text);
    return escaped.length() <= 80 ? escaped : escaped.substring(0, 80) + "…";
  }
}
