package org.lm4j.cli.net;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.RecipeOptions;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.task.net.ImageSplit;
import org.lm4j.task.net.NetConfig;
import org.lm4j.task.net.NetSearch;
import org.lm4j.train.Recipe;
import org.lm4j.train.StagedFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code lm net tune}: looks for a good learning rate, regularisation and number of epochs. */
@Command(
    name = "tune",
    modelTransformer = NetTuneCommand.Tuned.class,
    customSynopsis = "lm net tune --images FILE --labels FILE --model DIR [OPTIONS]",
    description = {
      "Try learning rates, regularisations and numbers of epochs, and report which did best.",
      "Each trial is a model in a separate folder, DIR/trial-01 and so on. The table is"
          + " sorted by accuracy on the pictures held out."
    },
    footer = {
      "Examples:",
      "  lm net tune --images images.gz --labels labels.gz --model tuning \\",
      "              --rates 0.0003,0.001,0.003 --regs 0,0.0001 --epoch-choices 5,10",
      "  lm net tune --images images.gz --labels labels.gz --model tuning \\",
      "              --search halving --trials 8 --epoch-choices 1,8"
    })
public final class NetTuneCommand extends Subcommand implements Runnable {
  /** Removes the tuned options from the command. */
  static final class Tuned implements IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec spec) {
      return spec.remove(spec.findOption("--learning-rate"));
    }
  }

  /** The search strategies. */
  enum Search {
    GRID,
    RANDOM,
    HALVING;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin private NetOptions net;

  @Mixin private ModelFolder tuned = new ModelFolder("Folder for the folders of the trials.");

  @Option(
      names = "--search",
      paramLabel = "NAME",
      description = {
        "grid: every combination. random: --trials points between the smallest and the largest"
            + " values.",
        "halving: such points, the better half of which continues for twice as many epochs, from"
            + " the smallest of --epoch-choices to the largest [{default}]."
      })
  private Search search = Search.GRID;

  @Option(
      names = "--rates",
      paramLabel = "X",
      split = ",",
      description = "Learning rates [{default}].")
  private List<Double> rates = new ArrayList<>(List.of(3e-4, 1e-3, 3e-3));

  @Option(
      names = "--regs",
      paramLabel = "X",
      split = ",",
      converter = Converters.NonNegativeNumber.class,
      description = "λ of the penalty ½λ ΣW² [{default}].")
  private List<Double> regs = new ArrayList<>(List.of(0.0, 1e-4, 1e-3));

  @Option(
      names = "--epoch-choices",
      paramLabel = "X",
      split = ",",
      description = "Passes over the pictures [{default}].")
  private List<Double> epochs = new ArrayList<>(List.of(5.0));

  @Option(
      names = "--trials",
      paramLabel = "N",
      description = "Points that random and halving draw [{default}].")
  private int trials = 8;

  @Mixin private RecipeOptions recipe = new RecipeOptions(NetConfig.TRAINING);

  @Option(names = "--json", description = "Print one JSON object in place of the table.")
  private boolean json;

  @Option(names = "--force", description = "Replace trials that the folder holds.")
  private boolean force;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    if (!force && StagedFolder.isOccupied(tuned.path().resolve("trial-01"))) {
      throw new InputException(
          tuned.path()
              + " already holds trials: replace them with --force, or choose another --model.");
    }
    PrintWriter err = err();
    Recipe base = recipe.recipe(null);
    ImageSplit data = net.split(base.seed());
    try (Backend backend = device.open(err)) {
      NetSearch run =
          new NetSearch(
              tuned.path(),
              backend,
              data,
              reg -> net.config(data.images(), reg),
              rate -> withRate(base, rate));
      table(search(run, base.seed(), err));
    }
  }

  private List<NetSearch.Trial> search(NetSearch run, long seed, PrintWriter err) {
    NetSearch.Space space = new NetSearch.Space(rates, regs, epochs);
    return switch (search) {
      case GRID -> run.all(NetSearch.grid(space), trial -> report(trial, err));
      case RANDOM -> run.all(NetSearch.random(space, trials, seed), trial -> report(trial, err));
      case HALVING ->
          run.halving(
              NetSearch.random(space, trials, seed),
              epochs.stream().mapToDouble(e -> e).min().orElseThrow(),
              epochs.stream().mapToDouble(e -> e).max().orElseThrow(),
              trial -> report(trial, err));
    };
  }

  private static Recipe withRate(Recipe base, double rate) {
    Recipe.OptimizerChoice old = base.optimizer();
    return new Recipe(
        base.batch(),
        base.bptt(),
        new Recipe.OptimizerChoice(old.name(), rate, old.momentum(), old.weightDecay()),
        base.schedule(),
        base.clip(),
        base.seed());
  }

  private static void report(NetSearch.Trial trial, PrintWriter err) {
    String failure = trial.failure();
    err.printf(
        Locale.ROOT,
        "%s  rate %.3g  reg %.3g  epochs %.3g  %s%n",
        trial.folder().getFileName(),
        trial.candidate().rate(),
        trial.candidate().reg(),
        trial.epochs(),
        failure == null
            ? String.format(
                Locale.ROOT, "accuracy %.2f %%  loss %.4f", 100 * trial.accuracy(), trial.loss())
            : failure);
    err.flush();
  }

  private static Map<String, @Nullable Object> values(NetSearch.Trial trial) {
    boolean ended = trial.failure() == null;
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("trial", trial.folder().toString());
    values.put("rate", trial.candidate().rate());
    values.put("reg", trial.candidate().reg());
    values.put("epochs", trial.epochs());
    values.put("accuracy", ended ? trial.accuracy() : null);
    values.put("loss", ended ? trial.loss() : null);
    values.put("failure", trial.failure());
    return values;
  }

  private void table(List<NetSearch.Trial> sorted) {
    PrintWriter out = out();
    if (json) {
      out.println(
          Json.line(Map.of("trials", sorted.stream().map(NetTuneCommand::values).toList())));
      out.flush();
      return;
    }
    out.printf(
        "%-10s  %10s  %10s  %7s  %10s  %8s%n",
        "trial", "rate", "reg", "epochs", "accuracy", "loss");
    for (NetSearch.Trial trial : sorted) {
      out.printf(
          Locale.ROOT,
          "%-10s  %10.3g  %10.3g  %7.3g  %s%n",
          trial.folder().getFileName(),
          trial.candidate().rate(),
          trial.candidate().reg(),
          trial.epochs(),
          trial.failure() == null
              ? String.format(Locale.ROOT, "%8.2f %%  %8.4f", 100 * trial.accuracy(), trial.loss())
              : "diverged");
    }
    out.flush();
  }
}
