package org.lm4j.cli.net;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.BatchTraining;
import org.lm4j.cli.options.Converters;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.net.ImageSplit;
import org.lm4j.task.net.NetConfig;
import org.lm4j.task.net.NetTask;
import org.lm4j.task.net.TwoLayerNet;
import org.lm4j.train.Run;
import org.lm4j.train.RunPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm net train}: trains a net on labelled pictures. */
@Command(
    name = "train",
    customSynopsis = "lm net train --images FILE --labels FILE --model DIR [OPTIONS]",
    description = {
      "Train a two-layer net on pictures.",
      "Validates each epoch; the model folder holds the weights with the lowest validation loss, a"
          + " log (log.jsonl) and a checkpoint."
    },
    footer = {
      "Examples:",
      "  lm net train --images t10k-images-idx3-ubyte.gz \\",
      "               --labels t10k-labels-idx1-ubyte.gz \\",
      "               --valid-count 1000 --model models/mnist",
      "  lm net train --cifar data_batch_*.bin --loss svm --reg 0.001 \\",
      "               --model models/cifar"
    })
public final class NetTrainCommand extends Subcommand implements Runnable {
  /** Returns the options that must be repeated to resume a run. */
  private static final List<String> DATA =
      List.of("--images", "--labels", "--cifar", "--valid-fraction", "--valid-count");

  @Mixin private NetOptions net;

  @Option(
      names = "--reg",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description = "λ of the penalty ½λ ΣW² over both matrices [0].")
  private @Nullable Double reg;

  @Mixin private BatchTraining training = new BatchTraining(NetConfig.TRAINING);

  @Override
  public void run() {
    RunPlan plan = training.plan(spec, Map.of());
    Path folder = training.folder();
    NetConfig saved =
        training.resumes() ? new ModelFiles(folder, ModelKind.NET).config(NetConfig.class) : null;
    if (saved != null && !isAsked(saved)) {
      throw training.otherRun("net, loss, penalty and dropout");
    }
    ImageSplit data = net.split(plan.recipe().seed());
    NetConfig config = saved != null ? saved : net.config(data.images(), reg == null ? 0 : reg);
    training.run(
        spec,
        DATA,
        plan,
        new NetTask(config, data),
        run -> lines(run, data),
        (run, finished) -> {
          Path page = training.page();
          if (page != null) { // with what the first layer has learned
            NetPage.write(folder, run, page);
          }
        });
  }

  private boolean isAsked(NetConfig saved) {
    return net.config(saved).equals(saved) && (reg == null || reg == saved.reg());
  }

  private static List<String> lines(Run<TwoLayerNet> run, ImageSplit data) {
    NetConfig config = run.model().config();
    String pictures =
        String.format(
            Locale.ROOT,
            "pictures %,d of %d x %d x %d in %d classes, %,d held out",
            data.training().length,
            config.form().channels(),
            config.form().height(),
            config.form().width(),
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
            run.model().parameters().count());
    return List.of(pictures, model);
  }
}
