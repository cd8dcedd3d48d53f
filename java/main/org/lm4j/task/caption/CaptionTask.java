package org.lm4j.task.caption;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Workspaces;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.sentence.SentenceVocabulary;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.BatchTask;
import org.lm4j.train.batch.EpochOrder;
import org.lm4j.train.batch.Overlap;

/**
 * The task of captioning images, learned from features of images and their captions. The loss is
 * the mean over words, ends included.
 */
public final class CaptionTask implements Task<CaptionerNetwork> {
  private static final int MOST_ROWS = 256; // of a validation before the first step

  private final CaptionConfig config;
  private final SentenceVocabulary vocabulary;
  private final CaptionData training;
  private final @Nullable CaptionData validation;
  private final BatchTask.Data known;

  private CaptionTask(
      CaptionConfig config,
      SentenceVocabulary vocabulary,
      CaptionData.Source training,
      CaptionData.@Nullable Source validation) {
    this.config = config;
    this.vocabulary = vocabulary;
    this.training = new CaptionData(training, vocabulary, config.words());
    this.validation =
        validation == null ? null : new CaptionData(validation, vocabulary, config.words());
    this.known = this.training.known(this.validation);
    if (validation != null) {
      Overlap.warn(
          "captions",
          training.captions().all(),
          validation.captions().all(),
          caption -> List.of(caption.image(), caption.text()));
    }
  }

  /**
   * Returns the task of a new captioner, which knows the words of the training captions.
   *
   * @param validation the validation captions, or null
   * @param config the configuration, whose vocabulary size is replaced by that of the captions
   * @param minCount the number of times a word must occur; rarer ones are unknown
   * @throws InputException if an image has captions but no features, or there are too many weights
   */
  public static CaptionTask begin(
      CaptionData.Source training,
      CaptionData.@Nullable Source validation,
      CaptionConfig config,
      int minCount) {
    List<List<String>> sentences =
        training.captions().all().stream().map(caption -> CaptionWords.of(caption.text())).toList();
    SentenceVocabulary vocabulary = SentenceVocabulary.build(sentences, minCount);
    CaptionConfig sized;
    try {
      sized = config.sized(vocabulary.size());
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
    return new CaptionTask(sized, vocabulary, training, validation);
  }

  /**
   * Returns the task of a run in a folder that is to be resumed.
   *
   * @throws InputException if the folder is damaged
   */
  public static CaptionTask resume(
      ModelFiles files, CaptionData.Source training, CaptionData.@Nullable Source validation) {
    CaptionConfig config = files.config(CaptionConfig.class);
    return new CaptionTask(config, vocabulary(files, config), training, validation);
  }

  /**
   * Returns the vocabulary of a saved captioner.
   *
   * @throws InputException if it is missing or damaged
   */
  public static SentenceVocabulary vocabulary(ModelFiles files, CaptionConfig config) {
    return SentenceVocabulary.of(files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary()));
  }

  /** Returns the words of the captions. */
  public SentenceVocabulary vocabulary() {
    return vocabulary;
  }

  /** Returns the training captions. */
  public CaptionData training() {
    return training;
  }

  /** Returns the validation captions, or null. */
  public @Nullable CaptionData validation() {
    return validation;
  }

  @Override
  public ModelKind kind() {
    return ModelKind.CAPTION;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveVocabulary(ModelFiles.VOCABULARY, vocabulary.vocabulary());
    files.saveConfig(config);
  }

  @Override
  public CaptionerNetwork create(ModelFiles files, Backend backend) {
    return new CaptionerNetwork(backend, files.config(CaptionConfig.class), true);
  }

  @Override
  public void initialize(CaptionerNetwork model, ModelFiles files, long seed) {
    model.initialize(seed);
  }

  /**
   * {@inheritDoc}
   *
   * @throws InputException if images have not the form the captioner was made for
   */
  @Override
  public TrainingTask steps(CaptionerNetwork model, ModelFiles files, RunPlan plan) {
    return new Steps(model, plan.recipe());
  }

  private final class Steps extends BatchTask {
    private final CaptionerNetwork captioner;
    private final int steps; // of the longest caption of all
    private final Workspaces<Integer, Workspace> workspaces; // by captions in a batch
    private final Tensor validationLoss; // (1)
    private final HostStorage lossStorage = new HostStorage(DType.F64.bytes());
    private final Tensor lossOnHost = new Tensor(lossStorage, 0, Shape.of(1), DType.F64);

    private CaptionBatch.@Nullable Words words; // of the step that is prepared

    /** A batch and the host memory for transferring its images. */
    private record Workspace(CaptionBatch batch, HostStorage storage, Tensor features) {
      void close() {
        batch.close();
        storage.close();
      }
    }

    Steps(CaptionerNetwork captioner, Recipe recipe) {
      super(
          captioner,
          ModelKind.CAPTION,
          recipe,
          known,
          new Examples(training.count(), training::length));
      this.captioner = captioner;
      CaptionConfig shape = captioner.config();
      training.features().requireForm(shape.image().cells(), shape.image().features());
      int longest = training.longest();
      if (validation != null) {
        validation.features().requireForm(shape.image().cells(), shape.image().features());
        longest = Math.max(longest, validation.longest());
      }
      this.steps = longest;
      this.workspaces = new Workspaces<>(this::workspace, Workspace::close);
      this.validationLoss = captioner.backend().allocate(1);
    }

    private Workspace workspace(int rows) {
      CaptionConfig shape = captioner.config();
      Shape images = Shape.of(rows, Math.max(1, shape.image().cells()) * shape.image().features());
      HostStorage storage = new HostStorage(images.size() * DType.F32.bytes());
      Tensor features = new Tensor(storage, 0, images, DType.F32);
      return new Workspace(captioner.batch(steps, rows, true), storage, features);
    }

    private static void load(Workspace workspace, CaptionData set, int[] rows) {
      set.features().copy(rows, workspace.features);
      workspace.batch.load(workspace.features);
    }

    @Override
    protected int prepare(int[] batch, RandomKey randomness) {
      words = training.words(batch);
      return words.counted();
    }

    @Override
    protected void compute(int[] batch, RandomKey randomness, Tensor lossSum) {
      CaptionBatch.Words read = Objects.requireNonNull(words);
      Workspace workspace = workspaces.of(batch.length);
      load(workspace, training, IntStream.of(batch).map(training::image).toArray());
      workspace.batch.train(read, read.counted(), randomness, lossSum);
    }

    @Override
    protected Validation score() {
      CaptionData set = Objects.requireNonNull(validation);
      // Of the size of the batches there are; workspaces are large.
      int rows =
          workspaces.shapes().isEmpty()
              ? Math.min(MOST_ROWS, set.count())
              : Collections.max(workspaces.shapes());
      Workspace workspace = workspaces.of(rows);
      int[] byLength = EpochOrder.byLength(set.count(), set::length);
      double total = 0;
      long targets = 0;
      for (int from = 0; from < byLength.length; from += rows) {
        int[] chosen = new int[rows];
        Arrays.fill(chosen, -1); // a last batch that is not full
        System.arraycopy(byLength, from, chosen, 0, Math.min(rows, byLength.length - from));
        int[] shown =
            Arrays.stream(chosen).map(caption -> caption < 0 ? 0 : set.image(caption)).toArray();
        load(workspace, set, shown);
        CaptionBatch.Words scored = set.words(chosen);
        workspace.batch.score(scored, validationLoss);
        backend().download(validationLoss, lossOnHost);
        total += lossOnHost.get(0);
        targets += scored.counted();
      }
      return new Validation(total / targets, targets);
    }

    @Override
    public void close() {
      workspaces.close();
      validationLoss.storage().close();
      lossStorage.close();
    }
  }
}
