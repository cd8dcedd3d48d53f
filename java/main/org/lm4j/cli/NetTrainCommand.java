package org.lm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.NetConfig;
import org.lm4j.model.NetFolder;
import org.lm4j.train.MetricsLog;
import org.lm4j.train.NetRun;
import org.lm4j.train.PictureSplit;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunLength;
import org.lm4j.train.RunPlan;
import org.lm4j.train.StagedFolder;
import org.lm4j.train.Trainer;
import org.lm4j.train.TrainingRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lm net train}: makes a net from labelled pictures. */
@Command(
    name = "train",
    sortOptions = false,
    modelTransformer = NetOptions.Recipes.class,
    customSynopsis = "lm net train --images FILE --labels FILE --model DIR [OPTIONS]",
    description = {
      "Train a two-layer net on pictures.",
      "Validates each epoch; the model folder holds the weights with the lowest validation loss, a"
          + " log (log.jsonl) and a checkpoint.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  lm net train --images t10k-images-idx3-ubyte.gz --labels t10k-labels-idx1-ubyte.gz \\",
      "               --valid-count 1000 --model models/mnist",
      "  lm net train --cifar data_batch_*.bin --loss svm --reg 0.001 --model models/cifar"
    })
final class NetTrainCommand implements Callable<Integer> {
  private static final double EPOCHS = 10;
  private static final int LOG_INTERVAL = 20;

  @Spec private CommandSpec spec;
  @Mixin private NetOptions net;

  @Option(
      names = "--reg",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = "λ of the penalty ½λ ΣW² over both matrices [0].")
  private @Nullable Double reg;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      required = true,
      description = "Folder of the model; made if needed.")
  private Path folder;

  @Mixin private RecipeOptions recipe = NetOptions.recipes();

  @Option(
      names = "--epochs",
      paramLabel = "X",
      converter = Converters.PositiveNumber.class,
      description = "Passes over the pictures [10; with --resume: as planned].")
  private @Nullable Double epochs;

  @Option(names = "--resume", description = "Go on with the run in the model folder.")
  private boolean resume;

  @Option(names = "--force", description = "Replace what the model folder holds.")
  private boolean force;

  @Option(
      names = "--page",
      paramLabel = "FILE.html",
      description = "Draw curves and first-layer weights as a page, when done.")
  private @Nullable Path page;

  @Mixin private DeviceOptions device;

  @Override
  public Integer call() {
    if (resume && force) {
      throw new InputException("--resume does not go with --force.");
    }
    boolean continues = resume && TrainingRun.canResume(folder);
    if (resume && !continues) {
      throw new InputException(folder + " holds no run to resume.");
    }
    if (StagedFolder.isOccupied(folder) && !force && !continues) {
      throw new InputException(
          folder
              + " already holds a model: go on with --resume, replace it with --force, or choose"
              + " another --model.");
    }
    PrintWriter err = spec.commandLine().getErr();
    NetConfig saved = continues ? new NetFolder(folder).config() : null;
    RunPlan plan = saved != null ? continued(TrainingRun.planOf(folder), saved) : begun();
    PictureSplit data = net.split(plan.recipe().seed());
    try (Backend backend = device.open(err);
        NetRun run =
            saved != null
                ? NetRun.resume(folder, backend, plan, data)
                : NetRun.begin(folder, backend, begun(data), plan, data)) {
      train(run, data, backend, err);
      if (page != null) {
        NetPage.write(folder, run, page);
      }
      return ExitCodes.OK;
    }
  }

  private NetConfig begun(PictureSplit data) {
    return net.config(data.images(), reg == null ? 0 : reg);
  }

  private RunPlan begun() {
    // A net has no time: its windows are of one step.
    return new RunPlan(
        recipe.recipe(null),
        new RunLength(epochs == null ? EPOCHS : epochs, null, null),
        new Trainer.Cadence(0, 1, 0),
        null);
  }

  private RunPlan continued(RunPlan saved, NetConfig config) {
    Recipe asked = recipe.recipe(saved.recipe());
    boolean sameNet = net.config(config).equals(config) && (reg == null || reg == config.reg());
    if (!asked.continues(saved.recipe()) || !sameNet) {
      throw new InputException(
          "--resume goes on with the net, loss, penalty, batch, optimizer and seed the run in "
              + folder
              + " began with; leave out what differs, or begin anew with --force.");
    }
    RunLength length = epochs == null ? saved.length() : new RunLength(epochs, null, null);
    return new RunPlan(asked, length, saved.cadence(), null);
  }

  private void train(NetRun run, PictureSplit data, Backend backend, PrintWriter err) {
    Terminal terminal = ((Lm) spec.root().userObject()).terminal();
    TrainReporter reporter = new TrainReporter(err, terminal, subject(run, data));
    reporter.begin(backend);
    SavingOnInterrupt saving = new SavingOnInterrupt(run.trainer());
    try (MetricsLog log =
        MetricsLog.open(folder, run.trainer().step(), LOG_INTERVAL, run.trainer().counted())) {
      boolean finished = run.trainer().run(reporter, log);
      reporter.summary(finished);
    } finally {
      reporter.end();
      saving.done();
    }
  }

  private static TrainReporter.Subject subject(NetRun run, PictureSplit data) {
    NetConfig config = run.net().config();
    String pictures =
        String.format(
            Locale.ROOT,
            "pictures %,d of %d x %d x %d in %d classes, %,d held out",
            data.training().length,
            config.channels(),
            config.height(),
            config.width(),
            config.classes(),
            data.validation().length);
    String model =
        String.format(
            Locale.ROOT,
            "model    %d hidden units, %s%s%s: %,d weights",
            config.hidden(),
            config.loss(),
            config.dropout() > 0 ? ", dropout " + config.dropout() : "",
            config.reg() > 0 ? ", reg " + config.reg() : "",
            run.net().parameters().count());
    return new TrainReporter.Subject(
        run.trainer(),
        run.plan(),
        run.folder().path(),
        List.of(pictures, model),
        data.validation().length > 0,
        false,
        "lm net train");
  }
}
