package org.lm4j.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.LanguageModel;
import org.lm4j.model.ModelConfig;
import org.lm4j.model.ModelFolder;
import org.lm4j.text.Corpus;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.StreamBatches;
import org.lm4j.text.TokenFile;
import org.lm4j.text.Vocabulary;

/**
 * A training run in a model folder, new or continued: puts together folder, tokens, model and
 * trainer, and owns them.
 *
 * <p>The folder is filled in an order that leaves something usable whenever the process dies: the
 * corpus is tokenised aside and checked before anything of an earlier model is touched; a run
 * counts as begun once its first checkpoint stands.
 */
public final class TrainingRun implements AutoCloseable {
  private static final String PREPARING = ".preparing";
  private static final List<String> OWN_FILES =
      List.of(
          Checkpoint.FILE, // first: without it nobody takes the rest for a run to continue
          "model.safetensors",
          "config.json",
          "vocab.json",
          MetricsLog.FILE,
          CorpusBuilder.TRAIN,
          CorpusBuilder.VALID);

  private final ModelFolder folder;
  private final Vocabulary vocabulary;
  private final Recipe recipe;
  private final TokenFile training;
  private final @Nullable TokenFile validation;
  private final LanguageModel model;
  private final Trainer trainer;

  private TrainingRun(
      Path path,
      Backend backend,
      Recipe recipe,
      Trainer.Cadence cadence,
      @Nullable TrainingSetup setup) {
    this.folder = new ModelFolder(path);
    this.recipe = recipe;
    this.vocabulary = folder.vocabulary();
    this.training = TokenFile.open(path.resolve(CorpusBuilder.TRAIN));
    Path valid = path.resolve(CorpusBuilder.VALID);
    this.validation = Files.exists(valid) ? TokenFile.open(valid) : null;
    this.model = new LanguageModel(backend, folder.config(), true);
    if (setup != null) {
      initialize(setup);
    }
    this.trainer = new Trainer(model, recipe, folder, training, validation, cadence);
  }

  /** Whether {@code path} holds a run that can be continued. */
  public static boolean canResume(Path path) {
    return new Checkpoint(path).exists();
  }

  /** Whether {@code path} holds anything that starting a new run would destroy. */
  public static boolean isOccupied(Path path) {
    return OWN_FILES.stream().anyMatch(name -> Files.exists(path.resolve(name)));
  }

  /** Removes what lm4j wrote there, the checkpoint first, and nothing else. */
  public static void clear(Path path) throws IOException {
    for (String name : OWN_FILES) {
      Files.deleteIfExists(path.resolve(name));
    }
  }

  /** How far the run in {@code path} has come. */
  public static TrainingProgress progressOf(Path path) {
    return new Checkpoint(path).progress();
  }

  /** The recipe of the run in {@code path}. */
  public static Recipe recipeOf(Path path) {
    return new Checkpoint(path).recipe();
  }

  /** Goes on with the run in {@code path}. */
  public static TrainingRun resume(Path path, Backend backend, Trainer.Cadence cadence) {
    AtomicFile.cleanLeftovers(path);
    TrainingRun run = new TrainingRun(path, backend, recipeOf(path), cadence, null);
    try {
      run.trainer.resume();
      return run;
    } catch (RuntimeException e) {
      run.close();
      throw e;
    }
  }

  /**
   * Begins a new run in {@code path}. What an earlier run left there is removed, but only once the
   * new text has been read and found good.
   *
   * @throws InputException if text, shape and recipe do not go together
   */
  public static TrainingRun begin(
      Path path,
      Backend backend,
      TrainingSetup setup,
      Recipe recipe,
      Trainer.Cadence cadence,
      CorpusBuilder.Progress progress) {
    boolean made = !Files.exists(path);
    Path aside = path.resolve(PREPARING);
    try {
      Files.createDirectories(path);
      removeAside(aside);
      Corpus corpus =
          CorpusBuilder.build(
              setup.corpus(), setup.training(), setup.validation(), aside, progress);
      ModelConfig config = configFor(setup, corpus.vocabulary());
      try (TokenFile tokens = TokenFile.open(corpus.train())) {
        new StreamBatches(tokens, recipe.batch(), recipe.bptt()); // long enough?
      }
      requireSomethingToValidateOn(corpus);
      clear(path);
      move(corpus.train(), path.resolve(CorpusBuilder.TRAIN));
      if (corpus.valid() != null) {
        move(corpus.valid(), path.resolve(CorpusBuilder.VALID));
      }
      new ModelFolder(path).saveDescription(config, corpus.vocabulary());
      removeAside(aside);
    } catch (IOException e) {
      cleanUp(path, aside, made);
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      cleanUp(path, aside, made);
      throw e;
    }
    return new TrainingRun(path, backend, recipe, cadence, setup);
  }

  private static void requireSomethingToValidateOn(Corpus corpus) {
    if (corpus.validStats() != null && corpus.validStats().text().tokens() < 2) {
      throw new InputException(
          "the validation text has fewer than two tokens: there is nothing to predict; give more of"
              + " it, a larger --valid-fraction, or --valid-fraction 0 to go without.");
    }
  }

  private static ModelConfig configFor(TrainingSetup setup, Vocabulary vocabulary) {
    if (setup.weightsFrom() != null) {
      return new ModelFolder(setup.weightsFrom()).config();
    }
    try {
      return setup.shape().with(vocabulary.size());
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  private void initialize(TrainingSetup setup) {
    Path source = setup.weightsFrom();
    if (source == null) {
      model.initialize(setup.initialization(), recipe.seed());
      return;
    }
    try (LanguageModel old = new ModelFolder(source).open(model.backend(), false)) {
      model.backend().copy(old.parameters().values(), model.parameters().values());
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void cleanUp(Path path, Path aside, boolean made) {
    try {
      removeAside(aside);
      if (made) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // What went wrong before is what the user must hear; leftovers are removed by the next run.
      System.getLogger(TrainingRun.class.getName())
          .log(System.Logger.Level.DEBUG, "could not clean up " + path, e);
    }
  }

  private static void removeAside(Path aside) throws IOException {
    if (!Files.isDirectory(aside)) {
      return;
    }
    try (Stream<Path> files = Files.list(aside)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(aside);
  }

  /** The folder. */
  public ModelFolder folder() {
    return folder;
  }

  /** The model being trained. */
  public LanguageModel model() {
    return model;
  }

  /** Its vocabulary. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** The recipe. */
  public Recipe recipe() {
    return recipe;
  }

  /** The training tokens. */
  public TokenFile training() {
    return training;
  }

  /** The validation tokens, or null. */
  public @Nullable TokenFile validation() {
    return validation;
  }

  /** The trainer. */
  public Trainer trainer() {
    return trainer;
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
    training.close();
    if (validation != null) {
      validation.close();
    }
  }
}
