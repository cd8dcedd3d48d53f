package org.lm4j.cli.embed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.AlsoNeeded;
import org.lm4j.cli.options.BatchTraining;
import org.lm4j.cli.options.CorpusOptions;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.cli.report.ReadingProgress;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.embed.SkipGram;
import org.lm4j.task.embed.SkipGramConfig;
import org.lm4j.task.embed.SkipGramTask;
import org.lm4j.task.embed.WordVectors;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Level;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.Recipe;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.TrainingDefaults;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lm embed train}: trains word vectors. */
@Command(
    name = "train",
    customSynopsis = "lm embed train --corpus PATH... --model DIR [OPTIONS]",
    description = {
      "Train word vectors by skip-gram: each word predicts the words around it.",
      "A word is what stands between white space; contexts do not cross lines. Validates each"
          + " epoch on held-out text: mean loss of a pair of a word and one near it. The model"
          + " folder holds the vectors with the lowest, a log (log.jsonl) and a checkpoint. Ctrl-C"
          + " saves and stops."
    },
    footer = {
      "Examples:",
      "  lm embed train --corpus wiki.train.tokens.gz --model models/words",
      "  lm embed train --corpus texts/ --embedding 200 --window 8 --epochs 10 \\",
      "                 --model models/words",
      "  lm embed train --corpus small.txt --objective softmax --min-count 2 \\",
      "                 --model models/words",
      "  lm embed nearest --model models/words king"
    })
public final class EmbedTrainCommand extends Subcommand
    implements Runnable, HelpValues, AlsoNeeded {

  @Mixin
  private CorpusOptions corpus = new CorpusOptions(WordVectors.MIN_COUNT, WordVectors.HELD_BACK);

  @Mixin private SkipGramOptions words;

  @Mixin
  private BatchTraining training =
      new BatchTraining(SkipGramConfig.training(true), this::recipeDefaults);

  private TrainingDefaults recipeDefaults() {
    return SkipGramConfig.training(words.draws());
  }

  @Override
  public Map<String, String> helpValues() {
    TrainingDefaults usual = SkipGramConfig.training(true);
    TrainingDefaults softmax = SkipGramConfig.training(false);
    return Map.of(
        "--optimizer",
        "Negative sampling has %s; softmax any of ${COMPLETION-CANDIDATES} [%s]."
            .formatted(usual.optimizer(), softmax.optimizer()),
        "--learning-rate",
        "Base learning rate [sgd: %s; adam: %s]. Negative sampling moves vectors by it for each pair, as word2vec does; softmax by the mean over a batch."
            .formatted(usual.rates().sgd(), softmax.rates().adam()),
        "--clip",
        "Limit of the norm of all gradients together, 0 for none; softmax alone [%s]."
            .formatted(HelpValues.number(TrainingDefaults.CLIP)),
        "--resume",
        "Resume the run in the model folder.",
        "--min-count",
        "Words rarer than this get no vector [%d].".formatted(WordVectors.MIN_COUNT),
        "--vocab-size",
        "At most this many words, <unk> and <eos> included; the rest get no vector [all].");
  }

  @Override
  public List<String> missing() {
    return corpus.given() ? List.of() : List.of("--corpus");
  }

  @Override
  public void run() {
    RunPlan plan = training.plan(spec, corpus.begins());
    SkipGramTask task = training.resumes() ? continued() : begun();
    boolean draws = training.resumes() ? saved().draws() : words.config(1, null).draws();
    requireSense(plan.recipe(), draws);
    training.run(spec, List.of(), plan, task, EmbedTrainCommand::lines, (run, finished) -> {});
  }

  private SkipGramConfig saved() {
    return new ModelFiles(training.folder(), ModelKind.EMBEDDINGS).config(SkipGramConfig.class);
  }

  private SkipGramTask continued() {
    SkipGramConfig saved = saved();
    if (!words.config(saved.vocabulary(), saved).equals(saved)) {
      throw training.otherRun("words, window, objective and dimension");
    }
    if (corpus.given()) {
      spec.commandLine()
          .getErr()
          .println("going on with the text as it was tokenised; --corpus is not read again");
    }
    return new SkipGramTask(null);
  }

  private SkipGramTask begun() {
    if (!corpus.given()) {
      throw new InputException("give the text to learn from with --corpus.");
    }
    words.config(1, null); // refuses what makes no sense before the text is read
    return new SkipGramTask(
        new SkipGramTask.Text(
            new CorpusBuilder.Input(
                corpus.spec(Level.WORD),
                corpus.training(training.folder()),
                corpus.validation(training.folder()),
                new ReadingProgress(err(), terminal())),
            size -> words.config(size, null)));
  }

  private static void requireSense(Recipe recipe, boolean draws) {
    boolean plain =
        recipe.optimizer().name().equals("sgd")
            && recipe.optimizer().weightDecay() == 0
            && recipe.clip().norm() == 0
            && recipe.clip().value() == 0;
    if (draws && !plain) {
      throw new InputException(
          "negative sampling moves the vectors of a step's words alone, by sgd without weight decay"
              + " or clipping; leave those options out, or take --objective softmax.");
    }
  }

  private static List<String> lines(Run<SkipGram> run) {
    SkipGramConfig config = run.model().config();
    return List.of(
        text(run),
        String.format(
            Locale.ROOT,
            "model    skip-gram, %,d words of %d dimensions, window %d, %s, %s",
            config.vocabulary(),
            config.dimension(),
            config.window(),
            config.draws() ? config.negatives() + " negatives" : "softmax",
            config.frequent().subsample() == 0
                ? "no subsampling"
                : "subsample "
                    + config.frequent().subsample()
                    + " by "
                    + config.frequent().subsampling()));
  }

  private static String text(Run<SkipGram> run) {
    long held = 0;
    Path valid = run.files().path().resolve(CorpusBuilder.VALID);
    if (Files.exists(valid)) {
      try (TokenFile file = TokenFile.open(valid)) {
        held = file.size();
      }
    }
    try (TokenFile file = TokenFile.open(run.files().path().resolve(CorpusBuilder.TRAIN))) {
      return String.format(
          Locale.ROOT, "corpus   %,d words and line ends, %,d held out", file.size(), held);
    }
  }
}
