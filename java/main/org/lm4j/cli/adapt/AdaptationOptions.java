package org.lm4j.cli.adapt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.task.lm.adapt.Adaptation;
import org.lm4j.task.lm.adapt.Wanted;
import picocli.CommandLine.Option;

/** The options of mixtures and adaptation. */
public final class AdaptationOptions {
  private static final int SEGMENT = 20;

  @Option(
      names = "--mix",
      paramLabel = "DIR",
      description =
          "Another model of the same vocabulary, of any kind, whose probabilities are mixed in;"
              + " repeatable.")
  private List<Path> mix = new ArrayList<>();

  @Option(
      names = "--mix-weight",
      paramLabel = "W",
      converter = Converters.NonNegativeNumber.class,
      description = "Weight of each --mix in turn [half of an equal share; chosen by --tune].")
  private List<Double> mixWeights = new ArrayList<>();

  @Option(
      names = "--cache",
      paramLabel = "NAME",
      split = ",",
      converter = Choices.Caches.class,
      completionCandidates = Choices.Caches.class,
      description =
          "Mix in the recent past: unigram (frequencies of the last tokens), neural (tokens that"
              + " followed similar states of the network; Grave et al. 2017) or unigram,neural.")
  private List<String> caches = new ArrayList<>();

  @Option(
      names = "--cache-window",
      paramLabel = "N",
      description = "Number of tokens in a cache [1000; chosen by --tune].")
  private @Nullable Integer window;

  @Option(
      names = "--cache-theta",
      paramLabel = "X",
      description = "What the products of states are multiplied by [0.3; chosen by --tune].")
  private @Nullable Double theta;

  @Option(
      names = "--unigram-weight",
      paramLabel = "W",
      converter = Converters.NonNegativeNumber.class,
      description = "Weight of the unigram cache [0.1; chosen by --tune].")
  private @Nullable Double unigramWeight;

  @Option(
      names = "--neural-weight",
      paramLabel = "W",
      converter = Converters.NonNegativeNumber.class,
      description = "Weight of the neural cache, lambda [0.1; chosen by --tune].")
  private @Nullable Double neuralWeight;

  @Option(
      names = "--dynamic",
      paramLabel = "NAME",
      converter = Choices.DynamicRules.class,
      completionCandidates = Choices.DynamicRules.class,
      description =
          "Dynamic evaluation (Krause et al. 2018): a copy of the weights learns from each segment"
              + " once it is scored; rms (steps divided by the gradients' size in training, decay"
              + " towards the trained weights) or sgd.")
  private @Nullable String dynamic;

  @Option(
      names = "--segment",
      paramLabel = "N",
      description = "Number of tokens in a segment of dynamic evaluation [20].")
  private @Nullable Integer segment;

  @Option(
      names = "--dynamic-rate",
      paramLabel = "X",
      description = "Its learning rate [rms 0.002, sgd 0.5; chosen by --tune].")
  private @Nullable Double dynamicRate;

  @Option(
      names = "--dynamic-decay",
      paramLabel = "X",
      converter = Converters.NonNegativeNumber.class,
      description =
          "Its decay towards the trained weights [rms 0.02, sgd 0.001; chosen by --tune].")
  private @Nullable Double dynamicDecay;

  @Option(
      names = "--dynamic-epsilon",
      paramLabel = "X",
      description = "What rms adds to the gradients' size [0.001].")
  private @Nullable Double dynamicEpsilon;

  @Option(
      names = "--dynamic-text",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      description = "Text whose gradients rms measures [the training text in the model folder].")
  private @Nullable String dynamicText;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description = "Divide the network's logits by X [1; chosen by --tune].")
  private @Nullable Double temperature;

  @Option(
      names = "--tune",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      description =
          "Choose what is not given on this validation text: what makes it no more likely is left"
              + " off. The text that is scored plays no part.")
  private @Nullable String tune;

  @Option(
      names = "--save",
      paramLabel = "FILE.json",
      converter = PathConverters.Output.class,
      description = "Write the settings to a file, for --with.")
  private @Nullable Path save;

  @Option(
      names = "--with",
      paramLabel = "FILE.json",
      description =
          "Read the settings from a file that --save wrote, in place of all these options.")
  private @Nullable Path with;

  /**
   * Returns whether the model is to adapt, or to be mixed with others; true of an option that only
   * refines another too, so that {@link #requireSense} refuses it alone.
   */
  public boolean asked() {
    return with != null || tune != null || save != null || anySetting() || anyDetail();
  }

  private boolean anySetting() {
    return !mix.isEmpty() || !caches.isEmpty() || dynamic != null || temperature != null;
  }

  private boolean anyDetail() {
    return !mixWeights.isEmpty()
        || window != null
        || theta != null
        || unigramWeight != null
        || neuralWeight != null
        || segment != null
        || dynamicRate != null
        || dynamicDecay != null
        || dynamicEpsilon != null
        || dynamicText != null;
  }

  /** Returns whether the settings are to be kept in a file. */
  public boolean saves() {
    return save != null;
  }

  /** Returns the validation text; null if nothing is to be chosen. */
  @Nullable String tune() {
    return tune;
  }

  @Nullable Path save() {
    return save;
  }

  @Nullable Path with() {
    return with;
  }

  @Nullable String dynamicText() {
    return dynamicText;
  }

  /**
   * Checks what can be checked before a model is opened.
   *
   * @throws InputException if options do not go together
   */
  public void requireSense() {
    if (with != null && (anySetting() || tune != null || save != null)) {
      throw new InputException(
          "--with has all settings: leave out the other options of adaptation.");
    }
    requireWith("--mix-weight", !mixWeights.isEmpty(), "--mix", !mix.isEmpty());
    if (!mixWeights.isEmpty() && mixWeights.size() != mix.size()) {
      throw new InputException(
          "--mix is given %d times and --mix-weight %d times: give each model a weight, or none."
              .formatted(mix.size(), mixWeights.size()));
    }
    boolean neural = caches.contains("neural");
    boolean unigram = caches.contains("unigram");
    requireWith("--cache-window", window != null, "--cache", neural || unigram);
    requireWith("--cache-theta", theta != null, "--cache neural", neural);
    requireWith("--neural-weight", neuralWeight != null, "--cache neural", neural);
    requireWith("--unigram-weight", unigramWeight != null, "--cache unigram", unigram);
    boolean rms = "rms".equals(dynamic);
    requireWith("--segment", segment != null, "--dynamic", dynamic != null);
    requireWith("--dynamic-rate", dynamicRate != null, "--dynamic", dynamic != null);
    requireWith("--dynamic-decay", dynamicDecay != null, "--dynamic", dynamic != null);
    requireWith("--dynamic-epsilon", dynamicEpsilon != null, "--dynamic rms", rms);
    requireWith(
        "--dynamic-text", dynamicText != null, "--dynamic rms or --with", rms || with != null);
    if (with == null) {
      try {
        wanted().defaults();
      } catch (IllegalArgumentException e) {
        throw new InputException(e.getMessage() + ".", e);
      }
    }
  }

  private static void requireWith(String option, boolean there, String other, boolean otherThere) {
    if (there && !otherThere) {
      throw new InputException("%s needs %s.".formatted(option, other));
    }
  }

  /** Returns what is asked for. */
  Wanted wanted() {
    Wanted.DynamicWanted learning = null;
    if (dynamic != null) {
      Adaptation.Rule rule = dynamic.equals("rms") ? Adaptation.Rule.RMS : Adaptation.Rule.SGD;
      int tokens = segment == null ? SEGMENT : segment;
      learning = new Wanted.DynamicWanted(rule, dynamicRate, dynamicDecay, dynamicEpsilon, tokens);
    }
    List<Wanted.MixWanted> others = new ArrayList<>();
    for (int i = 0; i < mix.size(); i++) {
      others.add(
          new Wanted.MixWanted(
              mix.get(i).toString(), mixWeights.isEmpty() ? null : mixWeights.get(i)));
    }
    return new Wanted(
        temperature,
        learning,
        caches.contains("unigram") ? new Wanted.CacheWanted(window, null, unigramWeight) : null,
        caches.contains("neural") ? new Wanted.CacheWanted(window, theta, neuralWeight) : null,
        others);
  }
}
