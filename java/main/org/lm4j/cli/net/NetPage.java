package org.lm4j.cli.net;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.lm4j.chart.ImageGrid;
import org.lm4j.chart.Page;
import org.lm4j.chart.Picture;
import org.lm4j.cli.plot.LoggedRun;
import org.lm4j.cli.plot.TrainingPage;
import org.lm4j.cli.report.ModelFacts;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.HostCopies;
import org.lm4j.task.net.NetConfig;
import org.lm4j.task.net.TwoLayerNet;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.Run;

/** The page of {@code lm net train}: the curves of its log, and what each hidden unit looks for. */
final class NetPage {
  private static final int COLUMNS = 20;
  private static final int MOST = 200;

  private NetPage() {}

  static void write(Path folder, Run<TwoLayerNet> run, Path file) {
    TrainingPage curves =
        new TrainingPage(LoggedRun.read(List.of(folder)), LoggedRun.Progress.EPOCH);
    Page page = curves.page(null).kind("Two-layer net").foot(ModelFacts.madeBy("lm net train"));
    page.chart(weights(run));
    AtomicFile.writeBytes(file, page.html().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Returns the weights that lead from the pixels to each of the first hidden units, as they are
   * now.
   */
  private static ImageGrid weights(Run<TwoLayerNet> run) {
    NetConfig config = run.model().config();
    ImageGrid grid = ImageGrid.of("First-layer weights", COLUMNS).side(48);
    int channels = config.form().channels() == 3 ? 3 : 1; // of others the first is shown
    int pixels = config.form().height() * config.form().width();
    try (HostCopies copies = new HostCopies(run.model().backend())) {
      Tensor weight = copies.of(run.model().parameters().get("hidden.weight").value());
      for (int unit = 0; unit < Math.min(MOST, config.hidden()); unit++) {
        double[] values = new double[pixels * channels];
        for (int i = 0; i < values.length; i++) {
          long at = (long) i % channels * pixels + i / channels;
          values[i] = weight.get((long) unit * config.inputs() + at);
        }
        grid.add(
            "", Picture.stretched(values, config.form().height(), config.form().width(), channels));
      }
    }
    return grid;
  }
}
