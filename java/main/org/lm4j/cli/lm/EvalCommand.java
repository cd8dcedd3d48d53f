package org.lm4j.cli.lm;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.adapt.AdaptationOptions;
import org.lm4j.cli.adapt.AdaptedModels;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.ReadingProgress;
import org.lm4j.cli.report.ScoringProgress;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.io.Json;
import org.lm4j.task.lm.Evaluator;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.adapt.Adaptation;
import org.lm4j.task.lm.adapt.AdaptedModel;
import org.lm4j.task.lm.compare.LossInterval;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.VocabularyChecks;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.SequenceIndex;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.Finite;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm eval}: evaluates how well a model predicts a text. */
@Command(
    name = "eval",
    customSynopsis = "lm eval --model DIR --corpus PATH... [OPTIONS]",
    description = {
      "Measure how well a model predicts a text.",
      "Every token after the first is a target exactly once, the state is carried from zero through"
          + " the whole text, nothing is dropped; of a model that was trained on lines or documents,"
          + " or with --unit, each of them is scored from a zero state. Perplexity is exp(loss), the loss the mean over"
          + " these targets in nats. Unknown words and characters are scored as <unk>, or skipped by a"
          + " model without it; where there are any, perplexity is marked with *, and bits per"
          + " character and byte, which compare models, are withheld."
    },
    footer = {
      "Examples:",
      "  lm eval --model models/book --corpus other.txt",
      "  lm eval --model models/ptb --corpus ptb.test.txt --json",
      "  lm eval --model models/book --corpus poem.txt --per-token losses.tsv",
      "  lm eval --model models/ptb --corpus sentences.txt --unit line",
      "  lm eval --model models/ptb --corpus test.txt --cache neural --tune valid.txt",
      "  lm eval --model models/ptb --corpus test.txt --mix models/kn5 \\",
      "          --tune valid.txt"
    })
public final class EvalCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      arity = "1..*",
      required = true,
      description =
          "Text to score: files, folders (all text files inside), .gz, .zip, - for standard input.")
  private List<String> corpus = new ArrayList<>();

  @Option(
      names = "--per-token",
      paramLabel = "FILE",
      converter = PathConverters.Output.class,
      description = {
        "Write a line for each target, separated by tabs: index (place in the text, the first"
            + " token being 0), token (escaped), nll (nats)."
      })
  private @Nullable Path perToken;

  @Mixin private SequenceOptions sequences;

  @Option(names = "--json", description = "Print one JSON object in place of the table.")
  private boolean json;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "Cut the text into N parts scored side by side, each from a zero state: faster, and with "
              + "slightly higher losses [{default}].")
  private int batch = 1;

  @Mixin private AdaptationOptions adaptation;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    if (adaptation.asked() && (batch > 1 || device.onlyDecodes())) {
      throw new InputException(
          "a model that adapts or is mixed scores a text in one part, in fp32 or bf16: leave out"
              + " --batch and --precision int8.");
    }
    if (perToken != null && batch > 1) {
      throw new InputException("--per-token scores the text in one part; leave out --batch.");
    }
    Vocabulary vocabulary = ScoringModel.vocabulary(folder.path());
    Segmentation segmentation = segmentation();
    PrintWriter err = err();
    Terminal terminal = terminal();
    VocabularyChecks.findings(vocabulary).forEach(found -> err.println("lm: " + found));
    try (Backend backend = device.openToDecode(err);
        ScoringModel model =
            new AdaptedModels(adaptation, backend, err, terminal).open(folder.path())) {
      if (model instanceof AdaptedModel adapted && adapted.learns() && !segmentation.isStream()) {
        throw new InputException(
            "a cache and dynamic evaluation read one stream: add --unit stream, or use lm score,"
                + " which learns from line to line.");
      }
      batch = model instanceof LanguageModel ? batch : 1; // others gain nothing by parts
      String warning = AdaptedModels.warning(adaptation, corpus);
      if (warning != null) {
        err.println("warning: " + warning);
      }
      Sources text = Sources.of(corpus, System.in, folder.path());
      ReadingProgress progress = new ReadingProgress(err, terminal);
      try (TokenFile tokens = CorpusBuilder.encode(vocabulary, text, progress);
          SequenceIndex index =
              segmentation.isStream()
                  ? null
                  : SequenceIndex.of(tokens, segmentation, vocabulary.lineEnd())) {
        EvalText read = new EvalText(vocabulary, tokens, index);
        read.requireTargets(text.names());
        LossInterval interval = new LossInterval(tokens.size());
        Evaluator.Score score = score(model, read, interval, new ScoringProgress(err, terminal));
        EvalFigures figures =
            new EvalFigures(score, read.counts(), vocabulary).with(interval.interval());
        Evaluator.@Nullable Score exact =
            device.onlyDecodes() && model instanceof LanguageModel
                ? exactly(read, new ScoringProgress(err, terminal))
                : null;
        Adaptation adapted = model instanceof AdaptedModel of ? of.adaptation() : null;
        print(figures, exact, read, text.skipped().total(), adapted);
      }
    }
  }

  private Segmentation segmentation() {
    Segmentation segmentation = sequences.segmentation(ScoringModel.segmentation(folder.path()));
    if (!segmentation.carry()) {
      if (batch > 1) {
        throw new InputException(
            "--batch cuts a text whose state is carried, and each %s is scored from a zero state;"
                    .formatted(segmentation.unit().label())
                + " leave it out.");
      }
      if (device.onlyDecodes()) {
        throw new InputException(
            "--precision int8 scores a text whose state is carried; add --unit stream or --state"
                + " carry.");
      }
    }
    return segmentation;
  }

  /** Returns the score in float32, to which that of fewer bits is compared. */
  private Evaluator.Score exactly(EvalText text, ScoringProgress progress) {
    try (Backend backend = device.openExact(err());
        ScoringModel model = ScoringModel.open(folder.path(), backend)) {
      return text.score(model, 1, null, progress);
    }
  }

  private Evaluator.Score score(
      ScoringModel model, EvalText text, LossInterval interval, ScoringProgress progress) {
    if (perToken == null) {
      return text.score(model, batch, interval, progress);
    }
    Evaluator.Score[] score = new Evaluator.Score[1];
    AtomicFile.writeStream(
        perToken,
        stream -> {
          BufferedWriter lines =
              new BufferedWriter(new java.io.OutputStreamWriter(stream, StandardCharsets.UTF_8));
          lines.write("index\ttoken\tnll\n");
          score[0] =
              text.score(
                  model,
                  batch,
                  (index, token, loss) -> {
                    interval.target(index, token, loss);
                    writeLine(lines, index, text.vocabulary().escaped(token), loss);
                  },
                  progress);
          Finite.loss(score[0].loss()); // else no table is written
          lines.flush();
        });
    return score[0];
  }

  private static void writeLine(BufferedWriter lines, long index, String token, double loss) {
    try {
      lines.write(String.format(Locale.ROOT, "%d\t%s\t%.16g\n", index, token, loss));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void print(
      EvalFigures figures,
      Evaluator.@Nullable Score exact,
      EvalText text,
      long skipped,
      @Nullable Adaptation adapted) {
    int streams = text.streams(batch);
    PrintWriter out = out();
    if (json) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      values.put("model", folder.path().toString());
      values.put("corpus", corpus);
      values.putAll(figures.values());
      if (exact != null) {
        values.put("precision", "int8");
        values.put("fp32_loss", exact.loss());
        values.put("fp32_perplexity", Math.exp(exact.loss()));
      }
      if (adapted != null) {
        values.put("adaptation", adapted);
      }
      values.putAll(text.values());
      values.put("streams", streams);
      values.put("files_skipped", skipped);
      out.println(Json.line(values));
    } else {
      figures.print(out);
      if (exact != null) {
        figures.compare(out, exact);
      }
      text.print(out);
      if (streams > 1) {
        out.printf("scored in %d parts, each from a zero state%n", streams);
      }
    }
    out.flush();
  }
}
