package org.lm4j.cli.inspect;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.cli.frame.Subcommand;
import org.lm4j.cli.frame.Terminal;
import org.lm4j.cli.options.DeviceOptions;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.cli.options.PageOption;
import org.lm4j.cli.options.PathConverters;
import org.lm4j.cli.plot.LoggedRun;
import org.lm4j.cli.plot.PlotCommand;
import org.lm4j.cli.report.ReadingProgress;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.inspect.Excerpts;
import org.lm4j.task.inspect.GradientFlow;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.Sources;
import org.lm4j.text.token.TokenFile;
import org.lm4j.train.TrainingDefaults;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code lm inspect}: shows gradients on their way back through time, a cell in numbers, or states
 * along a text.
 */
@Command(
    name = "inspect",
    customSynopsis = {
      "lm inspect [--cell NAME,...] [--gain X,...] [OPTIONS]",
      "       lm inspect --model DIR... --corpus PATH... [--untrained] [OPTIONS]",
      "       lm inspect --step [--cell NAME] [--steps N] [OPTIONS]",
      "       lm inspect --activations --model DIR (--corpus PATH... | --text TEXT) [OPTIONS]"
    },
    description = {
      "Show how gradients vanish, explode and are clipped; one step of a cell in numbers; or what the"
          + " units of a model follow in a text.",
      "Without --step or --activations it takes windows of --steps tokens, the loss being that of the last step alone, and prints the"
          + " norm of its gradient with respect to the states 0, 1, 2, … steps before; what each"
          + " step adds to the gradient of the recurrent weights, and what clipping leaves of the"
          + " sum; and the largest singular value of the recurrent weights. On fresh models reading"
          + " random tokens, or on trained ones reading a text."
    },
    footer = {
      "Norms are root mean squares over --windows windows that begin with a zero state; nothing is"
          + " dropped. A hidden state's gradient counts all that is computed from it; a cell"
          + " state's leaves out the hidden state of the same step. Clipping is that of the"
          + " recurrent weights; training clips all weights together.",
      "",
      "Examples:",
      "  lm inspect                    rnn, lstm, gru over each other",
      "  lm inspect --page gradients.html             the same, drawn",
      "  lm inspect --cell lstm --forget-bias 3     a gate held open",
      "  lm inspect --cell rnn,rnn-relu --gain 0.5,1,3 --page gain.html",
      "                larger recurrent weights: vanishing, exploding, clipping",
      "  lm inspect --model models/java-source --corpus LICENSE \\",
      "             --untrained      a trained model beside one with initial weights",
      "  lm inspect --step --cell lstm       one step, its gradients checked",
      "  lm inspect --step --cell gru --steps 3    backpropagation through time",
      "  lm inspect --activations --model models/java-source --corpus java/main \\",
      "             --page units.html      which unit follows brackets, quotes, lines",
      "  lm inspect --activations --model models/ptb --text 'the old man' --tsv -"
    })
public final class InspectCommand extends Subcommand implements Callable<Integer>, HelpValues {
  private static final int WINDOW = 100; // steps

  @Option(names = "--gradients", description = "Inspect gradients, which is the default.")
  private boolean gradients;

  @Mixin private StepOptions step;

  @Mixin private ActivationOptions activations;

  @Mixin private FreshModelOptions fresh;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      arity = "1..*",
      description = "Model folders to inspect in place of fresh models.")
  private List<Path> folders = new ArrayList<>();

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      converter = PathConverters.Source.class,
      arity = "1..*",
      description =
          "Text for them to read: files, folders (all text files inside), .gz, .zip, - for standard"
              + " input.")
  private List<String> corpus = new ArrayList<>();

  @Option(
      names = "--untrained",
      description = "Beside each --model, one of the same shape with initial weights.")
  private boolean untrained;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "Steps of a window, the farthest distance being one less [{window}]; of --step [1].")
  private @Nullable Integer stepsGiven;

  @Option(
      names = "--windows",
      paramLabel = "N",
      description = "Windows that are averaged over; of a text, spread over all of it [{default}].")
  private int windows = 32;

  @Option(
      names = "--layer",
      paramLabel = "N",
      description = "Only this layer, 1 being the one that reads the tokens [all].")
  private @Nullable Integer layer;

  @Option(
      names = "--clip",
      paramLabel = "X",
      description = "Norm that gradients of weights are clipped to [{default}].")
  private double clip = TrainingDefaults.CLIP;

  @Mixin
  private PageOption drawing = new PageOption("Draw it on a page; one that is there is replaced.");

  @Mixin private DeviceOptions device;

  private int steps = WINDOW;

  @Override
  public Map<String, String> helpValues() {
    return Map.of("window", Integer.toString(WINDOW));
  }

  @Override
  public Integer call() {
    step.requireSense(spec.commandLine().getParseResult());
    activations.requireSense(
        spec.commandLine().getParseResult(), folders.size(), !corpus.isEmpty());
    if (step.given()) {
      if (gradients) {
        throw new InputException("give --gradients or --step, not both.");
      }
      return step.run(
          spec, fresh.oneCell(), fresh.hidden(), stepsGiven == null ? 1 : stepsGiven, fresh.seed());
    }
    PrintWriter err = err();
    if (activations.given()) {
      requirePage();
      try (Backend backend = device.open(err)) {
        new ActivationRun(
                activations,
                folders.getFirst(),
                corpus,
                drawing.file(),
                out(),
                note -> err.println("note: " + note))
            .run(backend);
      }
      return ExitCodes.OK;
    }
    steps = stepsGiven == null ? WINDOW : stepsGiven;
    requireSense();
    List<InspectedModel> models;
    List<Integer> layers;
    try (Backend backend = device.open(err)) {
      Map<String, LanguageModelConfig> shapes = shapes();
      shapes.forEach(this::requireAffordable);
      layers = layers(shapes.values());
      models = folders.isEmpty() ? freshModels(backend) : trainedModels(backend);
    }
    for (InspectedModel model : models) {
      if (!model.finite()) {
        err.printf(
            "%s: the loss or its gradient overflows; nothing is left to see%n", model.name());
      }
    }
    new GradientTables(models, layers, clip, out()).print();
    if (drawing.file() != null) {
      String text = windows + " windows of " + steps + " steps of " + textName();
      String html = new GradientPage(models, layers, clip).html(text);
      AtomicFile.writeBytes(drawing.file(), html.getBytes(StandardCharsets.UTF_8));
    }
    return ExitCodes.OK;
  }

  /**
   * Returns the shapes of all models to inspect, except those that share the shape of a trained
   * model.
   */
  private Map<String, LanguageModelConfig> shapes() {
    Map<String, LanguageModelConfig> shapes = new LinkedHashMap<>();
    if (folders.isEmpty()) {
      fresh.choices().forEach(choice -> shapes.put(choice.name(), choice.config()));
      return shapes;
    }
    List<String> names = LoggedRun.names(folders);
    for (int i = 0; i < folders.size(); i++) {
      shapes.put(
          names.get(i),
          LanguageModelConfig.read(new ModelFiles(folders.get(i), ModelKind.LANGUAGE_MODEL)));
    }
    return shapes;
  }

  private void requireAffordable(String name, LanguageModelConfig shape) {
    try {
      GradientFlow.requireAffordable(shape, steps, windows);
    } catch (IllegalArgumentException e) {
      throw new InputException(name + ": " + e.getMessage() + ".", e);
    }
  }

  /** Returns the layers to show, from 0. */
  private List<Integer> layers(Collection<LanguageModelConfig> shapes) {
    int most = shapes.stream().mapToInt(LanguageModelConfig::layers).max().orElse(1);
    if (layer != null && layer > most) {
      throw new InputException(
          "--layer %d: there %s"
              .formatted(layer, most == 1 ? "is one layer." : "are " + most + "."));
    }
    return layer == null ? IntStream.range(0, most).boxed().toList() : List.of(layer - 1);
  }

  private String textName() {
    return corpus.isEmpty() ? "random tokens" : String.join(", ", corpus);
  }

  private void requirePage() {
    if (drawing.file() != null && !PlotCommand.isPage(drawing.file())) {
      throw new InputException(
          "--page "
              + drawing.file()
              + " would hold a page of HTML; give it a name that ends in .html.");
    }
  }

  private void requireSense() {
    requirePage();
    if (folders.isEmpty() && (!corpus.isEmpty() || untrained)) {
      throw new InputException(
          (untrained ? "--untrained" : "--corpus")
              + " goes with --model; fresh models read random tokens.");
    }
    if (!folders.isEmpty() && corpus.isEmpty()) {
      throw new InputException("a trained model needs a text to read: give --corpus PATH.");
    }
    if (!folders.isEmpty()) {
      fresh.requireNoShape();
      if (!untrained) {
        fresh.requireNoWeights();
      }
    }
    if ((long) steps * windows > Integer.MAX_VALUE - 8) {
      throw new InputException(
          "--steps times --windows is more than can be held; make one smaller.");
    }
  }

  private List<InspectedModel> freshModels(Backend backend) {
    List<InspectedModel> models = new ArrayList<>();
    InspectedModel.Excerpt text = fresh.randomTokens(steps, windows);
    for (FreshModelOptions.Fresh choice : fresh.choices()) {
      try (LanguageModelNetwork model = choice.make(backend)) {
        models.add(InspectedModel.of(choice.name(), model, text, clip));
      }
    }
    return models;
  }

  private List<InspectedModel> trainedModels(Backend backend) {
    List<InspectedModel> models = new ArrayList<>();
    List<String> names = LoggedRun.names(folders);
    for (int i = 0; i < folders.size(); i++) {
      ModelFiles folder = new ModelFiles(folders.get(i), ModelKind.LANGUAGE_MODEL);
      InspectedModel.Excerpt text = excerpt(folder);
      try (LanguageModelNetwork model = LanguageModelNetwork.open(folder, backend, false)) {
        models.add(InspectedModel.of(names.get(i), model, text, clip));
      }
      if (untrained) {
        for (FreshModelOptions.Fresh choice :
            fresh.choices(names.get(i), LanguageModelConfig.read(folder))) {
          try (LanguageModelNetwork model = choice.make(backend)) {
            models.add(InspectedModel.of(choice.name(), model, text, clip));
          }
        }
      }
    }
    return models;
  }

  /** Returns windows of the corpus in the tokens of a model. */
  private InspectedModel.Excerpt excerpt(ModelFiles folder) {
    PrintWriter err = err();
    Terminal terminal = terminal();
    int[] inputs = new int[steps * windows];
    int[] next = new int[windows];
    try (TokenFile tokens =
        CorpusBuilder.encode(
            LanguageModelConfig.vocabulary(folder),
            Sources.of(corpus, System.in, folder.path()),
            new ReadingProgress(err, terminal))) {
      fill(tokens, inputs, next);
    }
    return new InspectedModel.Excerpt(inputs, next);
  }

  private void fill(TokenFile tokens, int[] inputs, int[] next) {
    try {
      Excerpts.fill(tokens, steps, inputs, next);
    } catch (InputException e) {
      throw InputException.naming(
          String.join(", ", corpus) + ": " + e.message("{%s}"::formatted), e);
    }
  }
}
