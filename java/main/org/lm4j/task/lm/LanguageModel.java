package org.lm4j.task.lm;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.backend.BackendOptions;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.optim.Schedule;
import org.lm4j.task.LoadedModel;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.EncodedText;
import org.lm4j.text.Sources;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Segmentation;
import org.lm4j.text.token.TokenSequence;
import org.lm4j.train.ProgressListener;
import org.lm4j.train.RecipeBuilder;
import org.lm4j.train.RunPlan;
import org.lm4j.train.TrainingDefaults;
import org.lm4j.train.TrainingResult;

/**
 * A trained language model, ready to score and to generate text.
 *
 * <pre>
 *   try (var model = LanguageModel.load(Path.of("models/english"))) {
 *     Score score = model.score("The cat sat on the mat.");
 *     String text = model.generate("Once upon", Sampling.temperature(0.8).seed(1).length(200));
 *   }
 * </pre>
 *
 * <p>Threads: as of {@link ScoringModel}. The backend performs one operation at a time, in the
 * order of arrival, so threads share its speed. {@link #close} waits for the operation that is
 * under way; calls that are still running, and later ones, then throw {@link
 * IllegalStateException}.
 */
public final class LanguageModel extends LoadedModel<LanguageModelNetwork> implements ScoringModel {
  private final Vocabulary vocabulary;
  private final Segmentation segmentation;
  private final GeneratorPool generators = new GeneratorPool(this::generator);

  private LanguageModel(
      LanguageModelNetwork network,
      Vocabulary vocabulary,
      Segmentation segmentation,
      boolean ownsBackend) {
    super(network, ownsBackend);
    this.vocabulary = vocabulary;
    this.segmentation = segmentation;
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine.
   *
   * @throws InputException if the folder holds no language model, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static LanguageModel load(Path folder) {
    return load(folder, BackendOptions.defaults());
  }

  /**
   * Loads a model from its folder on the fastest backend of this machine, with a choice of threads,
   * precision and matrix multiplication.
   *
   * @throws InputException if the folder holds no language model, or a file is damaged
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static LanguageModel load(Path folder, BackendOptions options) {
    return onFastestBackend(options, backend -> load(folder, backend, true));
  }

  /**
   * Loads a model from its folder on a backend, which several models may share and the caller
   * closes after them.
   *
   * @throws InputException if the folder holds no language model, or a file is damaged
   */
  public static LanguageModel load(Path folder, Backend backend) {
    return load(folder, backend, false);
  }

  /**
   * Returns a model made of a network and its vocabulary; closing it closes the network, and not
   * its backend.
   *
   * @throws IllegalArgumentException if they differ in the number of tokens
   */
  public static LanguageModel of(LanguageModelNetwork network, Vocabulary vocabulary) {
    if (network.config().vocabulary() != vocabulary.size()) {
      throw new IllegalArgumentException(
          "the network predicts %d tokens, the vocabulary has %d"
              .formatted(network.config().vocabulary(), vocabulary.size()));
    }
    return new LanguageModel(network, vocabulary, Segmentation.STREAM, false);
  }

  private static LanguageModel load(Path path, Backend backend, boolean ownsBackend) {
    ModelFiles folder = new ModelFiles(path, ModelKind.LANGUAGE_MODEL);
    Vocabulary vocabulary = LanguageModelConfig.vocabulary(folder);
    Segmentation segmentation = LanguageModelConfig.segmentation(folder);
    return new LanguageModel(
        LanguageModelNetwork.open(folder, backend, false), vocabulary, segmentation, ownsBackend);
  }

  /**
   * Trains a new model of characters on a text, with the defaults of the command line, and saves it
   * in a folder.
   *
   * @param text the training text, of which the last twentieth chooses the best weights
   * @param recipe what it does not set has the default of the command line
   * @param folder made if needed; holds the best weights and a checkpoint afterwards
   * @param listener receives the progress, and can cancel the training; so does an interruption of
   *     the thread
   * @throws InputException if the text is too short, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      String text, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return train(text, LanguageModelOptions.defaults(), recipe, folder, listener);
  }

  /**
   * Trains a new model of characters on a file or all text files of a folder, as {@link
   * #train(String, RecipeBuilder, Path, ProgressListener)} does.
   *
   * @param text text in UTF-8, which may be packed by gzip or zip
   * @throws InputException if the text cannot be read or is too short, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      Path text, RecipeBuilder recipe, Path folder, ProgressListener listener) {
    return train(text, LanguageModelOptions.defaults(), recipe, folder, listener);
  }

  /**
   * Trains a new model on a text, as {@link #train(String, RecipeBuilder, Path, ProgressListener)}
   * does, with a choice of tokens and shape.
   *
   * @throws InputException if the text is too short, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      String text,
      LanguageModelOptions options,
      RecipeBuilder recipe,
      Path folder,
      ProgressListener listener) {
    InputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return train(Sources.of(List.of("-"), in), options, recipe, folder, listener);
  }

  /**
   * Trains a new model on a file or all text files of a folder, as {@link #train(String,
   * RecipeBuilder, Path, ProgressListener)} does, with a choice of tokens and shape.
   *
   * @throws InputException if the text cannot be read or is too short, or the folder holds a model
   * @throws IllegalArgumentException if a value of the recipe is out of range
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult train(
      Path text,
      LanguageModelOptions options,
      RecipeBuilder recipe,
      Path folder,
      ProgressListener listener) {
    Sources sources = Sources.of(List.of(text.toString()), InputStream.nullInputStream(), folder);
    return train(sources, options, recipe, folder, listener);
  }

  private static TrainingResult train(
      Sources text,
      LanguageModelOptions options,
      RecipeBuilder recipe,
      Path folder,
      ProgressListener listener) {
    RunPlan plan = recipe.plan(TrainingDefaults.LANGUAGE_MODEL, options.origin());
    return trainTask(options.task(text), plan, recipe.ownSchedule(), folder, listener);
  }

  /**
   * Resumes the training of a model that was cancelled, with the same numbers as if it had never
   * stopped, to its planned end.
   *
   * @param folder of the model
   * @param listener receives the progress, and can cancel the training
   * @throws InputException if the folder holds no run, a file is damaged, or the run has a schedule
   *     that a program gave as a value: that is not saved, see {@link #resume(Path, Schedule,
   *     ProgressListener)}
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(Path folder, ProgressListener listener) {
    return resumeTask(LanguageModelTask.RESUMED, folder, null, listener);
  }

  /**
   * Resumes the training of a model whose schedule is a value.
   *
   * @param schedule the same value as before, or another one
   * @throws InputException if the folder holds no run, or a file is damaged
   * @throws org.lm4j.train.TrainingFailure if loss or weights are no longer finite numbers
   * @throws org.lm4j.compute.BackendException if no backend can be opened
   */
  public static TrainingResult resume(Path folder, Schedule schedule, ProgressListener listener) {
    return resumeTask(LanguageModelTask.RESUMED, folder, schedule, listener);
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public Segmentation segmentation() {
    return segmentation;
  }

  /**
   * Scores a text: the negative log-likelihood of every token after the first, given all tokens
   * before it, from a zero state. No file is written. Text that the vocabulary lacks is scored as
   * {@code <unk>}, or skipped where the vocabulary has none; see {@link Score#unknown}.
   *
   * @param text at least two tokens
   * @throws InputException if fewer than two tokens of the text can be scored, it has half a
   *     surrogate pair, or at character and word level a NUL
   * @throws org.lm4j.compute.BackendException if the loss is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public Score score(String text) {
    EncodedText encoded = EncodedText.of(vocabulary, text);
    if (encoded.size() < 2) {
      throw new InputException(
          "the text has fewer than two tokens the model knows: there is nothing to predict");
    }
    double[] losses = new double[Math.toIntExact(encoded.size())];
    Evaluator.Score total = score(encoded, 1, (index, _, loss) -> losses[(int) index] = loss, null);
    return Score.of(text, encoded, losses, total);
  }

  @Override
  public Evaluator.Score score(
      TokenSequence tokens,
      int streams,
      Evaluator.@Nullable TargetListener listener,
      Evaluator.@Nullable ProgressListener progress) {
    try (Evaluator evaluator = new Evaluator(network(), tokens, streams)) {
      return evaluator.score(listener, progress);
    }
  }

  @Override
  public LineScorer lineScorer(LineScoring options) {
    return new LineScorer(network(), vocabulary, options);
  }

  @Override
  public ScoringModel.Cursor cursor() {
    return Cursors.of(network().tokenReader());
  }

  @Override
  public Generator generator() {
    return new Generator(network(), vocabulary);
  }

  /**
   * Generates a text that continues a prompt. A model that was trained on lines or documents reads
   * their begin symbol first, and the text ends with its line or document.
   *
   * @param prompt text to continue; empty for a text from its beginning. What the vocabulary lacks
   *     is read as {@code <unk>}
   * @param sampling how tokens are chosen, and how many at most
   * @return the text without the prompt; bytes that are not UTF-8, which a model at byte level may
   *     generate, are U+FFFD
   * @throws InputException if the prompt has text that the vocabulary lacks, and it has no {@code
   *     <unk>}
   * @throws CancellationException if the thread is interrupted, which it stays
   * @throws org.lm4j.compute.BackendException if a logit is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public String generate(String prompt, Sampling sampling) {
    StringBuilder text = new StringBuilder();
    generate(prompt, sampling, text::append);
    return text.toString();
  }

  /**
   * Generates a text that continues a prompt, and passes each piece on as soon as it is certain.
   * All pieces together are what {@link #generate(String, Sampling)} returns.
   *
   * @param sampling how tokens are chosen, and how many at most
   * @param pieces receives one or more characters at a time, in this thread; an exception that it
   *     throws ends the generation and reaches the caller
   * @throws InputException if the prompt has text that the vocabulary lacks, and it has no {@code
   *     <unk>}
   * @throws CancellationException if the thread is interrupted, which it stays
   * @throws org.lm4j.compute.BackendException if a logit is not a finite number
   * @throws IllegalStateException if the model is closed
   */
  public void generate(String prompt, Sampling sampling, Consumer<String> pieces) {
    Thread thread = Thread.currentThread();
    generate(prompt, sampling, pieces, thread::isInterrupted);
    if (thread.isInterrupted()) {
      throw new CancellationException("the generation was interrupted");
    }
  }

  /**
   * Generates a text in another thread. {@link CompletableFuture#cancel} ends the generation before
   * the next token.
   *
   * @param sampling how tokens are chosen, and how many at most
   * @return the text without the prompt, or the exception that {@link #generate(String, Sampling)}
   *     would throw
   */
  public CompletableFuture<String> generateAsync(String prompt, Sampling sampling) {
    return generateAsync(
        prompt,
        sampling,
        _ -> {},
        task -> Thread.ofPlatform().daemon().name("lm4j-generate").start(task));
  }

  /**
   * Generates a text in a thread of {@code executor}, and passes each piece on as soon as it is
   * certain. {@link CompletableFuture#cancel} ends the generation before the next token.
   *
   * @param sampling how tokens are chosen, and how many at most
   * @param pieces receives one or more characters at a time, in the thread of the executor
   * @return the text without the prompt, or the exception that {@link #generate(String, Sampling)}
   *     would throw
   */
  public CompletableFuture<String> generateAsync(
      String prompt, Sampling sampling, Consumer<String> pieces, Executor executor) {
    CompletableFuture<String> result = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            StringBuilder text = new StringBuilder();
            generate(
                prompt,
                sampling,
                piece -> {
                  text.append(piece);
                  pieces.accept(piece);
                },
                result::isDone);
            result.complete(text.toString());
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private void generate(
      String prompt, Sampling sampling, Consumer<String> pieces, BooleanSupplier cancelled) {
    GenerationUnit unit = new GenerationUnit(segmentation, vocabulary);
    int[] ids = unit.prompt(prompt);
    Generator.Request request = Generator.Request.of(sampling).ending(unit);
    Generator generator = generators.take();
    try {
      TextPieces text = new TextPieces(pieces);
      generator.generate(ids, request, text, cancelled);
      text.finish();
    } finally {
      generators.giveBack(generator);
    }
  }

  @Override
  public void close() {
    generators.close();
    super.close();
  }
}
