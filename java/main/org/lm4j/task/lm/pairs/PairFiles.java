package org.lm4j.task.lm.pairs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.Json;
import org.lm4j.io.TextLines;

/**
 * Reads minimal pairs from files, plain or compressed with gzip:
 *
 * <ul>
 *   <li>JSON lines as BLiMP has them (Warstadt et al., 2020): the fields {@code sentence_good},
 *       {@code sentence_bad}, {@code UID}, {@code linguistics_term} and {@code pairID};
 *   <li>a table separated by tabs, whose first line names columns in the same way;
 *   <li>{@code NAME.text} with {@code NAME.gold} beside it, as Gulordava et al. (2018) have them:
 *       see {@link GoldPairs}.
 * </ul>
 */
public final class PairFiles {
  private static final List<String> ENDINGS = List.of(".jsonl", ".json", ".tsv", ".gold");

  private PairFiles() {}

  /**
   * The names of the fields or columns of a pair. One that is null has the names that are common.
   *
   * @param good of the acceptable sentence: {@code sentence_good} or {@code good}
   * @param bad of the other sentence: {@code sentence_bad} or {@code bad}
   * @param uid of the name of its set: {@code UID}; without such a field the file's name
   * @param phenomenon of the name of the phenomenon: {@code linguistics_term} or {@code
   *     phenomenon}; need not exist
   */
  public record Fields(
      @Nullable String good,
      @Nullable String bad,
      @Nullable String uid,
      @Nullable String phenomenon) {
    /** The names that are common. */
    public static final Fields DEFAULTS = new Fields(null, null, null, null);

    /** Where the values of a pair are among the names of fields. */
    private record Places(String good, String bad, String uid, String phenomenon, String id) {}

    private Places among(Set<String> names, String place) {
      return new Places(
          needed(good, names, place, "sentence_good", "good"),
          needed(bad, names, place, "sentence_bad", "bad"),
          optional(uid, names, place, "UID", "uid"),
          optional(phenomenon, names, place, "linguistics_term", "phenomenon"),
          optional(null, names, place, "pairID", "pair_id", "id"));
    }

    private static String needed(
        @Nullable String asked, Set<String> names, String place, String... common) {
      String found = optional(asked, names, place, common);
      if (found.isEmpty()) {
        throw new InputException(
            "%s: no field or column '%s'; it has %s"
                .formatted(place, common[0], names.isEmpty() ? "none" : String.join(", ", names)));
      }
      return found;
    }

    private static String optional(
        @Nullable String asked, Set<String> names, String place, String... common) {
      if (asked == null) {
        return Arrays.stream(common).filter(names::contains).findFirst().orElse("");
      }
      if (!names.contains(asked)) {
        throw new InputException(
            "%s: no field or column '%s'; it has %s"
                .formatted(place, asked, names.isEmpty() ? "none" : String.join(", ", names)));
      }
      return asked;
    }
  }

  /**
   * Reads all pairs of some files, in their order.
   *
   * @param paths files, and folders whose files {@code .jsonl}, {@code .json}, {@code .tsv} and
   *     {@code .gold} are read in the order of their names
   * @param taker receives the pairs, at most {@link PairScorer#TOGETHER} at a time
   * @throws InputException if a file cannot be read or is none of these, a pair lacks a sentence,
   *     or there is no pair
   */
  public static void read(List<Path> paths, Fields fields, Consumer<List<MinimalPair>> taker) {
    List<MinimalPair> waiting = new ArrayList<>();
    long[] count = new long[1];
    Consumer<MinimalPair> one =
        pair -> {
          count[0]++;
          waiting.add(pair);
          if (waiting.size() == PairScorer.TOGETHER) {
            taker.accept(List.copyOf(waiting));
            waiting.clear();
          }
        };
    for (Path file : files(paths)) {
      if (ending(file).equals(".gold")) {
        GoldPairs.read(file, one);
      } else {
        new PairFile(file, fields, one).read();
      }
    }
    if (count[0] == 0) {
      throw new InputException(paths.getFirst() + " has no pairs");
    }
    if (!waiting.isEmpty()) {
      taker.accept(List.copyOf(waiting));
    }
  }

  /** Returns the files in the order of reading, each once. */
  private static Set<Path> files(List<Path> paths) {
    Set<Path> files = new LinkedHashSet<>();
    for (Path path : paths) {
      if (Files.isDirectory(path)) {
        List<Path> inside = inside(path);
        if (inside.isEmpty()) {
          throw new InputException(
              "%s holds no file whose name ends in %s".formatted(path, String.join(", ", ENDINGS)));
        }
        files.addAll(inside);
      } else {
        files.add(ending(path).equals(".text") ? GoldPairs.gold(path) : path);
      }
    }
    return files;
  }

  private static List<Path> inside(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .filter(file -> ENDINGS.contains(ending(file)))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw IoErrors.cannotRead(folder, e);
    }
  }

  /** Returns the ending of a file's name in lower case, without that of a compression. */
  private static String ending(Path file) {
    String name = name(file).toLowerCase(Locale.ROOT);
    return name.substring(Math.max(0, name.lastIndexOf('.')));
  }

  private static String name(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
  }

  /** Returns a file's name without its ending. */
  static String stem(Path file) {
    String name = name(file);
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  /** Reads one file of JSON lines, or a table. */
  private static final class PairFile {
    private final Path file;
    private final Fields fields;
    private final Consumer<MinimalPair> taker;
    private @Nullable List<String> header; // of a table, once it is read
    private boolean json;
    private boolean begun;

    PairFile(Path file, Fields fields, Consumer<MinimalPair> taker) {
      this.file = file;
      this.fields = fields;
      this.taker = taker;
    }

    void read() {
      TextLines.read(file, this::take);
      if (!begun) {
        throw new InputException(file + " is empty, where minimal pairs are wanted");
      }
    }

    private void take(String line, int number) {
      if (line.isBlank()) {
        return;
      }
      String place = TextLines.place(file, number);
      json = begun ? json : line.stripLeading().startsWith("{");
      boolean first = !begun;
      begun = true;
      if (json) {
        takePair(Json.parseLine(line, place, Map.class), place, number);
      } else if (first) {
        takeHeader(line, place);
      } else {
        takeRow(line, place, number);
      }
    }

    private void takeHeader(String line, String place) {
      if (line.indexOf('\t') < 0) {
        throw new InputException(
            place
                + ": neither a JSON object nor a line of column names with tabs between them, as"
                + " minimal pairs need");
      }
      header = List.of(line.split("\t", -1));
      fields.among(new LinkedHashSet<>(header), place);
    }

    private void takeRow(String line, String place, int number) {
      List<String> names = header == null ? List.of() : header;
      String[] cells = line.split("\t", -1);
      if (cells.length != names.size()) {
        throw new InputException(
            "%s: %d columns, but the header has %d".formatted(place, cells.length, names.size()));
      }
      Map<String, Object> values = new LinkedHashMap<>();
      for (int i = 0; i < cells.length; i++) {
        values.put(names.get(i), cells[i]);
      }
      takePair(values, place, number);
    }

    private void takePair(Map<?, ?> values, String place, int number) {
      Set<String> names = new LinkedHashSet<>();
      values.keySet().forEach(name -> names.add(String.valueOf(name)));
      Fields.Places places = fields.among(names, place);
      String uid = other(values, places.uid(), place);
      String id = other(values, places.id(), place);
      taker.accept(
          MinimalPair.of(
              uid.isEmpty() ? stem(file) : uid,
              other(values, places.phenomenon(), place),
              id.isEmpty() ? String.valueOf(number) : id,
              sentence(values, places.good(), place),
              sentence(values, places.bad(), place)));
    }

    private static String sentence(Map<?, ?> values, String name, String place) {
      if (!(values.get(name) instanceof String text)) {
        throw new InputException(place + ": the field '" + name + "' is not a text");
      }
      String line = text.strip();
      if (line.isEmpty()) {
        throw new InputException(place + ": the sentence in '" + name + "' is empty");
      }
      if (line.indexOf('\n') >= 0 || line.indexOf('\r') >= 0) {
        throw new InputException(
            place + ": the sentence in '" + name + "' has a line end; give it as one line");
      }
      return line;
    }

    private static String other(Map<?, ?> values, String name, String place) {
      Object value = name.isEmpty() ? "" : values.get(name);
      if (value instanceof String || value instanceof Number || value instanceof Boolean) {
        return value.toString();
      }
      if (value == null) {
        return "";
      }
      throw new InputException(place + ": the field '" + name + "' is not a text or a number");
    }
  }
}
