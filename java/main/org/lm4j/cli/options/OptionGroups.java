package org.lm4j.cli.options;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Assigns options to the headings of a command's help. A name means the same everywhere. */
public final class OptionGroups {
  /** The headings in their order. */
  public enum Group {
    /** Options of the data. */
    DATA("Data"),
    /** Options of the model and its shape. */
    MODEL("Model"),
    /** Options of mixtures, and of models that adapt to the text. */
    ADAPTATION("Mixtures and adaptation"),
    /** Options of training. */
    OPTIMIZATION("Optimization"),
    /** Options of generation. */
    GENERATION("Generation"),
    /** Options of a server. */
    SERVER("Server"),
    /** Options of the output. */
    OUTPUT("Output"),
    /** Options of the device. */
    DEVICE("Device"),
    /** Options of all commands. */
    GENERAL("General");

    private final String heading;

    Group(String heading) {
      this.heading = heading;
    }

    /** Returns the heading as printed. */
    public String heading() {
      return heading;
    }
  }

  private OptionGroups() {}

  /** Returns the options of a command that its help shows, in their groups. */
  public static Map<Group, List<OptionSpec>> of(CommandSpec command) {
    Map<Group, List<OptionSpec>> groups = new EnumMap<>(Group.class);
    for (OptionSpec option : command.options()) {
      if (!option.hidden()) {
        Group group = group(option.names()[0], command);
        List<OptionSpec> options =
            groups.computeIfAbsent(group == null ? Group.DATA : group, _ -> new ArrayList<>());
        options.add(option.names()[0].equals("--model") ? 0 : options.size(), option);
      }
    }
    return groups;
  }

  /** Returns the group of a command's option; null for an unknown name. */
  public static @Nullable Group group(String name, CommandSpec command) {
    return switch (name) {
      case "--corpus",
          "--valid",
          "--valid-fraction",
          "--valid-count",
          "--valid-features",
          "--valid-names",
          "--valid-questions",
          "--valid-captions",
          "--valid-image-list",
          "--test-fraction",
          "--held-out",
          "--min-count",
          "--vocab",
          "--level",
          "--tokenizer",
          "--target-level",
          "--word-column",
          "--tag-column",
          "--feature-columns",
          "--features",
          "--names",
          "--image",
          "--image-list",
          "--images",
          "--labels",
          "--cifar",
          "--captions",
          "--questions",
          "--scenes",
          "--grid",
          "--top-answers",
          "--file",
          "--files",
          "--lower-case",
          "--conll",
          "--canonical",
          "--limit",
          "--count",
          "--task",
          "--weights",
          "--input",
          "--pairs",
          "--vectors",
          "--windows",
          "--id-column",
          "--text-column",
          "--begin",
          "--end",
          "--context",
          "--state",
          "--unit",
          "--symbols",
          "--good",
          "--bad",
          "--uid",
          "--phenomenon",
          "--mean",
          "--memory",
          "--vocab-from",
          "--text",
          "--tokens" ->
          Group.DATA;
      case "--model",
          "--size",
          "--cell",
          "--embedding",
          "--embeddings",
          "--freeze-embeddings",
          "--hidden",
          "--layers",
          "--layer",
          "--unidirectional",
          "--pooling",
          "--attention",
          "--dropout",
          "--embedding-dropout",
          "--weight-dropout",
          "--tied",
          "--softmax",
          "--cutoffs",
          "--div-value",
          "--softmax-samples",
          "--order",
          "--prune",
          "--init-range",
          "--init-from",
          "--forget-bias",
          "--gain",
          "--char-embedding",
          "--char-hidden",
          "--feature-embedding",
          "--seen",
          "--hops",
          "--decision",
          "--objective",
          "--negatives",
          "--window",
          "--subsample",
          "--subsampling",
          "--loss",
          "--reg",
          "--vocab-size",
          "--untrained",
          "--gradients",
          "--activations",
          "--step" ->
          Group.MODEL;
      case "--batch",
          "--bptt",
          "--optimizer",
          "--learning-rate",
          "--momentum",
          "--weight-decay",
          "--schedule",
          "--decay",
          "--decay-every",
          "--decay-after",
          "--patience",
          "--warmup",
          "--clip",
          "--clip-value",
          "--epochs",
          "--steps",
          "--time",
          "--resume",
          "--validate-every",
          "--stop-after",
          "--valid-batch",
          "--estimate",
          "--find-rate",
          "--search",
          "--rates",
          "--regs",
          "--epoch-choices",
          "--trials",
          "--deterministic" ->
          Group.OPTIMIZATION;
      case "--mix",
          "--mix-weight",
          "--cache",
          "--cache-window",
          "--cache-theta",
          "--unigram-weight",
          "--neural-weight",
          "--dynamic",
          "--segment",
          "--dynamic-rate",
          "--dynamic-decay",
          "--dynamic-epsilon",
          "--dynamic-text",
          "--tune",
          "--save",
          "--with" ->
          Group.ADAPTATION;
      case "--temperature" ->
          command.findOption("--mix") == null ? Group.GENERATION : Group.ADAPTATION;
      case "--prompt",
          "--no-prompt",
          "--length",
          "--max-length",
          "--length-power",
          "--top-k",
          "--top-p",
          "--min-p",
          "--prompt-file",
          "--interactive",
          "--repetition-penalty",
          "--greedy",
          "--beam",
          "--samples",
          "--lines",
          "--stop" ->
          command.findOption("--optimizer") == null ? Group.GENERATION : Group.MODEL;
      case "--host",
          "--port",
          "--token-file",
          "--access-log",
          "--parallel",
          "--queue",
          "--state-cache",
          "--max-tokens",
          "--max-seconds",
          "--grace" ->
          Group.SERVER;
      case "--output",
          "--compact",
          "--force",
          "--json",
          "--page",
          "--serve",
          "--answers",
          "--errors",
          "--per-token",
          "--per-question",
          "--attention-table",
          "--log-interval",
          "--checkpoint-every",
          "--save-at",
          "--keep",
          "--sample-every",
          "--sample-length",
          "--sample-prompt",
          "--preset",
          "--csep",
          "--svg",
          "--svg-width",
          "--tsv",
          "--npz",
          "--values",
          "--sample",
          "--scores",
          "--top",
          "--format",
          "--per",
          "--columns",
          "--rows",
          "--resamples",
          "--in",
          "--space",
          "--title",
          "--tensorboard",
          "--words",
          "--card",
          "--license",
          "--language",
          "--dataset",
          "--results",
          "--x",
          "--all" ->
          Group.OUTPUT;
      case "--device",
          "--threads",
          "--precision",
          "--blas",
          "--deep",
          "--speed",
          "--mpi",
          "--exchange" ->
          Group.DEVICE;
      case "-h", "-V", "--debug", "--quiet" -> Group.GENERAL;
      case "--seed" ->
          command.findOption("--optimizer") != null
              ? Group.OPTIMIZATION
              : command.findOption("--temperature") != null
                  ? Group.GENERATION
                  : command.findOption("--resamples") != null ? Group.OUTPUT : Group.DATA;
      default -> null;
    };
  }
}
