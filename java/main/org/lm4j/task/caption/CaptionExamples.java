package org.lm4j.task.caption;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.RandomKey;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.train.EpochOrder;
import org.lm4j.train.Examples;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.Unit;

/** Captions of images, for a captioner. The loss is the mean over words, ends included. */
final class CaptionExamples implements Examples {
  private static final int MOST_ROWS = 256; // of a validation before the first step

  private final CaptionerNetwork captioner;
  private final CaptionData training;
  private final @Nullable CaptionData validation;
  private final String hash;
  private final int steps; // of the longest caption of all
  private final Map<Integer, Workspace> workspaces = new HashMap<>(); // by captions in a batch
  private final Tensor validationLoss; // (1)
  private final HostStorage lossStorage = new HostStorage(DType.F64.bytes());
  private final Tensor lossOnHost = new Tensor(lossStorage, 0, Shape.of(1), DType.F64);

  // Of the step that is prepared.
  private int[] images = {};
  private CaptionBatch.@Nullable Words words;
  private @Nullable RandomKey key;
  private int counted;

  /** A batch and the host memory its images pass through. */
  private record Workspace(CaptionBatch batch, HostStorage storage, Tensor features)
      implements AutoCloseable {
    @Override
    public void close() {
      batch.close();
      storage.close();
    }
  }

  /**
   * For a captioner, which stays the caller's.
   *
   * @throws org.lm4j.InputException if images have not the form it was made for
   */
  CaptionExamples(
      CaptionerNetwork captioner, CaptionData training, @Nullable CaptionData validation) {
    this.captioner = captioner;
    this.training = training;
    this.validation = validation;
    CaptionConfig config = captioner.config();
    training.features().requireForm(config.cells(), config.features());
    int longest = training.longest();
    if (validation != null) {
      validation.features().requireForm(config.cells(), config.features());
      longest = Math.max(longest, validation.longest());
    }
    this.steps = longest;
    this.hash = training.hash();
    this.validationLoss = captioner.backend().allocate(1);
  }

  @Override
  public int count() {
    return training.count();
  }

  @Override
  public int length(int example) {
    return training.length(example);
  }

  @Override
  public String hash() {
    return hash;
  }

  @Override
  public @Nullable String validationHash() {
    return validation == null ? null : validation.hash();
  }

  @Override
  public String name() {
    return training.captions().file().toString();
  }

  @Override
  public Unit counted() {
    return Unit.TOKENS;
  }

  private Workspace workspace(int rows) {
    return workspaces.computeIfAbsent(
        rows,
        count -> {
          CaptionConfig config = captioner.config();
          Shape shape = Shape.of(count, Math.max(1, config.cells()) * config.features());
          HostStorage storage = new HostStorage(shape.size() * DType.F32.bytes());
          Tensor features = new Tensor(storage, 0, shape, DType.F32);
          return new Workspace(captioner.batch(steps, count, true), storage, features);
        });
  }

  private static void load(Workspace workspace, CaptionData set, int[] rows) {
    set.features().copy(rows, workspace.features);
    workspace.batch.load(workspace.features);
  }

  @Override
  public int prepare(int[] chosen, RandomKey randomKey) {
    images = Arrays.stream(chosen).map(training::image).toArray();
    CaptionBatch.Words now = training.words(chosen);
    words = now;
    key = randomKey;
    counted = now.counted();
    return counted;
  }

  @Override
  public void compute(Tensor lossSum) {
    Workspace workspace = workspace(images.length);
    load(workspace, training, images);
    workspace.batch.train(
        Objects.requireNonNull(words), counted, Objects.requireNonNull(key), lossSum);
  }

  @Override
  public boolean validates() {
    return validation != null;
  }

  @Override
  public TrainingTask.Validation validate() {
    if (validation == null) {
      throw new IllegalStateException("there are no captions to validate on");
    }
    // Of the size of the batches there are; workspaces are large.
    int rows =
        workspaces.keySet().stream()
            .max(Comparator.naturalOrder())
            .orElse(Math.min(MOST_ROWS, validation.count()));
    return score(workspace(rows), validation);
  }

  private TrainingTask.Validation score(Workspace workspace, CaptionData set) {
    int rows = workspace.batch.rows();
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
      captioner.backend().download(validationLoss, lossOnHost);
      total += lossOnHost.get(0);
      targets += scored.counted();
    }
    return new TrainingTask.Validation(total / targets, targets);
  }

  @Override
  public void close() {
    workspaces.values().forEach(Workspace::close);
    validationLoss.storage().close();
    lossStorage.close();
  }
}
