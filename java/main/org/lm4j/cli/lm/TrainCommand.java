package org.lm4j.cli.lm;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.AlsoNeeded;
import org.lm4j.cli.options.CorpusOptions;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.EmbeddingsOptions;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.RunLengthOptions;
import org.lm4j.cli.options.WatchOptions;
import org.lm4j.cli.report.ReadingProgress;
import org.lm4j.cli.report.RunDescription;
import org.lm4j.cli.report.RunWatch;
import org.lm4j.cli.report.TrainReporter;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.parallel.Communicator;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelTask;
import org.lm4j.task.lm.size.ModelSize;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.CorpusSpec;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;
import org.lm4j.train.Origin;
import org.lm4j.train.Recipe;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.StagedFolder;
import org.lm4j.train.TrainingDefaults;
import org.lm4j.train.trial.Trial;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm train}: trains a model on text, or resumes training. */
@Command(
    name = "train",
    customSynopsis = "lm train --corpus PATH... --model DIR [OPTIONS]",
    description = {
      "Train a language model on text.",
      "The model folder holds the best weights so far, the"
          + " vocabulary, a log (log.jsonl) and a checkpoint. Ctrl-C saves and stops; --resume"
          + " continues with the same numbers as if it had never stopped."
    },
    footer = {
      "Examples:",
      "  lm train --corpus book.txt --model models/book",
      "  lm train --corpus book.txt --model models/book --size medium --estimate",
      "  lm train --corpus texts/ --level word --min-count 3 --model models/words",
      "  lm train --corpus texts/ --level bpe --vocab-size 8000 --model models/subwords",
      "  lm train --corpus train.txt --valid valid.txt --level word --hidden 200 \\",
      "           --batch 20 --bptt 20 --optimizer sgd --schedule step \\",
      "           --decay-after 4 \\",
      "           --model models/ptb",
      "  lm train --corpus names.txt --unit line --model models/names",
      "  zcat big.gz | lm train --corpus - --model models/big --time 2h",
      "  lm train --corpus babylm/ --level word --save-at 1M,2M,5M \\",
      "           --model models/baby",
      "  lm train --corpus book.txt --model models/book --sample-every 500 --serve 8081",
      "  lm train --resume --model models/book --epochs 40",
      "  mpirun -n 4 lm train --corpus texts/ --batch 80 --model models/texts"
    })
public final class TrainCommand extends Subcommand implements Runnable, HelpValues, AlsoNeeded {
  @Mixin private CorpusOptions corpus;

  @Mixin private ModelFolder folder = new ModelFolder(ModelFolder.OF_TRAINING);

  @Mixin private ModelOptions model;
  @Mixin private SequenceOptions sequences;
  @Mixin private EmbeddingsOptions vectors;
  @Mixin private WindowRecipeOptions recipe = new WindowRecipeOptions(() -> model.preset());

  @Mixin
  private RunLengthOptions length =
      new RunLengthOptions("corpus", TrainingDefaults.LANGUAGE_MODEL.epochs());

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Optimizer steps, in place of or besides --epochs.")
  private @Nullable Integer steps;

  @Mixin private CadenceOptions cadence;
  @Mixin private SampleOptions samples;
  @Mixin private TrialOptions trials;

  @Option(
      names = "--resume",
      description =
          "Continue the run in the model folder, to its planned end or another one; rates, limits"
              + " and schedule may be changed.")
  private boolean resume;

  @Option(
      names = "--init-from",
      paramLabel = "DIR",
      description = "Begin with the weights and the vocabulary of this model.")
  private @Nullable Path initFrom;

  @Option(names = "--force", description = "Replace what the model folder holds.")
  private boolean force;

  @Mixin private WatchOptions watching;
  @Mixin private DeviceOptions device;
  @Mixin private ProcessOptions processes;

  @Override
  public Map<String, String> helpValues() {
    return Map.of(
        "--time",
        "Time of training, as 90s, 10m or 1h30m, in place of or besides --epochs. The schedule cosine"
            + " then follows the clock, and a resumed run is not bit for bit the same; the time is"
            + " that of all its runs together.");
  }

  @Override
  public List<String> missing() {
    return corpus.given() || resume ? List.of() : List.of("--corpus");
  }

  @Override
  public void run() {
    if (trials.asked() && !processes.several()) {
      trials.requireSense(watching);
      requireSense();
      tryOut();
      return;
    }
    try (HeldExit _ = new HeldExit(processes.several());
        Communicator ranks = processes.join()) {
      if (ranks.size() == 1) {
        requireSense();
      }
      try (RunWatch watch =
          ranks.rank() == 0 ? watching.open(folder.path(), err()) : RunWatch.none()) {
        watch.during(() -> train(ranks, watch));
      }
      ranks.finish();
    }
  }

  private void tryOut() {
    try (Backend backend = device.open(err());
        Trial<LanguageModelNetwork> trial = Trial.of(backend, plan(), begun())) {
      trials.run(trial, new TrialOptions.Outlet(results(), err(), terminal(), watching.page()));
    }
  }

  private void train(Communicator ranks, RunWatch watch) {
    PrintWriter err = ranks.rank() == 0 ? err() : new PrintWriter(Writer.nullWriter());
    try (Backend backend = device.open(err, ranks)) {
      Communicator connected = processes.exchange(ranks, backend, err);
      train(backend, connected, watch);
      ProcessOptions.leave(connected);
    }
  }

  private void train(Backend backend, Communicator ranks, RunWatch watch) {
    try (Run<LanguageModelNetwork> run =
        Run.together(ranks, () -> first(backend, ranks), plan -> join(backend, plan, ranks))) {
      if (ranks.rank() > 0) {
        TrainReporter.trainSilently(run);
        return;
      }
      RunDescription.addTo(run, spec, List.of());
      TrainReporter.Subject subject =
          TrainReporter.Subject.of(run).with(ProcessOptions.describe(ranks));
      boolean finished = TrainReporter.train(spec, backend, subject, cadence.logInterval(), watch);
      if (finished) {
        samples.print(run, backend, results());
      }
    }
  }

  /** Opens the run in the first process. */
  private Run<LanguageModelNetwork> first(Backend backend, Communicator ranks) {
    if (ranks.size() > 1) {
      requireSense();
    }
    return open(backend, ranks);
  }

  /** Opens the run that the first process has opened. */
  private Run<LanguageModelNetwork> join(Backend backend, RunPlan plan, Communicator ranks) {
    return Run.join(folder.path(), backend, plan, LanguageModelTask.RESUMED, ranks);
  }

  private void requireSense() {
    boolean continues = resume && Run.canResume(folder.path());
    if (resume && (initFrom != null || force)) {
      throw new InputException("--resume does not go with --init-from or --force.");
    }
    if (resume && trials.asked()) {
      throw new InputException("--estimate and --find-rate are for a new run; leave out --resume.");
    }
    if (trials.asked() && processes.several()) {
      throw new InputException(
          "--estimate and --find-rate run in one process; start them without mpirun or srun.");
    }
    if (model.preset() != null && (continues || initFrom != null)) {
      throw new InputException(
          "--size is for a new model, and this one has its own; leave it out.");
    }
    if (model.hasTokenizer() && (continues || initFrom != null)) {
      throw new InputException(
          "--%s keeps the tokens of the model; leave out --tokenizer."
              .formatted(continues ? "resume" : "init-from"));
    }
    if (continues) {
      return;
    }
    if (resume && !corpus.given()) {
      throw new InputException(
          StagedFolder.isOccupied(folder.path())
              ? folder.path()
                  + " holds a model, but no run to resume; begin one with --corpus and --init-from "
                  + folder.path()
                  + ", in another --model."
              : folder.path()
                  + " holds no run to resume; begin one with --corpus in place of --resume.");
    }
    if (!corpus.given()) {
      throw new InputException("give the text to train on with --corpus.");
    }
    if (StagedFolder.isOccupied(folder.path()) && !force && !trials.asked()) {
      throw new InputException(
          folder.path()
              + " already holds a model: "
              + (Run.canResume(folder.path())
                  ? "continue with --resume"
                  : "begin with its weights by --init-from, in another folder")
              + ", replace it with --force, or choose another --model.");
    }
    if (initFrom != null && Files.exists(folder.path()) && sameFolder(initFrom, folder.path())) {
      throw new InputException("--init-from and --model must be two folders.");
    }
  }

  private static boolean sameFolder(Path one, Path other) {
    return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
  }

  private Run<LanguageModelNetwork> open(Backend backend, Communicator ranks) {
    PrintWriter err = err();
    if (resume && Run.canResume(folder.path())) {
      return Run.resume(
          folder.path(),
          backend,
          continued(Run.planOf(folder.path()), err),
          LanguageModelTask.RESUMED,
          ranks);
    }
    return Run.begin(
        folder.path(),
        backend,
        plan(),
        begun(),
        force ? StagedFolder.Existing.REPLACE : StagedFolder.Existing.REFUSE,
        ranks);
  }

  private RunPlan plan() {
    vectors.requireSense(model.level(), model.tied(), recipe.recipe(null), initFrom);
    ModelSize.Preset size = model.preset();
    return new RunPlan(
        recipe.recipe(null),
        length.length(
            steps, size == null ? TrainingDefaults.LANGUAGE_MODEL.length() : size.length()),
        cadence.cadence(null, samples.plan(null)),
        corpus.origin(null, model.initialization(), vectors));
  }

  private LanguageModelTask begun() {
    if (initFrom == null) {
      Segmentation segmentation = sequences.segmentation(Segmentation.STREAM);
      return LanguageModelTask.begin(
          input(corpus.spec(model.level(), model.vocabulary()), segmentation),
          model.config(null, vectors::width),
          new LanguageModelTask.InitialWeights(model.initialization(), vectors.source(err()), null),
          segmentation);
    }
    ModelFiles source = new ModelFiles(initFrom, ModelKind.LANGUAGE_MODEL);
    LanguageModelConfig config = LanguageModelConfig.read(source);
    Vocabulary vocabulary = LanguageModelConfig.vocabulary(source);
    LanguageModelConfig asked = model.config(config);
    if (!asked.withRates(config.rates()).equals(config)
        || (model.levelOrNull() != null && model.levelOrNull() != vocabulary.level())) {
      throw new InputException(
          "--init-from takes shape and level of the model from %s; leave those options out."
              .formatted(initFrom));
    }
    CorpusSpec given = corpus.spec(vocabulary.level(), vocabulary);
    Segmentation segmentation = sequences.segmentation(LanguageModelConfig.segmentation(source));
    return LanguageModelTask.begin(
        input(given, segmentation),
        asked,
        new LanguageModelTask.InitialWeights(model.initialization(), null, initFrom),
        segmentation);
  }

  private CorpusBuilder.Input input(CorpusSpec given, Segmentation segmentation) {
    return new CorpusBuilder.Input(
        given.withUnit(segmentation.unit()),
        corpus.training(folder.path()),
        corpus.validation(folder.path()),
        new ReadingProgress(err(), terminal()));
  }

  /** Returns the plan of a resumed run: the saved one, with the changes of the options. */
  private RunPlan continued(RunPlan saved, PrintWriter err) {
    Recipe asked = recipe.recipe(saved.recipe());
    ModelFiles source = new ModelFiles(folder.path(), ModelKind.LANGUAGE_MODEL);
    LanguageModelConfig config = LanguageModelConfig.read(source);
    Level level = LanguageModelConfig.vocabulary(source).level();
    if (!asked.continues(saved.recipe())
        || !model.config(config).equals(config)
        || (model.levelOrNull() != null && model.levelOrNull() != level)) {
      throw new InputException(
          ("--resume continues with the model, dropout, text, batch, bptt, optimizer and seed the run"
                  + " in %s began with (%s level, %s); leave out what differs, or begin anew with"
                  + " --force.")
              .formatted(folder.path(), level.label(), TrainReporter.describe(saved.recipe())));
    }
    Segmentation segmentation = LanguageModelConfig.segmentation(source);
    if (!sequences.segmentation(segmentation).equals(segmentation)) {
      throw new InputException(
          "--resume continues with the unit, symbols and state the run in %s began with; leave out --unit, --symbols and --state, or begin anew with --force."
              .formatted(folder.path()));
    }
    requireSameOrigin(saved.origin());
    if (corpus.given()) {
      err.println("going on with the text as it was tokenised; --corpus is not read again");
    }
    if (!asked.equals(saved.recipe())) {
      err.println("changing the recipe, which was " + TrainReporter.describe(saved.recipe()));
    }
    return new RunPlan(
        asked,
        length.length(steps, saved.length()),
        cadence.cadence(saved.cadence(), samples.plan(saved.cadence().samples())),
        saved.origin());
  }

  private void requireSameOrigin(@Nullable Origin began) {
    if (began == null) {
      return; // a run from before this was kept
    }
    Double range = began.initRange();
    Initialization first =
        new Initialization(range == null ? Double.NaN : range, began.forgetBias());
    if (!corpus.origin(began, model.initialization(first), vectors).equals(began)) {
      throw new InputException(
          "--resume continues with the tokens and from the weights the run in %s began with; leave out --min-count, --vocab-size, --valid, --valid-fraction, --init-range, --forget-bias and --embeddings, or begin anew with --force."
              .formatted(folder.path()));
    }
  }
}
