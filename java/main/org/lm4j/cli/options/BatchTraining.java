package org.lm4j.cli.options;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Program;
import org.lm4j.cli.report.RunDescription;
import org.lm4j.cli.report.RunWatch;
import org.lm4j.cli.report.TrainReporter;
import org.lm4j.compute.Backend;
import org.lm4j.model.Model;
import org.lm4j.parallel.mpi.Launch;
import org.lm4j.train.Cadence;
import org.lm4j.train.Recipe;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import org.lm4j.train.StagedFolder;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingDefaults;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/**
 * The options of a model trained on batches of examples (its folder, recipe and length of
 * training), and the training itself.
 */
public final class BatchTraining {
  private static final int LOG_INTERVAL = 20;

  private final TrainingDefaults defaults;

  @Mixin private ModelFolder folder = new ModelFolder(ModelFolder.OF_TRAINING);

  @Mixin private RecipeOptions recipe;

  @Mixin private RunLengthOptions length;

  @Option(
      names = "--resume",
      description =
          "Continue the run in the model folder; the data have to be named again as they were.")
  private boolean resume;

  @Option(names = "--force", description = "Replace what the model folder holds.")
  private boolean force;

  @Mixin private WatchOptions watching;
  @Mixin private DeviceOptions device;

  public BatchTraining(TrainingDefaults defaults) {
    this(defaults, () -> defaults);
  }

  /** Creates options with recipe defaults that depend on other options. */
  public BatchTraining(TrainingDefaults defaults, Supplier<TrainingDefaults> recipe) {
    this.defaults = defaults;
    this.length = new RunLengthOptions(defaults.unit(), defaults.epochs());
    this.recipe = new RecipeOptions(recipe);
  }

  /** Returns the file of the page that shows the run; null for none. */
  public @Nullable Path page() {
    return watching.page();
  }

  /** Returns the model folder. */
  public Path folder() {
    return folder.path();
  }

  /**
   * Returns whether a run continues.
   *
   * @throws InputException if the options contradict each other or what the folder holds
   */
  public boolean resumes() {
    if (resume && force) {
      throw new InputException("--resume does not go with --force.");
    }
    if (resume && !Run.canResume(folder.path())) {
      throw new InputException(folder.path() + " holds no run to resume.");
    }
    if (!resume && !force && StagedFolder.isOccupied(folder.path())) {
      throw new InputException(
          folder.path()
              + " already holds a model: continue with --resume, replace it with --force, or choose"
              + " another --model.");
    }
    return resume;
  }

  /**
   * Returns the plan of the run.
   *
   * @param begins the values of options that only count when a run begins, and are kept nowhere
   *     else, by their names: a run that is resumed may be given them again as they were
   * @throws InputException as {@link #resumes}, or if recipe or values are not those it began with
   */
  public RunPlan plan(CommandSpec spec, Map<String, ?> begins) {
    if (!resumes()) {

      Map<String, String> began = new TreeMap<>();
      begins.forEach((name, value) -> began.put(name, value.toString()));
      return new RunPlan(
          recipe.recipe(null),
          length.length(null, defaults.length()),
          new Cadence(0, 1, 0),
          null,
          began);
    }
    RunPlan saved = Run.planOf(folder.path());
    Recipe asked = recipe.recipe(saved.recipe());
    if (!asked.continues(saved.recipe())) {
      throw otherRun("batch, optimizer and seed");
    }
    requireBegan(spec, begins, saved.began());

    return new RunPlan(
        asked, length.length(null, saved.length()), saved.cadence(), saved.origin(), saved.began());
  }

  private StagedFolder.Existing existing() {
    return force ? StagedFolder.Existing.REPLACE : StagedFolder.Existing.REFUSE;
  }

  private void requireBegan(
      CommandSpec spec, Map<String, ?> asked, @Nullable Map<String, String> began) {
    ParseResult parsed = spec.commandLine().getParseResult();
    asked.forEach(
        (name, value) -> {
          if (parsed.hasMatchedOption(name)
              && (began == null || !value.toString().equals(began.get(name)))) {
            throw otherRun(name);
          }
        });
  }

  /**
   * Returns the exception for a resumed run whose options differ from those it began with.
   *
   * @param what has to stay, in words
   */
  public InputException otherRun(String what) {
    return new InputException(
        "--resume continues with the "
            + what
            + " the run in "
            + folder.path()
            + " began with; leave out what differs, or begin anew with --force.");
  }

  /** The action after a training run. */
  public interface After<M extends Model> {
    /**
     * Called once training has ended.
     *
     * @param finished whether it came to its planned end
     */
    void trained(Run<M> run, boolean finished);
  }

  /**
   * Trains a model, or resumes its training.
   *
   * @param data the options that name the data, which must be repeated to resume the run
   * @param lines what to say of data and model at the beginning
   */
  public <M extends Model> void run(
      CommandSpec spec,
      List<String> data,
      RunPlan plan,
      Task<M> task,
      Function<Run<M>, List<String>> lines,
      After<M> after) {
    requireOneProcess(Program.command(spec), System.getenv());
    try (RunWatch watch = watching.open(folder.path(), spec.commandLine().getErr())) {
      watch.during(() -> run(spec, data, plan, task, lines, new Watched<>(watch, after)));
    }
  }

  /**
   * Requires a process that mpirun or srun has not started as one of several: they would all write
   * to the same folder.
   */
  static void requireOneProcess(String command, Map<String, String> environment) {
    Launch launch = Launch.of(environment).orElse(null);
    if (launch != null) {
      throw new InputException(
          "%s trains in one process, and this is %s: start it alone, or with LM4J_MPI=off where each process trains a separate model."
              .formatted(command, launch.description()));
    }
  }

  /** What is done with a run while it trains, and afterwards. */
  private record Watched<M extends Model>(RunWatch watch, After<M> after) {}

  private <M extends Model> void run(
      CommandSpec spec,
      List<String> data,
      RunPlan plan,
      Task<M> task,
      Function<Run<M>, List<String>> lines,
      Watched<M> watched) {
    try (Backend backend = device.open(spec.commandLine().getErr());
        Run<M> run =
            resume
                ? Run.resume(folder.path(), backend, plan, task)
                : Run.begin(folder.path(), backend, plan, task, existing())) {
      RunDescription.addTo(run, spec, data);
      TrainReporter.Subject subject =
          new TrainReporter.Subject(run, lines.apply(run), false, command(spec, data));
      boolean finished = TrainReporter.train(spec, backend, subject, LOG_INTERVAL, watched.watch());
      watched.after().trained(run, finished);
    }
  }

  /** Returns the command that resumes the run, with the options of the data as they were given. */
  private static String command(CommandSpec spec, List<String> data) {
    StringBuilder command = new StringBuilder(Program.command(spec));
    for (String name : data) {
      OptionSpec option = spec.commandLine().getParseResult().matchedOption(name);
      if (option != null) {
        command.append(' ').append(name);
        option
            .originalStringValues()
            .forEach(value -> command.append(' ').append(Program.quoted(value)));
      }
    }
    return command.toString();
  }
}
