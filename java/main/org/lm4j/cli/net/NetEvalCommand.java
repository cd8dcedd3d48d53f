package org.lm4j.cli.net;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.ModelFolder;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.report.ClassTable;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.metric.ConfusionMatrix;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.net.LabelledImages;
import org.lm4j.task.net.NetConfig;
import org.lm4j.task.net.NetScorer;
import org.lm4j.task.net.TwoLayerNet;
import org.lm4j.train.TrainingTask;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lm net eval}: evaluates a net on labelled pictures. */
@Command(
    name = "eval",
    customSynopsis = "lm net eval --model DIR --images FILE --labels FILE [OPTIONS]",
    description = {
      "Measure how well a net classifies pictures, all of those named.",
      "Prints loss, accuracy, and for each class how many of its pictures were found (recall) and"
          + " how many of those called so are (precision); of more than 40 classes those with most"
          + " pictures."
    })
public final class NetEvalCommand extends Subcommand implements Runnable {
  @Mixin private ModelFolder folder;

  @Mixin private ImageOptions pictures;

  @Mixin
  private PageOption page =
      new PageOption(
          "Draw which classes are confused, how well each is recognized, and pictures of errors,"
              + " as a page.");

  @Option(names = "--json", description = "Print one JSON object in place of the table.")
  private boolean json;

  @Mixin private DeviceOptions device;

  @Override
  public void run() {
    ModelFiles source = new ModelFiles(folder.path(), ModelKind.NET);
    source.config(NetConfig.class);
    LabelledImages images = pictures.read();
    try (Backend backend = device.open(err());
        TwoLayerNet net = TwoLayerNet.open(source, backend)) {
      ConfusionMatrix matrix = new ConfusionMatrix(images.classes().size());
      NetEvalPage drawn = new NetEvalPage(images);
      TrainingTask.Validation score =
          NetScorer.score(
                  net,
                  images,
                  IntStream.range(0, images.count()).toArray(),
                  (i, actual, predicted) -> {
                    matrix.add(actual, predicted);
                    drawn.add(i, actual, predicted);
                  })
              .checked();
      print(score, matrix, images.classes());
      if (page.file() != null) {
        drawn.write(page.file(), folder.path(), score, matrix);
      }
    }
  }

  private void print(TrainingTask.Validation score, ConfusionMatrix matrix, List<String> classes) {
    PrintWriter out = out();
    ClassTable table = new ClassTable(matrix, classes, "pictures");
    if (json) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      values.put("pictures", score.targets());
      values.put("loss", score.loss());
      values.put("accuracy", matrix.accuracy());
      values.put("classes", table.values());
      out.println(Json.line(values));
    } else {
      out.printf(Locale.ROOT, "pictures  %,d%n", score.targets());
      out.printf(Locale.ROOT, "loss      %.4f%n", score.loss());
      out.printf(Locale.ROOT, "accuracy  %.2f %%%n%n", 100 * matrix.accuracy());
      table.print(out);
    }
    out.flush();
  }
}
