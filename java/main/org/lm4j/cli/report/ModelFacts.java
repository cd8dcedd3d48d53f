package org.lm4j.cli.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.chart.Names;
import org.lm4j.chart.Numbers;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.TrainingRecord;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.Run;
import org.lm4j.train.TrainingProgress;

/**
 * What a model folder records about its model and how it was trained: the facts in the title block
 * of a page. Whatever the folder does not have is left out.
 */
public final class ModelFacts {
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  private ModelFacts() {}

  /**
   * Returns the facts by their labels: model, text, recipe, training.
   *
   * @param folder a model folder, or a file in its place, about which nothing is known
   */
  public static Map<String, String> of(Path folder) {
    Map<String, String> facts = new LinkedHashMap<>();
    if (!Files.isDirectory(folder) || !exists(folder, ModelFiles.CONFIG)) {
      return facts;
    }
    try {
      Map<String, String> fields = ModelFiles.fields(folder);
      ModelKind kind = ModelKind.of(folder);
      facts.put("Model", model(kind, fields));
      TrainingRecord record = TrainingRecord.read(folder);
      if (record != null && record.data() != null) {
        facts.put("Corpus", corpus(record.data()));
      }
      text(folder, kind, fields, facts);
      if (Run.canResume(folder)) {
        boolean windows = kind == ModelKind.LANGUAGE_MODEL;
        facts.put("Recipe", TrainReporter.describe(Run.planOf(folder).recipe(), windows));
      }
      trained(folder, record, facts);
    } catch (InputException e) {
      facts.put("Record", Names.isolated("it cannot be read: " + e.getMessage()));
    }
    return facts;
  }

  /**
   * Returns the name of a folder or file for the title of a page, however its path is written: that
   * of {@code .} is the name of the current folder.
   */
  public static String name(Path path) {
    Path name = path.toAbsolutePath().normalize().getFileName();
    return Names.isolated((name == null ? path : name).toString());
  }

  /** Returns the small print of a page: what made it. */
  public static String madeBy(String command) {
    String version = ModelFacts.class.getPackage().getImplementationVersion();
    return "Made by " + command + ", lm4j" + (version == null ? "" : " " + version) + ".";
  }

  private static boolean exists(Path folder, String name) {
    return Files.isRegularFile(ModelFiles.group(folder).locate(name));
  }

  private static String model(ModelKind kind, Map<String, String> fields) {
    List<String> parts = new ArrayList<>();
    String cell =
        fields.getOrDefault("cell", "").toUpperCase(Locale.ROOT).replace("MINGRU", "minGRU");
    String hidden = fields.getOrDefault("hidden", "");
    String layers = fields.getOrDefault("layers", "1");
    String size = layers.equals("1") ? hidden : layers + " × " + hidden;
    String name = kind.words().replaceFirst("^an? ", "");
    if (kind == ModelKind.LANGUAGE_MODEL) {
      parts.add((cell + " " + size).strip());
    } else {
      parts.add(name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1));
      parts.add(
          cell.isEmpty() ? hidden.isEmpty() ? "" : hidden + " hidden units" : cell + " " + size);
    }
    add(parts, fields, "embedding", "embedding %s");
    add(parts, fields, "attention", "attention %s");
    add(parts, fields, "dropout", "dropout %s");
    if ("true".equals(fields.get("tied"))) {
      parts.add("tied");
    }
    parts.removeIf(String::isEmpty);
    return String.join(", ", parts);
  }

  private static void add(
      List<String> parts, Map<String, String> fields, String name, String format) {
    String value = fields.getOrDefault(name, "");
    if (!value.isEmpty() && !value.matches("0(\\.0*)?")) {
      parts.add(format.formatted(value));
    }
  }

  private static void text(
      Path folder, ModelKind kind, Map<String, String> fields, Map<String, String> facts) {
    if (kind != ModelKind.LANGUAGE_MODEL) {
      return;
    }
    String level = fields.getOrDefault("level", "");
    if (exists(folder, CorpusBuilder.TRAIN)) {
      String held = exists(folder, CorpusBuilder.VALID) ? size(folder, CorpusBuilder.VALID) : "";
      facts.put(
          "Text",
          "%s %s tokens%s"
              .formatted(
                  size(folder, CorpusBuilder.TRAIN),
                  level,
                  held.isEmpty() ? "" : ", " + held + " held out"));
    }
    String vocabulary = fields.getOrDefault("vocabulary", "");
    if (!vocabulary.isEmpty()) {
      facts.put("Vocabulary", grouped(Long.parseLong(vocabulary)) + " " + level + " tokens");
    }
  }

  private static String size(Path folder, String name) {
    try (TokenFile tokens = TokenFile.open(ModelFiles.group(folder).locate(name))) {
      return grouped(tokens.size());
    }
  }

  private static String grouped(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String corpus(List<TrainingRecord.Data> data) {
    return data.stream()
        .filter(part -> !part.use().contains("valid"))
        .map(part -> Names.isolated(part.name()))
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** Adds how long, when, where and with which version the model was trained. */
  private static void trained(
      Path folder, @Nullable TrainingRecord record, Map<String, String> facts) {
    TrainingRecord.Place place = record == null ? null : record.place();
    if (Run.canResume(folder)) {
      TrainingProgress progress = Run.progressOf(folder);
      TrainingRecord.Result result = record == null ? null : record.result();
      Instant day =
          result == null
              ? modified(ModelFiles.group(folder).locate(ModelFiles.CHECKPOINT))
              : moment(result.ended());
      facts.put(
          "Trained",
          "%s in %s, %s"
              .formatted(
                  grouped(progress.step()) + (progress.step() == 1 ? " step" : " steps"),
                  time(progress.seconds()),
                  DAY.format(day)));
      String precision = Run.precisionOf(folder);
      if (place == null && precision != null) {
        facts.put("Precision", precision);
      }
    }
    if (place != null) {
      facts.put("Machine", place.machine() + ", " + place.device() + ", " + place.precision());
    }
    if (record != null) {
      facts.put("Trained by", "lm4j " + record.version());
    }
  }

  private static Instant moment(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new InputException("'" + text + "' is not a time", e);
    }
  }

  private static Instant modified(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a time to the second, or to the minute where it is long. */
  public static String time(double seconds) {
    return Numbers.duration(seconds);
  }
}
