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
        line(
            "weights",
            "%s (%s %d × %d)"
                .formatted(
                    whole(memory.weights()),
                    config.cell().label(),
                    config.layers(),
                    config.hidden())));
    lines.add(
        line(
            "training text",
            "%s characters, %s tokens, %s different"
                .formatted(
                    whole(training.characters()),
                    whole(training.tokens()),
                    whole(config.vocabulary()))));
    lines.add(
        line(
            "memory",
            "%s: weights and gradients %s, optimizer %s, activations %s"
                .formatted(
                    MemoryBudget.words(memory.total()),
                    MemoryBudget.words(memory.model()),
                    MemoryBudget.words(memory.moments()),
                    MemoryBudget.words(memory.activations()))));
    if (memory.available() != MemoryBudget.UNKNOWN) {
      lines.add(
          line(
              "available",
              MemoryBudget.words(memory.available())
                  + ", of which Java itself takes up to 0.3 GiB more"));
    }
    Pace pace = found.pace();
    if (pace != null) {
      String epoch = RunPace.span(found.secondsPerEpoch());
      String all = RunPace.span(found.secondsInAll());
      lines.add(line("steps", whole(found.stepsPerEpoch()) + " in an epoch"));
      lines.add(line("speed", whole(Math.round(pace.perSecond())) + " tokens/s"));
      lines.add(line("an epoch", epoch));
      lines.add(line("the whole run", all + ", without validation"));
    }
    String advice = advice(memory);
    if (advice != null) {
      lines.add(line("advice", advice));
    }
    return lines;
  }

  private static String line(String name, String text) {
    return String.format(Locale.ROOT, "%-14s%s", name, text);
  }

  private static String whole(long number) {
    return String.format(Locale.ROOT, "%,d", number);
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
