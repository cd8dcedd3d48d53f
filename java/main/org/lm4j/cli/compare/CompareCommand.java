package org.lm4j.cli.compare;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.adapt.AdaptationOptions;
import org.lm4j.cli.adapt.AdaptedModels;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.report.ScoringProgress;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.metric.Bootstrap;
import org.lm4j.task.lm.ScoringModel;
import org.lm4j.task.lm.compare.ComparedText;
import org.lm4j.task.lm.compare.Comparison;
import org.lm4j.task.lm.compare.ModelScore;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.TextUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lm compare}: compares models on one text. */
@Command(
    name = "compare",
    customSynopsis = "lm compare DIR DIR... --corpus PATH [OPTIONS]",
    description = {
      "Compare models on one text: bits per character and byte, perplexity, with intervals of "
          + "the differences.",
      "Intervals (95 %) and the p of each difference to the best model come from a paired bootstrap:"
          + " lines that are scored from a zero state, else blocks of consecutive lines, are drawn"
          + " with replacement, the same for all models (Koehn, 2004). p is two-sided; below 0.05 the"
          + " interval of the difference lies on one side of zero.",
      "Models of characters, words and subwords and n-gram models compare in bits. Perplexity is"
          + " withheld where the tokens differ, bits where a model lacks tokens of the text."
    },
    footer = {
      "Examples:",
      "  lm compare models/lstm models/gru --corpus test.txt",
      "  lm compare models/* --corpus test.txt --unit line --page compare.html",
      "  lm compare models/a models/b --corpus test.txt --json"
    })
public final class CompareCommand extends Subcommand implements Runnable {
  @Parameters(
      paramLabel = "DIR",
      arity = "1..*",
      description = "Model folders, at least two, of any kind that predicts text.")
  private List<Path> folders = new ArrayList<>();

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      required = true,
      description =
          "Text to score: a file, folder (all text files inside), .gz or .zip; read once for each"
              + " model. May be given several times.")
  private List<String> corpus = new ArrayList<>();

  @Option(
      names = "--unit",
      paramLabel = "NAME",
      converter = Choices.TextUnits.class,
      completionCandidates = Choices.TextUnits.class,
      description = {
        "What is one sequence: stream (the whole text), line or document, each read after a line"
            + " end, its end predicted [as in training, if that was the same for all models]."
      })
  private @Nullable TextUnit unit;

  @Option(
      names = "--state",
      paramLabel = "NAME",
      converter = Choices.LineStates.class,
      completionCandidates = Choices.LineStates.class,
      description = {
        "reset: each line or document begins from a zero state; carry: the state is carried from one"
            + " to the next [reset]."
      })
  private String state = "reset";

  @Mixin private BootstrapOptions intervals;

  @Option(names = "--json", description = "Print one JSON object in place of the tables.")
  private boolean json;

  @Mixin
  private final PageOption page = new PageOption("Draw a page: the intervals and differences.");

  @Mixin private AdaptationOptions adaptation;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    requireSense();
    TextUnit chosen = unit == null ? trainedUnit() : unit;
    ComparedText text = ComparedText.of(corpus, chosen, state.equals("carry"));
    List<ModelScore> scores = new ArrayList<>();
    try (Backend backend = device.open(err())) {
      for (Path folder : folders) {
        AdaptedModels models = new AdaptedModels(adaptation, backend, err(), terminal());
        try (ScoringModel model = models.open(folder)) {
          scores.add(text.score(folder.toString(), model, new ScoringProgress(err(), terminal())));
        }
      }
    }
    Bootstrap bootstrap = intervals.bootstrap();
    Comparison comparison = Comparison.of(scores, bootstrap);
    CompareReport report = new CompareReport(text, comparison, corpus);
    Path file = page.file();
    if (file != null) {
      ComparePage.write(file, report, bootstrap.samples());
    }
    PrintWriter out = out();
    if (json) {
      out.println(Json.line(report.values(bootstrap.samples(), intervals.seed())));
    } else {
      report.print(out);
    }
    out.flush();
  }

  private void requireSense() {
    if (adaptation.saves()) {
      throw new InputException(
          "--save keeps the settings of one model, and each of these has others; use lm eval.");
    }
    if (corpus.contains("-")) {
      throw new InputException(
          "--corpus - can be read once, and each model reads the text; save it in a file.");
    }
    if (folders.size() < 2) {
      throw new InputException("a comparison needs at least two models; give another folder.");
    }
    for (int i = 0; i < folders.size(); i++) {
      for (int k = 0; k < i; k++) {
        if (isSame(folders.get(i), folders.get(k))) {
          throw new InputException(
              "%s and %s are the same folder; give each model once."
                  .formatted(folders.get(k), folders.get(i)));
        }
      }
    }
    if (state.equals("carry") && unit == TextUnit.STREAM) {
      throw new InputException(
          "--state is that of lines or documents: add --unit line or document, or leave it out.");
    }
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize())
          || (Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the unit of text that all models were trained on. */
  private TextUnit trainedUnit() {
    List<Segmentation> trained = folders.stream().map(ScoringModel::segmentation).toList();
    TextUnit first = trained.getFirst().unit();
    for (int i = 1; i < trained.size(); i++) {
      if (trained.get(i).unit() != first) {
        throw new InputException(
            "%s was trained on the unit %s and %s on %s: choose one with --unit."
                .formatted(
                    folders.getFirst(),
                    first.label(),
                    folders.get(i),
                    trained.get(i).unit().label()));
      }
    }
    return first;
  }
}
