package org.lm4j.serve;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.lm4j.serve.engine.TextEngine;

/** What a server has done, in the text format of Prometheus. */
final class Metrics {
  private static final double[] BUCKETS = {0.005, 0.02, 0.1, 0.5, 2, 10, 60};

  private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
  private final LongAdder[] durations = new LongAdder[BUCKETS.length];
  private final LongAdder nanos = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final AtomicInteger active = new AtomicInteger();

  Metrics() {
    for (int i = 0; i < durations.length; i++) {
      durations[i] = new LongAdder();
    }
  }

  /** Records that a request has come. */
  void begin() {
    active.incrementAndGet();
  }

  /** Returns the number of requests under way. */
  int active() {
    return active.get();
  }

  /**
   * Records that a request was answered.
   *
   * @param path one that the server knows, so that there are few
   */
  void end(String path, int status, long duration) {
    active.decrementAndGet();
    String labels = "path=\"%s\",status=\"%d\"".formatted(path, status);
    requests.computeIfAbsent(labels, _ -> new LongAdder()).increment();
    ended.increment();
    nanos.add(duration);
    for (int i = 0; i < BUCKETS.length; i++) {
      if (duration <= BUCKETS[i] * 1e9) {
        durations[i].increment();
      }
    }
  }

  /** Returns all figures. */
  String text(ServedModels models) {
    StringBuilder text = new StringBuilder();
    head(text, "lm4j_requests_total", "counter", "Requests that were answered.");
    requests.forEach(
        (labels, count) -> line(text, "lm4j_requests_total", labels, (double) count.sum()));
    head(text, "lm4j_requests_active", "gauge", "Requests under way.");
    line(text, "lm4j_requests_active", "", active.get());
    String name = "lm4j_request_duration_seconds";
    head(text, name, "histogram", "Time from a request to the end of its answer.");
    for (int i = 0; i < BUCKETS.length; i++) {
      line(text, name + "_bucket", "le=\"" + BUCKETS[i] + "\"", (double) durations[i].sum());
    }
    line(text, name + "_bucket", "le=\"+Inf\"", (double) ended.sum());
    line(text, name + "_sum", "", nanos.sum() / 1e9);
    line(text, name + "_count", "", (double) ended.sum());
    engines(text, models);
    return text.toString();
  }

  private static void engines(StringBuilder text, ServedModels models) {
    gauge(
        text,
        models,
        "texts_running",
        "Texts that are computed side by side.",
        e -> e.figures().running());
    gauge(text, models, "texts_waiting", "Texts that wait for a row.", TextEngine::waiting);
    counter(
        text, models, "steps_total", "Products of all running texts.", e -> e.figures().steps());
    counter(
        text,
        models,
        "generated_tokens_total",
        "Tokens that were generated.",
        e -> e.figures().generatedTokens());
    counter(
        text,
        models,
        "prompt_tokens_total",
        "Tokens of prompts that were read.",
        e -> e.figures().promptTokens());
    counter(
        text,
        models,
        "reused_tokens_total",
        "Tokens of prompts whose state was kept.",
        e -> e.figures().reusedTokens());
    gauge(text, models, "cached_states", "States that are kept.", e -> e.figures().cachedStates());
    gauge(text, models, "cache_bytes", "Bytes of these states.", e -> e.figures().cacheBytes());
  }

  /** A number that an engine reports. */
  @FunctionalInterface
  private interface Figure {
    double of(TextEngine engine);
  }

  private static void gauge(
      StringBuilder text, ServedModels models, String name, String help, Figure figure) {
    each(text, models, name, "gauge", help, figure);
  }

  private static void counter(
      StringBuilder text, ServedModels models, String name, String help, Figure figure) {
    each(text, models, name, "counter", help, figure);
  }

  private static void each( // what a line of the format has
      StringBuilder text,
      ServedModels models,
      String name,
      String type,
      String help,
      Figure figure) {
    head(text, "lm4j_" + name, type, help);
    for (ServedModel model : models.all()) {
      TextEngine engine = model.engine();
      if (engine == null) {
        continue; // generates no text
      }
      String label = model.name().replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
      line(text, "lm4j_" + name, "model=\"" + label + "\"", figure.of(engine));
    }
  }

  private static void head(StringBuilder text, String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private static void line(StringBuilder text, String name, String labels, double value) {
    text.append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
    String number = whole ? Long.toString((long) value) : String.format(Locale.ROOT, "%.6f", value);
    text.append(' ').append(number).append('\n');
  }
}
