package org.lm4j.cli.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.chart.Numbers;
import org.lm4j.cli.options.Choices;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.compute.Backend;
import org.lm4j.compute.Cell;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.task.lm.Initialization;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import picocli.CommandLine.Option;

/** The options of untrained models to inspect. Unset options are null. */
final class FreshModelOptions implements HelpValues {
  private static final List<Cell> CELLS = List.of(Cell.RNN_TANH, Cell.LSTM, Cell.GRU);
  private static final int HIDDEN = 128;
  private static final int LAYERS = 1;
  private static final int VOCABULARY = 64;
  private static final double EXPLODING = 3; // a gain at which a tanh RNN's gradient grows
  private static final int MOST = 8; // colours that a reader tells apart
  private static final long NOT_A_STEP = -2; // of training: no draw of it is met again

  @Option(
      names = "--cell",
      paramLabel = "NAME",
      split = ",",
      converter = Choices.Cells.class,
      completionCandidates = Choices.Cells.class,
      description =
          "Cells of fresh models: ${COMPLETION-CANDIDATES} [rnn,lstm,gru, and without --gain"
              + " an rnn of gain 3, which explodes]; with --step one of them [lstm].")
  private List<Cell> cells = new ArrayList<>();

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description =
          "Width of each recurrent layer, and of the embedding [{hidden}]; of --step [{step-hidden}].")
  private @Nullable Integer hidden;

  @Option(
      names = "--layers",
      paramLabel = "N",
      description = "Recurrent layers on top of each other [{layers}].")
  private @Nullable Integer layers;

  @Option(
      names = {"--vocab-size", "--vocabulary"},
      paramLabel = "N",
      description = "Number of different random tokens [{vocab-size}].")
  private @Nullable Integer vocabulary;

  @Option(
      names = "--gain",
      paramLabel = "X",
      split = ",",
      description = {
        "Multiply the first recurrent weights by X; several values make several models [1].",
        "It multiplies their singular values alike."
      })
  private List<Double> gains = new ArrayList<>();

  @Option(
      names = "--init-range",
      paramLabel = "X",
      description =
          "Initial weights are uniform in [-X, X] [as PyTorch's layers begin: embedding normal, the"
              + " rest within 1/sqrt(hidden)].")
  private @Nullable Double initRange;

  @Option(
      names = "--forget-bias",
      paramLabel = "X",
      converter = Converters.FiniteNumber.class,
      description = "Added to the first bias of an LSTM's forget gate [{forget-bias}].")
  private @Nullable Double forgetBias;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "Of initial weights and random tokens, and of all numbers of --step [{default}].")
  private long seed = 1;

  @Override
  public Map<String, String> helpValues() {
    return Map.of(
        "hidden", Integer.toString(HIDDEN),
        "layers", Integer.toString(LAYERS),
        "vocab-size", Integer.toString(VOCABULARY),
        "forget-bias", HelpValues.number(Initialization.DEFAULT.forgetBias()));
  }

  /** The description of a model to create. */
  record Fresh(
      String name,
      LanguageModelConfig config,
      Initialization initialization,
      double gain,
      long seed) {
    /** Creates the model; the caller closes it. */
    LanguageModelNetwork make(Backend backend) {
      LanguageModelNetwork model = new LanguageModelNetwork(backend, config, false);
      model.initialize(initialization, seed);
      boolean recurs = config.cell().hasRecurrentWeights();
      for (int layer = 0; layer < config.layers() && recurs; layer++) {
        String recurrent = LanguageModelNetwork.RNN + "weight_hh_l" + layer;
        backend.scale(gain, model.parameters().get(recurrent).value());
      }
      return model;
    }
  }

  /**
   * Returns the single cell to inspect, an LSTM if none is named.
   *
   * @throws InputException if several are named
   */
  Cell oneCell() {
    List<Cell> named = cells.stream().distinct().toList();
    if (named.size() > 1) {
      throw new InputException("--step shows one cell, name one after --cell.");
    }
    return named.isEmpty() ? Cell.LSTM : named.getFirst();
  }

  /** Returns the width asked for, or null. */
  @Nullable Integer hidden() {
    return hidden;
  }

  /** Returns the seed. */
  long seed() {
    return seed;
  }

  /** Returns every cell with every gain. */
  List<Fresh> choices() {
    List<Fresh> choices = new ArrayList<>();
    List<Cell> wanted = cells.isEmpty() ? CELLS : cells.stream().distinct().toList();
    int width = hidden == null ? HIDDEN : hidden;
    for (Cell cell : wanted) {
      LanguageModelConfig config;
      try {
        config =
            new LanguageModelConfig(
                cell, tokens(), width, width, layers == null ? LAYERS : layers, 0, false);
      } catch (IllegalArgumentException e) {
        throw new InputException(e.getMessage() + ".", e);
      }
      choices.addAll(withGains(cell.label(), config, gains));
    }
    if (cells.isEmpty() && gains.isEmpty()) {
      Fresh rnn = choices.getFirst();
      choices.addAll(withGains(rnn.name(), rnn.config(), List.of(EXPLODING)));
    }
    if (choices.size() > MOST) {
      throw new InputException(
          "--cell times --gain makes %d models; more than %d cannot be told apart."
              .formatted(choices.size(), MOST));
    }
    return choices;
  }

  /**
   * Returns a model of the shape {@code config} for every gain, named after the trained model of
   * that shape.
   */
  List<Fresh> choices(String name, LanguageModelConfig config) {
    return withGains(name + " untrained", config, gains);
  }

  private List<Fresh> withGains(String name, LanguageModelConfig config, List<Double> wanted) {
    Initialization first =
        new Initialization(
            initRange == null ? Initialization.DEFAULT.range() : initRange,
            forgetBias == null ? Initialization.DEFAULT.forgetBias() : forgetBias);
    List<Fresh> choices = new ArrayList<>();
    for (double gain : wanted.isEmpty() ? List.of(1.0) : wanted.stream().distinct().toList()) {
      double largest = Math.max(1, Double.isNaN(first.range()) ? 1 : first.range()) * gain;
      if (Math.max(largest, Math.abs(first.forgetBias())) > Float.MAX_VALUE) {
        throw new InputException(
            "the initial weights are not all finite; make --init-range, --gain or --forget-bias"
                + " smaller.");
      }
      String title = gain == 1 && wanted.size() < 2 ? name : name + " ×" + Numbers.text(gain);
      choices.add(new Fresh(title, config, first, gain, seed));
    }
    return choices;
  }

  private int tokens() {
    return vocabulary == null ? VOCABULARY : vocabulary;
  }

  /** Returns windows of tokens that are all equally likely. */
  InspectedModel.Excerpt randomTokens(int steps, int windows) {
    RandomKey key = new RandomKey(seed, NOT_A_STEP);
    int[] inputs = new int[steps * windows];
    int[] next = new int[windows];
    for (int i = 0; i < inputs.length; i++) {
      inputs[i] = (int) (Philox.uniform(key, 0, i) * tokens());
    }
    for (int b = 0; b < windows; b++) {
      next[b] = (int) (Philox.uniform(key, 1, b) * tokens());
    }
    return new InspectedModel.Excerpt(inputs, next);
  }

  /**
   * Requires that no shape of fresh models is given.
   *
   * @throws InputException if one is
   */
  void requireNoShape() {
    String given =
        !cells.isEmpty()
            ? "--cell"
            : hidden != null
                ? "--hidden"
                : layers != null ? "--layers" : vocabulary != null ? "--vocab-size" : "";
    if (!given.isEmpty()) {
      throw new InputException(
          given + " describes fresh models; omit it with --model, or compare by --untrained.");
    }
  }

  /**
   * Requires that no option of initial weights is given.
   *
   * @throws InputException if it is
   */
  void requireNoWeights() {
    String given =
        !gains.isEmpty()
            ? "--gain"
            : initRange != null ? "--init-range" : forgetBias != null ? "--forget-bias" : "";
    if (!given.isEmpty()) {
      throw new InputException(
          given + " is of initial weights; with --model it needs --untrained.");
    }
  }
}
