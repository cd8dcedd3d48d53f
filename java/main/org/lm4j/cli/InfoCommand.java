package org.lm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Visible;
import org.lm4j.cli.report.TrainReporter;
import org.lm4j.io.Json;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.TrainingRecord;
import org.lm4j.ngram.NgramTable;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.ngram.NgramModel;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.VocabularyChecks;
import org.lm4j.text.source.Escapes;
import org.lm4j.train.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm info}: describes a model folder. */
@Command(
    name = "info",
    description = "Show what a model folder holds.",
    footer = {
      "Examples:",
      "  lm info models/book",
      "  lm info models/book --card --license cc0-1.0 --language en",
      "  lm eval --model models/book --corpus test.txt --json > test.json",
      "  lm info models/book --card --results test.json --output -"
    })
final class InfoCommand extends Subcommand implements Runnable {
  @Parameters(paramLabel = "DIR", description = "Model folder.")
  private Path folder;

  @Option(names = "--json", description = "Print one JSON object in place of the text.")
  private boolean json;

  @Mixin private CardRequest card;

  @Override
  public void run() {
    PrintWriter out = out();
    if (card.asked(json)) {
      card.write(folder, results());
      return;
    }
    if (json) {
      out.println(Json.line(values()));
      out.flush();
      return;
    }
    if (ModelKind.of(folder) == ModelKind.LANGUAGE_MODEL) {
      languageModel(out);
    } else {
      describe(out);
    }
    if (ModelKind.of(folder) == ModelKind.NGRAM) {
      ngrams(out);
    } else {
      weights(out);
    }
    if (Run.canResume(folder)) {
      training(out);
    }
    TrainingRecord record = TrainingRecord.read(folder);
    if (record != null) {
      record(out, record);
    }
    out.flush();
  }

  private static void record(PrintWriter out, TrainingRecord record) {
    if (record.data() != null) {
      for (TrainingRecord.Data data : record.data()) {
        out.printf(
            "%-12s %s%s%s%n",
            data.use(),
            Visible.name(data.name()),
            data.bytes() == null ? "" : ", %,d bytes".formatted(data.bytes()),
            data.sha256() == null ? "" : ", SHA-256 " + data.sha256());
      }
    }
    if (record.began() != null) {
      out.printf("began        %s, by lm4j %s%n", record.began(), record.version());
    }
  }

  private Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("model", ModelKind.of(folder).words());
    values.put("config", Json.readTree(ModelFiles.group(folder).locate(ModelFiles.CONFIG)));
    long count = 0;
    Map<String, Object> tensors = new LinkedHashMap<>();
    try (SafetensorsFile weights = ModelFiles.openWeights(folder)) {
      for (String name : weights.names()) {
        count += weights.shape(name).size();
        tensors.put(name, weights.storedType(name) + " " + weights.shape(name));
      }
    }
    values.put("weights", count);
    values.put("tensors", tensors);
    TrainingRecord record = TrainingRecord.read(folder);
    if (record != null) {
      values.put("training", record);
    }
    if (Run.canResume(folder)) {
      values.put("recipe", Run.planOf(folder).recipe());
      values.put("step", Run.progressOf(folder).step());
      String precision = Run.precisionOf(folder);
      if (precision != null) {
        values.put("precision", precision);
      }
      Run.progressOf(folder).bestLoss().ifPresent(best -> values.put("validation_loss", best));
    }
    return values;
  }

  private void languageModel(PrintWriter out) {
    ModelFiles source = new ModelFiles(folder, ModelKind.LANGUAGE_MODEL);
    LanguageModelConfig config = LanguageModelConfig.read(source);
    Vocabulary vocabulary = LanguageModelConfig.vocabulary(source);
    out.printf(
        "model        %s, %d layer%s of %d, embedding %d%s%s%s%n",
        config.cell().label(),
        config.layers(),
        config.layers() == 1 ? "" : "s",
        config.hidden(),
        config.embedding(),
        config.tied() ? ", tied" : "",
        config.output().words(),
        config.rates().words());
    out.printf(
        "vocabulary   %,d tokens at level %s%s%n",
        vocabulary.size(),
        vocabulary.level().label(),
        (vocabulary.level() == Level.SUBWORD ? " (" + vocabulary.tokenizer().algorithm() + ")" : "")
            + (vocabulary.unknown() >= 0
                ? ", with " + Escapes.text(vocabulary.token(vocabulary.unknown()))
                : ""));
    VocabularyChecks.findings(vocabulary).forEach(found -> out.println("             " + found));
    if (vocabulary.level() == Level.CHAR) {
      CharacterList.lines("characters  ", vocabulary).forEach(out::println);
    }
  }

  /** Describes a model of another kind by the fields of its configuration. */
  private void describe(PrintWriter out) {
    out.printf("model        %s%n", ModelKind.of(folder).words());
    ModelFiles.fields(folder)
        .forEach(
            (name, value) -> {
              if (!name.equals("kind")) {
                String shown = value.isEmpty() ? "none" : Visible.name(value);
                out.printf("  %-22s %s%n", Visible.name(name), shown);
              }
            });
  }

  private void ngrams(PrintWriter out) {
    try (NgramModel model = NgramModel.load(folder)) {
      NgramTable table = model.table();
      out.println("n-grams      length        count");
      for (int length = 1; length <= table.order(); length++) {
        int count = table.count(length) - (length == 1 ? 1 : 0); // the beginning is not a token
        out.printf("             %6d %,12d%n", length, count);
      }
    }
  }

  private void weights(PrintWriter out) {
    long count = 0;
    StringBuilder tensors = new StringBuilder();
    try (SafetensorsFile weights = ModelFiles.openWeights(folder)) {
      for (String name : weights.names()) {
        count += weights.shape(name).size();
        tensors.append(
            "  %-22s %s %s%n"
                .formatted(Visible.name(name), weights.storedType(name), weights.shape(name)));
      }
    }
    out.printf("weights      %,d in %s%n%s", count, ModelFiles.WEIGHTS, tensors);
  }

  private void training(PrintWriter out) {
    boolean windows = ModelKind.of(folder) == ModelKind.LANGUAGE_MODEL;
    out.printf("trained with %s%n", TrainReporter.describe(Run.planOf(folder).recipe(), windows));
    Run.progressOf(folder)
        .bestLoss()
        .ifPresent(
            best ->
                out.printf(
                    "validation   best loss %.4f%s%n",
                    best, windows ? ", perplexity %.3f".formatted(Math.exp(best)) : ""));
    String precision = Run.precisionOf(folder);
    out.printf(
        "checkpoint   step %,d%s%n",
        Run.progressOf(folder).step(),
        precision == null ? "" : ", matrices multiplied in " + precision);
  }
}
