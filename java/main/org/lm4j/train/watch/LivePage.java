package org.lm4j.train.watch;

import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.train.MetricsLog;
import org.lm4j.train.RunLength;
import org.lm4j.train.SamplePlan;
import org.lm4j.train.TrainingListener;
import org.lm4j.train.Unit;
import org.lm4j.train.log.MetricsHistory;

/**
 * A page that shows a run while it trains: how far it is, its curves, its last samples, and what is
 * trained on what. It listens to the run; {@link #html} draws the page as it is at that moment and
 * may be called from any thread. What a report costs does not depend on who looks at the page.
 */
public final class LivePage implements TrainingListener {
  private final String title;
  private final ZonedDateTime opened = ZonedDateTime.now(ZoneId.systemDefault());
  private final Curve losses = new Curve();
  private final Curve rates = new Curve();
  private final Curve norms = new Curve();
  private final Curve speeds = new Curve();
  private final List<double[]> validations = new ArrayList<>(); // step, loss
  private final Map<Double, SampleReport> samples = new TreeMap<>(); // the last, by temperature
  private Status status = Status.PREPARING;
  private String message = "";
  private @Nullable Subject subject;
  private @Nullable RunPace pace;
  private @Nullable StepReport last;
  private double speedSeconds;
  private long speedTokens;
  private long version;

  /** The state of a run. */
  public enum Status {
    /** Nothing is trained yet: a text is read, say. */
    PREPARING("preparing"),
    /** Training. */
    RUNNING("running"),
    /** Trained to its planned end. */
    FINISHED("finished"),
    /** Ended because validations no longer improved. */
    ENDED_EARLY("stopped early"),
    /** Stopped by its user. */
    STOPPED("stopped"),
    /** Ended by a failure. */
    FAILED("failed");

    private final String words;

    Status(String words) {
      this.words = words;
    }

    /** Returns the state as a page shows it. */
    public String words() {
      return words;
    }

    /** Returns whether nothing more will happen. */
    public boolean isOver() {
      return this != PREPARING && this != RUNNING;
    }
  }

  /**
   * A description of what is trained.
   *
   * @param facts what identifies the run, by their labels: the text, the model, the recipe
   * @param length the planned length
   * @param counted the unit of the losses
   * @param samples when the model generates texts on the way; null for never
   * @param bits what a token is, if losses are also shown in bits for each: {@code character} or
   *     {@code byte}; null for perplexities
   * @param folder of the model
   */
  public record Subject(
      Map<String, String> facts,
      RunLength length,
      Unit counted,
      @Nullable SamplePlan samples,
      @Nullable String bits,
      Path folder) {}

  /** Creates the page of a run that is about to begin. */
  public LivePage(String title) {
    this.title = title;
  }

  /**
   * Shows what is trained, and the curves of a run that is resumed.
   *
   * @param step done already
   */
  public synchronized void begin(long step, long stepsPerEpoch, Subject what) {
    subject = what;
    pace = new RunPace(what.length(), stepsPerEpoch, step);
    status = Status.RUNNING;
    version++;
    if (step > 0) {
      try {
        takeUp(MetricsHistory.read(what.folder()), step);
        MetricsLog.samples(what.folder()).stream()
            .filter(sample -> sample.step() <= step)
            .forEach(sample -> samples.put(sample.temperature(), sample));
      } catch (InputException e) {
        message = "The curves begin where the run was resumed: " + e.getMessage();
      }
    }
  }

  /** Takes over the log of a run up to a step. */
  private void takeUp(MetricsHistory history, long step) {
    String speed = (subject == null ? "" : subject.counted().unit()) + "_per_second";
    for (Map<String, Double> line : history.lines()) {
      double at = line.getOrDefault(MetricsHistory.STEP, 0.0);
      if (at <= step) {
        add(losses, at, line.get("loss"));
        add(rates, at, line.get("learning_rate"));
        add(norms, at, line.get("gradient_norm"));
        add(speeds, at, line.get(speed));
        Double validation = line.get("validation_loss");
        if (validation != null) {
          validations.add(new double[] {at, validation});
        }
      }
    }
  }

  private static void add(Curve curve, double step, @Nullable Double value) {
    if (value != null && Double.isFinite(value)) {
      curve.add(step, value);
    }
  }

  @Override
  public synchronized void step(StepReport report) {
    if (pace != null) {
      pace.step(report);
    }
    double step = (double) report.step();
    losses.add(step, report.loss());
    rates.add(step, report.learningRate());
    norms.add(step, report.gradientNorm());
    speedTokens += report.tokens();
    double spent = report.seconds() - speedSeconds;
    if (last == null) { // what the first step took is unknown
      speedSeconds = report.seconds();
      speedTokens = 0;
    } else if (spent >= 1) {
      speeds.add(step, speedTokens / spent);
      speedSeconds = report.seconds();
      speedTokens = 0;
    }
    last = report;
    version++;
  }

  @Override
  public synchronized void validation(ValidationReport report) {
    validations.add(new double[] {(double) report.step(), report.loss()});
    version++;
  }

  @Override
  public synchronized void sample(SampleReport report) {
    samples.put(report.temperature(), report);
    version++;
  }

  /**
   * Shows that the run has ended.
   *
   * @param how one of the states that are over
   * @param why a sentence; empty for none
   */
  public synchronized void end(Status how, String why) {
    status = how;
    message = why;
    version++;
  }

  /** Returns a number that changes with what the page shows. */
  public synchronized long version() {
    return version;
  }

  /** What the page shows at one moment. */
  record Snapshot(
      String title,
      ZonedDateTime opened,
      Status status,
      String message,
      @Nullable Subject subject,
      Progress progress,
      Curves curves,
      Map<Double, SampleReport> samples) {}

  /**
   * How far a run is.
   *
   * @param last report of a step; null before the first
   * @param speed in what is counted per second
   * @param secondsLeft infinite if unknown
   */
  record Progress(@Nullable StepReport last, double loss, double speed, double secondsLeft) {}

  /** The curves of a run. */
  record Curves(
      Curve.Points losses,
      Curve.Points validations,
      Curve.Points rates,
      Curve.Points norms,
      Curve.Points speeds) {}

  private synchronized Snapshot snapshot() {
    RunPace now = pace;
    Progress progress =
        now == null
            ? new Progress(null, Double.NaN, 0, Double.POSITIVE_INFINITY)
            : new Progress(last, now.loss(), now.speed(), now.secondsLeft());
    Curve.Points validated =
        new Curve.Points(
            validations.stream().mapToDouble(pair -> pair[0]).toArray(),
            validations.stream().mapToDouble(pair -> pair[1]).toArray());
    return new Snapshot(
        title,
        opened,
        status,
        message,
        subject,
        progress,
        new Curves(losses.points(), validated, rates.points(), norms.points(), speeds.points()),
        Map.copyOf(samples));
  }

  /**
   * Returns the page as it is now. Where it comes from a server, it listens to {@code events} there
   * for newer ones; where it comes from a file, it reads that again.
   */
  public String html() {
    return new LiveDrawing(snapshot()).page().html();
  }
}
