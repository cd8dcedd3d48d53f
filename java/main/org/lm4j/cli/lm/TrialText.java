package org.lm4j.cli.lm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.size.SizeAdvice;
import org.lm4j.tensor.MemoryBudget;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.token.TextCounts;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.trial.MemoryEstimate;
import org.lm4j.train.trial.Pace;
import org.lm4j.train.trial.TrainingEstimate;
import org.lm4j.train.trial.Trial;
import org.lm4j.train.watch.RunPace;

/**
 * What {@code lm train --estimate} prints.
 *
 * @param config of the model
 * @param training counts of the training text
 */
record TrialText(LanguageModelConfig config, TextCounts training) {

  /** Reads the description of a model that is tried out, before it has steps. */
  static TrialText of(Trial<LanguageModelNetwork> trial) {
    var files = trial.files();
    try (TokenFile tokens = TokenFile.open(files.path().resolve(CorpusBuilder.TRAIN))) {
      return new TrialText(LanguageModelConfig.read(files), tokens.stats().text());
    }
  }

  /** Returns the table, a line each. */
  List<String> lines(TrainingEstimate found) {
    MemoryEstimate memory = found.memory();
    List<String> lines = new ArrayList<>();
    lines.add(
        line("weights", "%,d", memory.weights())
            + String.format(
                Locale.ROOT,
                " (%s %d × %d)",
                config.cell().label(),
                config.layers(),
                config.hidden()));
    lines.add(
        line(
            "training text",
            "%,d characters, %,d tokens, %,d different",
            training.characters(),
            training.tokens(),
            config.vocabulary()));
    lines.add(
        line(
            "memory",
            "%s: weights and gradients %s, optimizer %s, activations %s",
            MemoryBudget.words(memory.total()),
            MemoryBudget.words(memory.model()),
            MemoryBudget.words(memory.moments()),
            MemoryBudget.words(memory.activations())));
    if (memory.available() != MemoryBudget.UNKNOWN) {
      lines.add(
          line(
              "available",
              "%s, of which Java itself takes up to 0.3 GiB more",
              MemoryBudget.words(memory.available())));
    }
    Pace pace = found.pace();
    if (pace != null) {
      lines.add(line("steps", "%,d in an epoch", found.stepsPerEpoch()));
      lines.add(line("speed", "%,.0f tokens/s", pace.perSecond()));
      lines.add(line("an epoch", "%s", RunPace.span(found.secondsPerEpoch())));
      lines.add(
          line("the whole run", "%s, without validation", RunPace.span(found.secondsInAll())));
    }
    String advice = advice(memory);
    if (advice != null) {
      lines.add(line("advice", "%s", advice));
    }
    return lines;
  }

  private static String line(String name, String form, Object... values) {
    return String.format(Locale.ROOT, "%-14s", name) + String.format(Locale.ROOT, form, values);
  }

  private @Nullable String advice(MemoryEstimate memory) {
    return SizeAdvice.before(memory.weights(), training.characters(), config.rates().units());
  }

  /** Returns the fields of the JSON object. */
  Map<String, @Nullable Object> values(TrainingEstimate found) {
    MemoryEstimate memory = found.memory();
    Pace pace = found.pace();
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("weights", memory.weights());
    values.put("characters", training.characters());
    values.put("tokens", training.tokens());
    values.put("vocabulary", config.vocabulary());
    values.put("bytes_model", memory.model());
    values.put("bytes_moments", memory.moments());
    values.put("bytes_activations", memory.activations());
    values.put("bytes_in_all", memory.total());
    values.put("bytes_available", memory.available());
    values.put("fits", memory.fits());
    if (pace != null) {
      values.put("steps_per_epoch", found.stepsPerEpoch());
      values.put("tokens_per_second", pace.perSecond());
      values.put("seconds_per_epoch", found.secondsPerEpoch());
      values.put("seconds_in_all", found.secondsInAll());
    }
    values.put("advice", advice(memory));
    return values;
  }
}
