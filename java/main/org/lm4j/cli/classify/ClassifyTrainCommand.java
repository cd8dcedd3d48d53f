package org.lm4j.cli.classify;

import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.BatchTraining;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.EmbeddingsOptions;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.classify.LabelledTexts;
import org.lm4j.task.classify.TextClassifier;
import org.lm4j.task.classify.TextClassifierConfig;
import org.lm4j.task.classify.TextClassifierData;
import org.lm4j.task.classify.TextClassifierNetwork;
import org.lm4j.task.classify.TextClassifierTask;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm classify train}: trains a classifier on labelled texts. */
@Command(
    name = "train",
    customSynopsis = "lm classify train --corpus FILE --model DIR [OPTIONS]",
    description = {
      "Train a classifier on texts and their classes; a word is what stands between white space,"
          + " and of a long text the first 1,024 are read.",
      "Validates each epoch; the model folder holds the weights with the lowest validation loss, a"
          + " log (log.jsonl) and a checkpoint."
    },
    footer = {
      "Examples:",
      "  lm classify train --corpus reviews.tsv --model models/reviews",
      "  lm classify train --files pos=rt-polarity.pos neg=rt-polarity.neg \\",
      "                    --test-fraction 0.1 \\",
      "                    --model models/polarity",
      "  lm classify train --pairs --corpus snli_1.0_train.txt --model models/snli"
    })
public final class ClassifyTrainCommand extends Subcommand implements Runnable {
  /** The options that must be repeated to resume a run. */
  private static final List<String> DATA =
      List.of("--corpus", "--files", "--valid-fraction", "--test-fraction");

  @Mixin private ClassifyTexts texts;

  @Option(
      names = "--pairs",
      description =
          "Classify pairs of texts, such as a premise and a hypothesis: label<TAB>first<TAB>second.")
  private boolean pairs;

  @Option(
      names = "--valid-fraction",
      paramLabel = "X",
      converter = Converters.Fraction.class,
      description =
          "Part of each class held out for validation, drawn at random by the seed [{default}].")
  private double validFraction = TextClassifier.HELD_OUT;

  @Option(
      names = "--test-fraction",
      paramLabel = "X",
      converter = Converters.Fraction.class,
      description =
          "Part of each class held out as test data; the best weights are evaluated on it at the end"
              + " [{default}].")
  private double testFraction;

  @Mixin private ClassifyOptions options;
  @Mixin private EmbeddingsOptions vectors;
  @Mixin private BatchTraining training = new BatchTraining(TextClassifierConfig.TRAINING);

  @Override
  public void run() {
    Map<String, Object> begins = new HashMap<>(vectors.begins());
    begins.put("--min-count", options.minCount());
    RunPlan plan = training.plan(spec, begins);
    ModelFiles files = new ModelFiles(training.folder(), ModelKind.CLASSIFIER);
    boolean resumes = training.resumes();
    vectors.requireSense(plan.recipe());
    if (resumes && !options.isAsked(files.config(TextClassifierConfig.class))) {
      throw training.otherRun("vocabulary, word vectors and shape");
    }
    boolean ofPairs = resumes ? files.config(TextClassifierConfig.class).readsPairs() : pairs;
    if (pairs && !ofPairs) {
      throw training.otherRun("vocabulary, word vectors and shape");
    }
    LabelledTexts read = texts.read(spec, ofPairs);
    read.requireLearnable(notes());
    TextClassifierData data =
        TextClassifierData.draw(read, validFraction, testFraction, plan.recipe().seed());
    TextClassifierTask task =
        resumes
            ? TextClassifierTask.resume(files, data)
            : TextClassifierTask.begin(
                data,
                options.config(vectors).ofPairs(pairs),
                options.minCount(),
                vectors.source(err()));
    training.run(
        spec,
        DATA,
        plan,
        task,
        run -> lines(run, data),
        (run, finished) -> print(finished ? task.test(run) : null));
  }

  /** Prints the score of the kept weights on the test set. */
  private void print(TrainingTask.@Nullable Validation score) {
    if (score == null) {
      return;
    }
    PrintWriter err = err();
    err.printf(
        Locale.ROOT,
        "test     %,d texts set aside: loss %.4f  accuracy %.2f %%%n",
        score.targets(),
        score.loss(),
        100 * (score.accuracy() == null ? Double.NaN : score.accuracy()));
    err.flush();
  }

  private static List<String> lines(Run<TextClassifierNetwork> run, TextClassifierData data) {
    TextClassifierConfig config = run.model().config();
    String corpus =
        String.format(
            Locale.ROOT,
            "corpus   %,d %s, %,d different words, %d classes; %,d held out, %,d set aside",
            data.training().size(),
            config.readsPairs() ? "pairs of texts" : "texts",
            config.words() - 1,
            config.classes(),
            data.validation().size(),
            data.test().size());
    String model =
        String.format(
            Locale.ROOT,
            "model    %s %d × %d%s, embedding %d, %s%s: %,d weights",
            config.encoder().cell(),
            config.encoder().layers(),
            config.encoder().hidden(),
            config.encoder().bidirectional() ? " in both directions" : "",
            config.encoder().embedding(),
            config.pooling().equals("last") ? "final states" : "mean of outputs",
            config.encoder().dropout() > 0 ? ", dropout " + config.encoder().dropout() : "",
            run.model().parameters().count());
    return List.of(corpus, model);
  }
}
