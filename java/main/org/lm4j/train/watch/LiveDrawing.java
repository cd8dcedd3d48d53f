package org.lm4j.train.watch;

import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.chart.LineChart;
import org.lm4j.chart.LineChart.Best;
import org.lm4j.chart.Numbers;
import org.lm4j.chart.Page;
import org.lm4j.chart.Series;
import org.lm4j.chart.Series.Style;
import org.lm4j.train.SamplePlan;
import org.lm4j.train.TrainingListener.SampleReport;
import org.lm4j.train.TrainingListener.StepReport;
import org.lm4j.train.Unit;

/** Draws a {@link LivePage}. */
final class LiveDrawing {
  private static final DateTimeFormatter BEGUN =
      DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm", Locale.ENGLISH);

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ENGLISH);

  private static final double BITS = Math.log(2); // nats

  private final LivePage.Snapshot run;
  private final LivePage.Curves curves;
  private final boolean likelihoods; // whether a loss is that of a token in nats
  private final @Nullable String bits;
  private final String counted;

  LiveDrawing(LivePage.Snapshot run) {
    this.run = run;
    this.curves = run.curves();
    LivePage.Subject subject = run.subject();
    Unit unit = subject == null ? Unit.TOKENS : subject.counted();
    this.likelihoods = unit.perplexity();
    this.counted = unit.unit();
    this.bits = subject == null ? null : subject.bits();
  }

  Page page() {
    Page page = Page.of(run.title()).kind("Training run");
    page.live(run.status().words(), run.status().isOver(), System.currentTimeMillis());
    LivePage.Subject subject = run.subject();
    if (subject != null) {
      page.facts(subject.facts());
    }
    page.fact("Started", BEGUN.format(run.opened()));
    figures(page);
    page.paragraph(run.message()); // always there: what follows keeps its place
    samples(page);
    charts(page);
    String now = TIME.format(ZonedDateTime.now(ZoneId.systemDefault()));
    return page.foot("Updated by lm4j at %s.".formatted(now));
  }

  private void figures(Page page) {
    LivePage.Progress progress = run.progress();
    StepReport last = progress.last();
    if (last == null) {
      return;
    }
    page.figure(
        "Progress",
        String.format(Locale.ROOT, "%.0f %%", 100 * last.fraction()),
        String.format(Locale.ROOT, "step %,d, epoch %.2f", last.step(), last.epoch()));
    page.figure(
        run.status().isOver() ? "Time" : "Time left",
        Numbers.duration(run.status().isOver() ? last.seconds() : progress.secondsLeft()),
        run.status().isOver() ? "of training" : Numbers.duration(last.seconds()) + " so far");
    best(page);
    page.figure(
        "Training " + measure(),
        value(progress.loss()),
        "smoothed, loss " + Numbers.significant(progress.loss(), 4));
    page.figure(
        "Speed",
        progress.speed() > 0 ? String.format(Locale.ROOT, "%,.0f", progress.speed()) : "–",
        counted + " per second");
  }

  private void best(Page page) {
    double[] losses = curves.validations().values();
    if (losses.length == 0) {
      return;
    }
    double best = Arrays.stream(losses).min().orElse(Double.NaN);
    int at = 0;
    while (losses[at] > best) {
      at++;
    }
    page.figure(
        "Validation " + measure(),
        value(best),
        String.format(
            Locale.ROOT,
            "best, at step %,d, loss %s",
            (long) curves.validations().steps()[at],
            Numbers.significant(best, 4)));
  }

  private String measure() {
    return bits != null ? "bits per " + bits : likelihoods ? "perplexity" : "loss";
  }

  private String value(double loss) {
    return Double.isNaN(loss) ? "–" : Numbers.significant(measured(loss), 4);
  }

  private double measured(double loss) {
    return bits != null ? loss / BITS : likelihoods ? Math.exp(loss) : loss;
  }

  private void samples(Page page) {
    LivePage.Subject subject = run.subject();
    SamplePlan plan = subject == null ? null : subject.samples();
    if (plan == null) {
      return;
    }
    long step = run.samples().values().stream().mapToLong(SampleReport::step).max().orElse(0);
    String first = String.format(Locale.ROOT, "The first sample comes at step %,d.", plan.every());
    page.heading(step == 0 ? "Samples" : String.format(Locale.ROOT, "Samples at step %,d", step));
    for (double temperature : SamplePlan.TEMPERATURES) {
      SampleReport sample = run.samples().get(temperature);
      page.verbatim(
          "Temperature " + temperature, sample == null ? first : sample.prompt() + sample.text());
    }
  }

  private void charts(Page page) {
    page.heading("Curves");
    page.chart(loss("Loss", 0).acrossThePage());
    page.chart(loss("Loss after the first fifth of the run", 0.2));
    if (likelihoods) {
      LineChart chart = chart(bits == null ? "Perplexity" : "Bits per " + bits, measure());
      page.chart(lines(bits == null ? chart.logarithmic() : chart, this::measured, 0));
    }
    page.chart(single("Learning rate", "learning rate", curves.rates()).fromY(0));
    page.chart(single("Speed", counted + " per second", curves.speeds()).fromY(0));
    page.chart(
        single("Gradient norm before clipping", "gradient norm", curves.norms()).logarithmic());
  }

  private LineChart chart(String title, String unit) {
    return LineChart.of(title, "step", unit).fromX(0);
  }

  private LineChart loss(String title, double from) {
    String unit =
        !likelihoods ? "loss" : "nats per " + (counted.equals("tokens") ? "token" : "target");
    LineChart chart = LineChart.of(title, "step", unit);
    return lines(from == 0 ? chart.fromX(0) : chart, loss -> loss, from);
  }

  private LineChart single(String title, String unit, Curve.Points points) {
    return chart(title, unit)
        .best(Best.NONE)
        .add(Series.of("", points.steps(), points.values()).color(0));
  }

  /** Adds the lines of training and validation, from a part of the steps on. */
  private LineChart lines(LineChart chart, DoubleUnaryOperator measure, double from) {
    StepReport last = run.progress().last();
    double first = last == null ? 0 : from * last.step();
    boolean validated = curves.validations().steps().length > 0;
    chart.add(
        series(validated ? "training" : "", curves.losses(), measure, first)
            .style(validated ? Style.FAINT : Style.LINE));
    if (validated) {
      chart.add(series("validation", curves.validations(), measure, first).style(Style.POINTS));
    }
    return chart;
  }

  private static Series series(
      String name, Curve.Points points, DoubleUnaryOperator measure, double first) {
    double[] steps = points.steps();
    int from = 0;
    while (from < steps.length && steps[from] < first) {
      from++;
    }
    double[] values = Arrays.stream(points.values()).skip(from).map(measure).toArray();
    return Series.of(name, Arrays.copyOfRange(steps, from, steps.length), values).color(0);
  }
}
