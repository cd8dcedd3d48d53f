package org.lm4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.lm4j.compute.Backend;
import org.lm4j.data.LabelledImages;
import org.lm4j.metric.ConfusionMatrix;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.model.NetConfig;
import org.lm4j.model.TwoLayerNet;
import org.lm4j.train.NetScorer;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lm net eval}: how well a net knows the classes of pictures. */
@Command(
    name = "eval",
    sortOptions = false,
    customSynopsis = "lm net eval --model DIR --images FILE --labels FILE [OPTIONS]",
    description = {
      "Tell how well a net knows the classes of pictures, of all those named.",
      "Prints loss, accuracy, and for each class how many of its pictures were found (recall) and"
          + " how many of those called so are (precision).",
      ""
    })
final class NetEvalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      required = true,
      description = "Folder of the model.")
  private Path folder;

  @Mixin private PictureOptions pictures;
  @Mixin private DeviceOptions device;

  @Override
  public Integer call() {
    ModelFiles source = new ModelFiles(folder, ModelKind.NET);
    source.config(NetConfig.class);
    LabelledImages images = pictures.read();
    try (Backend backend = device.open(spec.commandLine().getErr());
        TwoLayerNet net = TwoLayerNet.open(source, backend)) {
      ConfusionMatrix matrix = new ConfusionMatrix(images.classes().size());
      TrainingTask.Validation score =
          NetScorer.score(
                  net,
                  images,
                  IntStream.range(0, images.count()).toArray(),
                  (i, actual, predicted) -> matrix.add(actual, predicted))
              .checked();
      PrintWriter out = spec.commandLine().getOut();
      out.printf(Locale.ROOT, "pictures  %,d%n", score.targets());
      out.printf(Locale.ROOT, "loss      %.4f%n", score.loss());
      out.printf(Locale.ROOT, "accuracy  %.2f %%%n", 100 * matrix.accuracy());
      int width = Tables.width(images.classes(), 12);
      for (int c = 0; c < matrix.classes(); c++) {
        out.printf(
            Locale.ROOT,
            "%s recall %6.2f %%  precision %6.2f %%%n",
            Tables.cell(images.classes().get(c), width),
            100 * matrix.recall(c),
            100 * matrix.precision(c));
      }
      out.flush();
      return ExitCodes.OK;
    }
  }
}
