package org.lm4j.cli.vqa;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.BatchTraining;
import org.lm4j.cli.options.FeatureOptions;
import org.lm4j.cli.options.ValidFeatureOptions;
import org.lm4j.data.Features;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.vqa.Question;
import org.lm4j.task.vqa.QuestionFile;
import org.lm4j.task.vqa.VqaConfig;
import org.lm4j.task.vqa.VqaData;
import org.lm4j.task.vqa.VqaNetwork;
import org.lm4j.task.vqa.VqaTask;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm vqa train}: trains a model on questions, answers and image features. */
@Command(
    name = "train",
    customSynopsis = "lm vqa train --features FILE --questions FILE.tsv --model DIR [OPTIONS]",
    description = {
      "Train a model that answers questions about images.",
      "Features of images are (N, G, F), a grid of G cells, or (N, F), in .npz, .npy or"
          + " .safetensors. Questions are lines of image, question and answer with tabs between"
          + " them, optionally followed by the kind of the question.",
      "With held-out questions it validates each epoch, and the model folder holds the weights with"
          + " the lowest validation loss; a log (log.jsonl) and a checkpoint lie beside them."
    },
    footer = {
      "Example:",
      "  lm vqa train --features train.npz --questions train.questions.tsv \\",
      "               --valid-features valid.npz \\",
      "               --valid-questions valid.questions.tsv \\",
      "               --model models/vqa"
    })
public final class VqaTrainCommand extends Subcommand implements Runnable {
  /** Returns the options that must be repeated to resume a run. */
  private static final List<String> DATA =
      List.of(
          "--features",
          "--names",
          "--grid",
          "--questions",
          "--valid-features",
          "--valid-names",
          "--valid-questions");

  @Mixin private FeatureOptions features;

  @Option(
      names = "--questions",
      paramLabel = "FILE",
      required = true,
      description = "Questions to learn from.")
  private Path questions;

  @Mixin private ValidFeatureOptions validFeatures;

  @Option(
      names = "--valid-questions",
      paramLabel = "FILE",
      description = "Questions held out, to choose the best weights by.")
  private @Nullable Path validQuestions;

  @Mixin private VqaOptions model;
  @Mixin private BatchTraining training = new BatchTraining(VqaConfig.TRAINING);

  @Override
  public void run() {
    if (validQuestions == null && validFeatures.given()) {
      throw new InputException("--valid-features are nothing without --valid-questions.");
    }
    RunPlan plan = training.plan(spec, model.begins());
    ModelFiles files = new ModelFiles(training.folder(), ModelKind.VQA);
    VqaConfig saved = training.resumes() ? files.config(VqaConfig.class) : null;
    if (saved != null && !model.isAsked(saved)) {
      throw training.otherRun("model, words and answers");
    }
    try (Features read = features.read();
        Features held = validFeatures.read()) {
      VqaData.Source learned = source(read, questions);
      VqaData.Source heldOut =
          validQuestions == null ? null : source(held == null ? read : held, validQuestions);
      VqaTask task =
          saved == null
              ? VqaTask.begin(
                  learned, heldOut, model.config(read), model.minCount(), model.topAnswers())
              : VqaTask.resume(files, learned, heldOut);
      training.run(
          spec, DATA, plan, task, run -> lines(run, learned, heldOut), (run, finished) -> {});
    }
  }

  private VqaData.Source source(Features features, Path questions) {
    return new VqaData.Source(
        features, QuestionFile.read(questions, notes()), questions.toString());
  }

  private static List<String> lines(
      Run<VqaNetwork> run, VqaData.Source learned, VqaData.@Nullable Source heldOut) {
    VqaConfig config = run.model().config();
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "data     %,d questions about %,d images, %,d held out",
            learned.questions().size(),
            learned.questions().stream().map(Question::image).distinct().count(),
            heldOut == null ? 0 : heldOut.questions().size()));
    lines.add(
        String.format(
            Locale.ROOT,
            "images   %s of %,d features; %,d words, %,d answers",
            config.grid() == 0
                ? "vectors"
                : "grids of " + config.image().rows() + " x " + config.image().columns() + " cells",
            config.image().features(),
            config.vocabulary(),
            config.answers()));
    lines.add(
        String.format(
            Locale.ROOT,
            "model    %s %d, %d look%s%s: %,d weights",
            config.shape().reader().cell(),
            config.shape().reader().hidden(),
            config.shape().hops(),
            config.shape().hops() == 1 ? "" : "s",
            config.shape().dropout() > 0 ? ", dropout " + config.shape().dropout() : "",
            run.model().parameters().count()));
    return lines;
  }
}
