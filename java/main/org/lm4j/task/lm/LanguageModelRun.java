package org.lm4j.task.lm;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.io.AtomicFile;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.WordVectors;
import org.lm4j.nn.Parameter;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Corpus;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.text.StreamBatches;
import org.lm4j.text.TokenFile;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Checkpoint;
import org.lm4j.train.FolderLock;
import org.lm4j.train.MemoryNeeds;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunPlan;
import org.lm4j.train.StagedFolder;
import org.lm4j.train.Trainer;
import org.lm4j.train.TrainingFailure;
import org.lm4j.train.TrainingProgress;
import org.lm4j.train.TrainingTask;

/**
 * A training run in a model folder, new or continued: puts together folder, tokens, model and
 * trainer, and owns them.
 *
 * <p>A run is begun aside, up to its first checkpoint, before anything of an earlier model is
 * touched; it counts as begun once that checkpoint stands in the folder.
 */
public final class LanguageModelRun implements AutoCloseable {
  private final LanguageModelFolder folder;
  private final Vocabulary vocabulary;
  private final RunPlan plan;
  private final TokenFile training;
  private final @Nullable TokenFile validation;
  private final LanguageModelNetwork model;
  private final Trainer trainer;
  private @Nullable FolderLock lock; // null while the run is begun aside

  private LanguageModelRun(LanguageModelFolder folder, Backend backend, RunPlan plan) {
    this.folder = folder;
    this.plan = plan;
    this.vocabulary = folder.vocabulary();
    this.training = folder.tokens(CorpusBuilder.TRAIN);
    this.validation =
        folder.hasTokens(CorpusBuilder.VALID) ? folder.tokens(CorpusBuilder.VALID) : null;
    LanguageModelConfig config = folder.config();
    MemoryNeeds.require(
        backend,
        plan,
        counting ->
            new LanguageModelTask(
                new LanguageModelNetwork(counting, config, true), plan, training, validation));
    this.model = new LanguageModelNetwork(backend, config, true);
    TrainingTask task = new LanguageModelTask(model, plan, training, validation);
    this.trainer = new Trainer(task, plan, folder.path());
  }

  /** Returns whether {@code path} holds a run that can be continued. */
  public static boolean canResume(Path path) {
    return new Checkpoint(path).exists();
  }

  /** How far the run in {@code path} has come. */
  public static TrainingProgress progressOf(Path path) {
    return new Checkpoint(path).progress();
  }

  /** What the run in {@code path} is to do. */
  public static RunPlan planOf(Path path) {
    return new Checkpoint(path).plan();
  }

  /**
   * Resumes the run in {@code path}.
   *
   * @param plan of the run, or one with another length, cadence, or recipe that {@linkplain
   *     Recipe#continues continues} its own
   * @throws InputException if a file is missing or damaged, they do not belong together, or another
   *     process trains there
   */
  public static LanguageModelRun resume(Path path, Backend backend, RunPlan plan) {
    return resume(path, backend, plan, FolderLock.take(path));
  }

  private static LanguageModelRun resume(
      Path path, Backend backend, RunPlan plan, FolderLock lock) {
    LanguageModelRun run = null;
    try {
      AtomicFile.cleanLeftovers(path);
      ModelFiles.group(path).recover();
      run = new LanguageModelRun(new LanguageModelFolder(path), backend, plan);
      run.trainer.files().guardBy(lock::requireHeld);
      run.trainer.resume();
      run.lock = lock;
      return run;
    } catch (RuntimeException | Error e) {
      if (run != null) {
        run.close();
      }
      lock.close();
      throw e;
    }
  }

  /**
   * Begins a new run in a folder that holds no model.
   *
   * @throws InputException if it holds one, or text, shape and recipe do not go together
   * @throws java.io.UncheckedIOException if the folder cannot be written
   */
  public static LanguageModelRun begin(
      Path path,
      Backend backend,
      LanguageModelSetup setup,
      RunPlan plan,
      CorpusBuilder.Progress progress) {
    return begin(path, backend, setup, plan, progress, StagedFolder.Existing.REFUSE);
  }

  /**
   * Begins a new run. What an earlier run left in the folder is removed, but only once the new one
   * has its first checkpoint on the disk and its first step was found to be possible.
   *
   * @throws InputException if the folder holds a model that is not to be replaced, or text, shape
   *     and recipe do not go together
   * @throws java.io.UncheckedIOException if the folder cannot be written
   */
  public static LanguageModelRun begin(
      Path path,
      Backend backend,
      LanguageModelSetup setup,
      RunPlan plan,
      CorpusBuilder.Progress progress,
      StagedFolder.Existing existing) {
    FolderLock lock;
    try (StagedFolder staged = new StagedFolder(path, existing)) {
      Corpus corpus =
          CorpusBuilder.build(
              setup.corpus(), setup.training(), setup.validation(), staged.path(), progress);
      LanguageModelConfig config = configFor(setup, corpus.vocabulary());
      requireLongEnough(corpus, plan.recipe());
      requireSomethingToValidateOn(corpus);
      LanguageModelFolder aside = LanguageModelFolder.aside(staged.path());
      aside.saveDescription(config, corpus.vocabulary());
      try (LanguageModelRun run = new LanguageModelRun(aside, backend, plan)) {
        run.initialize(setup);
        run.saveFirst(staged.replaces());
      }
      staged.install();
      lock = staged.keepLock();
    }
    return resume(path, backend, plan, lock);
  }

  private static void requireLongEnough(Corpus corpus, Recipe recipe) {
    try (TokenFile tokens = TokenFile.open(corpus.train())) {
      new StreamBatches(tokens, recipe.batch(), recipe.bptt());
    }
  }

  private static void requireSomethingToValidateOn(Corpus corpus) {
    if (corpus.validStats() != null && corpus.validStats().text().tokens() < 2) {
      throw new InputException(
          "the validation text has fewer than two tokens: there is nothing to predict; give more of"
              + " it, a larger --valid-fraction, or --valid-fraction 0 to go without.");
    }
  }

  private static LanguageModelConfig configFor(LanguageModelSetup setup, Vocabulary vocabulary) {
    try {
      return setup.shape().with(vocabulary.size());
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
  }

  private void saveFirst(boolean rehearse) {
    try {
      trainer.saveAside(rehearse);
    } catch (TrainingFailure e) {
      throw new InputException(
          "the initial weights, or the loss of the first step, are not finite; make --init-range or"
              + " --forget-bias smaller.",
          e);
    }
  }

  private void initialize(LanguageModelSetup setup) {
    Path source = setup.weightsFrom();
    if (source == null) {
      long seed = plan.recipe().seed();
      model.initialize(setup.initialization(), seed);
      WordVectors.Source given = setup.vectors();
      if (given != null) {
        Tensor rows = model.parameters().get(LanguageModelNetwork.ENCODER_WEIGHT).value();
        given.fill(vocabulary, seed, model.backend(), rows);
      }
      return;
    }
    try (LanguageModelNetwork old = new LanguageModelFolder(source).open(model.backend(), false)) {
      for (Parameter parameter : model.parameters().all()) { // a layout may depend on dropout
        Tensor from = old.parameters().get(parameter.name()).value();
        model.backend().copy(from, parameter.value());
      }
    }
  }

  /** Returns the folder. */
  public LanguageModelFolder folder() {
    return folder;
  }

  /** Returns the model being trained. */
  public LanguageModelNetwork model() {
    return model;
  }

  /** Its vocabulary. */
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** What it is to do. */
  public RunPlan plan() {
    return plan;
  }

  /** Returns the training tokens. */
  public TokenFile training() {
    return training;
  }

  /** Returns the validation tokens, or null. */
  public @Nullable TokenFile validation() {
    return validation;
  }

  /** Returns the trainer. */
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
    if (lock != null) {
      lock.close();
    }
  }
}
