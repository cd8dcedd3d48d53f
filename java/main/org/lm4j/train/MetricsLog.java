package org.lm4j.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.lm4j.io.JsonLines;

/**
 * {@code log.jsonl} in the model folder: one JSON object a line, for training intervals and for
 * validations. Losses are means over what is {@linkplain Counted counted}.
 */
public final class MetricsLog implements AutoCloseable {
  /** Name of the file in the model folder. */
  public static final String FILE = "log.jsonl";

  private final JsonLines lines;
  private final int interval;
  private final Counted counted;
  private double secondsBefore;

  private MetricsLog(JsonLines lines, int interval, Counted counted) {
    this.counted = counted;
    this.lines = lines;
    this.interval = interval;
  }

  /**
   * Opens the log for a run that continues after step {@code step}; what an interrupted run wrote
   * beyond it will be written again and is cut off.
   *
   * @param interval steps between two training lines
   * @param counted what the losses are the losses of
   */
  public static MetricsLog open(Path folder, long step, int interval, Counted counted) {
    Path file = folder.resolve(FILE);
    JsonLines.truncateBeyond(file, "step", step);
    return new MetricsLog(JsonLines.append(file), interval, counted);
  }

  boolean due(long step) {
    return step % interval == 0;
  }

  void training(TrainingListener.StepReport report, double loss, long passed) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", report.step());
    line.put("epoch", report.epoch());
    line.put("loss", loss);
    if (counted.perplexity()) {
      line.put("perplexity", Math.exp(loss));
    }
    line.put("learning_rate", report.learningRate());
    line.put("gradient_norm", report.gradientNorm());
    line.put("seconds", report.seconds());
    double spent = report.seconds() - secondsBefore;
    if (secondsBefore > 0 && spent > 0) {
      line.put(counted.unit() + "_per_second", passed / spent);
    }
    secondsBefore = report.seconds();
    lines.write(line);
  }

  void validation(TrainingListener.ValidationReport report) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", report.step());
    line.put("epoch", report.epoch());
    line.put("validation_loss", report.loss());
    if (counted.perplexity()) {
      line.put("validation_perplexity", report.perplexity());
    }
    if (report.accuracy() != null) {
      line.put("validation_accuracy", report.accuracy());
    }
    line.put("validation_targets", report.tokens());
    line.put("best", report.best());
    lines.write(line);
  }

  @Override
  public void close() {
    lines.close();
  }
}
