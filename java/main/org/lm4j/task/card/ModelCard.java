package org.lm4j.task.card;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.model.ModelKind;
import org.lm4j.model.TrainingRecord;

/**
 * A model card: what a model is, for what, on what data and how it was trained, how well it does,
 * and how to use it, as the README of its folder. It begins with the metadata that the Hugging Face
 * Hub reads. What is not known is said to be unknown, and nothing is added that the folder or the
 * caller did not say.
 */
public final class ModelCard {
  private static final String UNKNOWN = "unknown";

  private final CardFacts facts;
  private final CardOptions options;
  private final CardUse use;
  private final String name;

  private ModelCard(CardFacts facts, CardOptions options) {
    this.facts = facts;
    this.options = options;
    this.use = CardUse.of(facts.kind());
    this.name = Objects.requireNonNullElse(options.name(), facts.folder());
  }

  /**
   * Returns the card of the model in a folder, as Markdown.
   *
   * @throws org.lm4j.InputException if the folder holds no model, or a file is damaged
   */
  public static String of(Path folder, CardOptions options) {
    return new ModelCard(CardFacts.of(folder), options).text();
  }

  private String text() {
    StringBuilder out = new StringBuilder(FrontMatter.of(metadata()));
    out.append("\n# ").append(Markdown.text(name)).append("\n\n");
    out.append(description().strip()).append("\n\n");
    section(out, "Use", use.purpose() + "\n\n" + use.examples(Markdown.line(facts.folder())));
    section(out, "Training data", data());
    section(out, "Training", training());
    section(out, "Results", results());
    section(out, "Limits", limits());
    return out.toString().strip() + "\n";
  }

  private static void section(StringBuilder out, String heading, String text) {
    out.append("## ").append(heading).append("\n\n").append(text.strip()).append("\n\n");
  }

  private Map<String, @Nullable Object> metadata() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("language", options.languages());
    fields.put("license", Objects.requireNonNullElse(options.license(), UNKNOWN));
    fields.put("library_name", "lm4j");
    fields.put("pipeline_tag", use.pipeline());
    fields.put("tags", tags());
    fields.put("datasets", options.datasets());
    List<Map<String, Object>> results = modelIndex();
    fields.put(
        "metrics",
        results.stream()
            .flatMap(result -> ((List<?>) Objects.requireNonNull(result.get("metrics"))).stream())
            .map(metric -> Objects.requireNonNull(((Map<?, ?>) metric).get("type")))
            .distinct()
            .toList());
    if (!results.isEmpty()) {
      Map<String, Object> index = new LinkedHashMap<>(); // in this order in every process
      index.put("name", name);
      index.put("results", results);
      fields.put("model-index", List.of(index));
    }
    return fields;
  }

  private List<String> tags() {
    List<String> tags = new ArrayList<>(List.of("lm4j", use.tag()));
    for (String field : List.of("cell", "level")) {
      String value = facts.field(field);
      if (!value.isEmpty()) {
        tags.add(field.equals("level") ? value + "-level" : value);
      }
    }
    return tags;
  }

  /** Returns the entries of {@code results}: validation, and a test if there was one. */
  private List<Map<String, Object>> modelIndex() {
    List<Map<String, Object>> results = new ArrayList<>();
    List<Map<String, Object>> metrics = new ArrayList<>();
    Double loss = facts.figures().loss();
    if (loss != null) {
      metric(metrics, "loss", "Validation loss", loss);
      if (facts.hasPerplexity()) {
        metric(metrics, "perplexity", "Validation perplexity", Math.exp(loss));
      }
    }
    Double accuracy = facts.figures().accuracy();
    if (accuracy != null) {
      metric(metrics, "accuracy", "Validation accuracy", accuracy);
    }
    Double bits = facts.figures().bitsPerCharacter();
    if (bits != null) {
      metric(metrics, "bits_per_character", "Validation bits per character", bits);
    }
    if (!metrics.isEmpty()) {
      results.add(result(validationName(), "validation", metrics));
    }
    Map<String, @Nullable Object> test = options.test();
    if (test != null) {
      List<Map<String, Object>> tested = new ArrayList<>();
      testFigures(test)
          .forEach((type, value) -> metric(tested, type, "Test " + words(type), value));
      if (!tested.isEmpty()) {
        results.add(result(testName(test), "test", tested));
      }
    }
    return results;
  }

  private Map<String, Object> result(
      String dataset, String split, List<Map<String, Object>> metrics) {
    Map<String, Object> task = new LinkedHashMap<>();
    task.put("type", use.pipeline());
    task.put("name", words(use.tag().replace('-', '_')));
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("type", dataset);
    data.put("name", dataset);
    data.put("split", split);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("task", task);
    result.put("dataset", data);
    result.put("metrics", metrics);
    return result;
  }

  private static void metric(
      List<Map<String, Object>> metrics, String type, String name, double value) {
    if (Double.isFinite(value)) {
      Map<String, Object> metric = new LinkedHashMap<>();
      metric.put("type", type);
      metric.put("value", value);
      metric.put("name", name);
      metrics.add(metric);
    }
  }

  private String validationName() {
    List<TrainingRecord.Data> files = files("validation");
    if (files.isEmpty()) {
      files = files("training");
    }
    return files.isEmpty() ? UNKNOWN : files.getFirst().name();
  }

  private List<TrainingRecord.Data> files(String of) {
    TrainingRecord record = facts.record();
    List<TrainingRecord.Data> all = record == null ? null : record.data();
    return all == null ? List.of() : all.stream().filter(data -> data.use().equals(of)).toList();
  }

  /** Returns the figures on a test text that a card names, by their type on the Hub. */
  static Map<String, Double> testFigures(Map<String, @Nullable Object> test) {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("loss", "loss");
    names.put("perplexity", "perplexity");
    names.put("accuracy", "accuracy");
    names.put("bits_per_char", "bits_per_character");
    names.put("bits_per_byte", "bits_per_byte");
    Map<String, Double> figures = new LinkedHashMap<>();
    names.forEach(
        (field, type) -> {
          if (test.get(field) instanceof Number number) {
            figures.put(type, number.doubleValue());
          }
        });
    return figures;
  }

  private static String testName(Map<String, @Nullable Object> test) {
    Object corpus = test.get("corpus");
    Object first = corpus instanceof List<?> many && !many.isEmpty() ? many.getFirst() : corpus;
    if (!(first instanceof String text)) {
      return UNKNOWN;
    }
    return text.substring(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1);
  }

  private String description() {
    CardFacts.Weights weights = facts.weights();
    StringBuilder out = new StringBuilder();
    out.append(capital(facts.kind().words())).append(" of ");
    out.append(whole(weights.count())).append(" weights");
    String cell = facts.field("cell");
    if (!cell.isEmpty() && !facts.field("hidden").isEmpty()) {
      String layers = facts.field("layers");
      out.append(": ").append(cell.toUpperCase(Locale.ROOT));
      out.append(
          layers.isEmpty() ? "" : ", " + layers + (layers.equals("1") ? " layer" : " layers"));
      out.append(" of ").append(facts.field("hidden"));
    }
    if (facts.kind() == ModelKind.LANGUAGE_MODEL) {
      out.append(
          ", over %s tokens at level %s"
              .formatted(facts.field("vocabulary"), Markdown.text(facts.field("level"))));
    }
    out.append(".\n\n| property | value |\n|---|---|\n");
    row(out, "weights", whole(weights.count()) + ", stored as " + weights.types());
    row(out, "model.safetensors", whole(weights.bytes()) + " bytes");
    facts.config().forEach((field, value) -> row(out, field, value.isEmpty() ? "none" : value));
    TrainingRecord record = facts.record();
    row(out, "lm4j", record == null ? UNKNOWN + " version" : record.version());
    row(out, "licence", licence());
    return out.toString();
  }

  private String licence() {
    return options.license() == null ? "unknown: none has been named" : options.license();
  }

  private String data() {
    TrainingRecord record = facts.record();
    List<TrainingRecord.Data> files = record == null ? null : record.data();
    if (record == null || files == null) {
      return "Unknown: this folder has no record of the files that the model was trained on.";
    }
    StringBuilder out = new StringBuilder("| use | name | files | bytes | SHA-256 |\n");
    out.append("|---|---|--:|--:|---|\n");
    for (TrainingRecord.Data file : files) {
      out.append(
          "| %s | %s | %s | %s | %s |\n"
              .formatted(
                  Markdown.text(file.use()),
                  Markdown.text(file.name()),
                  whole(file.files()),
                  file.bytes() == null ? UNKNOWN : whole(file.bytes()),
                  file.sha256() == null ? UNKNOWN : Markdown.code(file.sha256())));
    }
    if (files.stream().anyMatch(file -> file.files() > 1)) {
      out.append("\nThe hash of several files is that of their bytes one after the other.\n");
    }
    TrainingRecord.Text text = record.text();
    if (text != null) {
      out.append("\n").append(size("For training", text.training()));
      if (text.validation() != null) {
        out.append(size("Targets of validation", text.validation()));
      }
      out.append(whole(text.vocabulary())).append(" different tokens.\n");
    }
    return out.toString();
  }

  private static String size(String what, TrainingRecord.Counts counts) {
    return "%s: %s tokens, which are %s characters and %s bytes%s. "
        .formatted(
            what,
            whole(counts.tokens()),
            whole(counts.characters()),
            whole(counts.bytes()),
            counts.unknown() > 0
                ? ", %s of the tokens unknown".formatted(whole(counts.unknown()))
                : "");
  }

  private String training() {
    TrainingRecord record = facts.record();
    StringBuilder out = new StringBuilder();
    String command = record == null ? null : record.command();
    if (command == null) {
      out.append("The command is unknown");
      out.append(record == null ? ".\n\n" : ", or a program trained the model.\n\n");
    } else {
      out.append("```\n").append(Markdown.line(command)).append("\n```\n\n");
    }
    out.append("| property | value |\n|---|---|\n");
    row(out, "began", record == null ? UNKNOWN : known(record.began()));
    TrainingRecord.Result result = record == null ? null : record.result();
    row(out, "ended", result == null ? UNKNOWN : result.ended());
    Long steps = facts.figures().steps();
    row(out, "steps", steps == null ? UNKNOWN : whole(steps));
    if (result != null) {
      row(out, "epochs", decimal(result.epochs(), 2));
      row(out, "seconds of training", whole(Math.round(result.seconds())));
    }
    TrainingRecord.Place place = record == null ? null : record.place();
    row(out, "machine", place == null ? UNKNOWN : place.machine());
    if (place != null) {
      row(out, "device", place.device());
      row(out, "matrices multiplied in", place.precision());
    }
    Map<String, @Nullable Object> recipe = record == null ? null : record.recipe();
    if (recipe != null) {
      recipe.forEach((field, value) -> rows(out, field, value));
    }
    return out.toString();
  }

  private static void rows(StringBuilder out, String field, @Nullable Object value) {
    if (value instanceof Map<?, ?> inner) {
      inner.forEach((name, part) -> rows(out, field + "." + name, part));
    } else {
      row(out, field, value == null ? "none" : value.toString());
    }
  }

  private String results() {
    List<Map<String, Object>> index = modelIndex();
    if (index.isEmpty()) {
      return "Unknown: nothing was validated, or its results are not in the folder.";
    }
    StringBuilder out = new StringBuilder("| data | figure | value |\n|---|---|--:|\n");
    for (Map<String, Object> result : index) {
      Map<?, ?> data = (Map<?, ?>) Objects.requireNonNull(result.get("dataset"));
      for (Object metric : (List<?>) Objects.requireNonNull(result.get("metrics"))) {
        Map<?, ?> figure = (Map<?, ?>) metric;
        out.append(
            "| %s | %s | %s |\n"
                .formatted(
                    Markdown.text(String.valueOf(data.get("name"))),
                    figure.get("name"),
                    decimal((Double) Objects.requireNonNull(figure.get("value")), 4)));
      }
    }
    out.append("\nLosses are means over the targets; those of probabilities are in nats.");
    out.append(
        " The weights are those with the lowest validation loss, so this loss is a little lower"
            + " than one on other text.\n");
    return out.toString();
  }

  private String limits() {
    StringBuilder out = new StringBuilder();
    out.append(
        "- The model knows what is in its training data, with its errors and prejudices, and"
            + " nothing else.\n");
    if (options.license() == null) {
      out.append(
          "- Its licence is unknown; the licence of the training data may limit what may be done"
              + " with it.\n");
    }
    if (options.languages().isEmpty()) {
      out.append("- The language of its data was not named.\n");
    }
    TrainingRecord record = facts.record();
    TrainingRecord.Result result = record == null ? null : record.result();
    if (result != null && !result.finished()) {
      out.append("- Its training was stopped before its planned end.\n");
    }
    if (facts.kind() == ModelKind.LANGUAGE_MODEL) {
      out.append("- A text that it writes may be false, and may repeat training text.\n");
    }
    return out.toString();
  }

  private static void row(StringBuilder out, String property, String value) {
    out.append("| ")
        .append(Markdown.text(property))
        .append(" | ")
        .append(Markdown.text(value))
        .append(" |\n");
  }

  private static String whole(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  private static String decimal(double number, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", number);
  }

  private static String known(@Nullable String value) {
    return value == null ? UNKNOWN : value;
  }

  private static String words(String name) {
    return name.replace('_', ' ');
  }

  private static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
