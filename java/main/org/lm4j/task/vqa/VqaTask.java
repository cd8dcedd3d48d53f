package org.lm4j.task.vqa;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.nn.Workspaces;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Recipe;
import org.lm4j.train.RunPlan;
import org.lm4j.train.Task;
import org.lm4j.train.TrainingTask;
import org.lm4j.train.batch.BatchTask;
import org.lm4j.train.batch.Overlap;

/** The task of answering questions about images, learned from questions whose answers are known. */
public final class VqaTask implements Task<VqaNetwork> {
  private final VqaConfig config;
  private final Vocabulary vocabulary;
  private final List<String> labels;
  private final VqaData training;
  private final @Nullable VqaData validation;
  private final BatchTask.Data known;

  private VqaTask(
      VqaConfig config,
      Vocabulary vocabulary,
      List<String> labels,
      VqaData.Source training,
      VqaData.@Nullable Source validation) {
    this.config = config;
    this.vocabulary = vocabulary;
    this.labels = labels;
    if (validation != null) {
      Overlap.warn(
          "questions",
          training.questions(),
          validation.questions(),
          question -> List.of(question.image(), question.text(), question.answer()));
    }
    this.training = VqaData.answerable(training, config, vocabulary, labels);
    this.validation =
        validation == null
            ? null
            : VqaData.of(validation, config, vocabulary, labels).requireAnswerable();
    this.known = this.training.known(this.validation);
  }

  /**
   * Returns the task of a new model, which knows the words and answers of the training questions.
   *
   * @param validation the validation questions, or null
   * @param config the configuration, whose numbers of words and answers are replaced by those of
   *     the questions
   * @param minCount the number of times a word must occur; rarer ones are {@code <unk>}
   * @param topAnswers the number of answers, the most frequent ones, that are learned
   * @throws InputException if there is only one answer, the form of the features differs from
   *     {@code config}, or there are too many weights
   */
  public static VqaTask begin(
      VqaData.Source training,
      VqaData.@Nullable Source validation,
      VqaConfig config,
      int minCount,
      int topAnswers) {
    Vocabulary vocabulary = vocabulary(training, minCount);
    List<String> labels = labels(training, topAnswers);
    VqaConfig sized;
    try {
      sized = config.sized(vocabulary.size(), labels.size());
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
    return new VqaTask(sized, vocabulary, labels, training, validation);
  }

  /**
   * Returns the task of a run in a folder that is to be resumed.
   *
   * @throws InputException if the folder is damaged, or the questions are not those of the run
   */
  public static VqaTask resume(
      ModelFiles files, VqaData.Source training, VqaData.@Nullable Source validation) {
    VqaConfig config = files.config(VqaConfig.class);
    return new VqaTask(
        config,
        files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary()),
        files.labels(config.answers()),
        training,
        validation);
  }

  /** Returns the words of the questions, the most frequent first, after {@code <unk>}. */
  private static Vocabulary vocabulary(VqaData.Source training, int minCount) {
    Map<String, Integer> counts = new HashMap<>();
    for (Question question : training.questions()) {
      VqaData.wordsOf(question).forEach(word -> counts.merge(word, 1, Integer::sum));
    }
    Stream<String> words = byCount(counts).filter(word -> counts.getOrDefault(word, 0) >= minCount);
    List<String> tokens = Stream.concat(Stream.of(Vocabulary.UNKNOWN), words).toList();
    return Vocabulary.of(Level.WORD, tokens);
  }

  /** Returns the most frequent answers in alphabetical order. */
  private static List<String> labels(VqaData.Source training, int most) {
    Map<String, Integer> counts = new HashMap<>();
    for (Question question : training.questions()) {
      counts.merge(question.answer(), 1, Integer::sum);
    }
    if (counts.size() == 1) {
      throw new InputException(
          "%s holds one answer only, '%s'; two are needed"
              .formatted(training.name(), counts.keySet().iterator().next()));
    }
    return byCount(counts).limit(most).sorted().toList();
  }

  private static Stream<String> byCount(Map<String, Integer> counts) {
    Comparator<Map.Entry<String, Integer>> frequent =
        Map.Entry.<String, Integer>comparingByValue().reversed();
    return new ArrayList<>(counts.entrySet())
        .stream().sorted(frequent.thenComparing(Map.Entry.comparingByKey())).map(Map.Entry::getKey);
  }

  @Override
  public ModelKind kind() {
    return ModelKind.VQA;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveConfig(config);
    files.saveVocabulary(ModelFiles.VOCABULARY, vocabulary);
    files.saveLabels(labels);
  }

  @Override
  public VqaNetwork create(ModelFiles files, Backend backend) {
    return new VqaNetwork(backend, files.config(VqaConfig.class), true);
  }

  @Override
  public void initialize(VqaNetwork model, ModelFiles files, long seed) {
    model.initialize(seed);
  }

  @Override
  public TrainingTask steps(VqaNetwork model, ModelFiles files, RunPlan plan) {
    return new Steps(model, plan.recipe());
  }

  private final class Steps extends BatchTask {
    private final VqaNetwork model;
    private final VqaData.Loader loader = new VqaData.Loader(training);
    private final Workspaces<Integer, VqaBatch> batches; // by questions: B, and a smaller last one

    Steps(VqaNetwork model, Recipe recipe) {
      super(
          model,
          ModelKind.VQA,
          recipe,
          known,
          new Examples(training.count(), i -> training.words(i).length));
      this.model = model;
      this.batches = new Workspaces<>(rows -> model.batch(rows, true), VqaBatch::close);
    }

    @Override
    protected int prepare(int[] batch, RandomKey randomness) {
      batches.of(batch.length).prepare(loader.longest(batch));
      return batch.length;
    }

    @Override
    protected void compute(int[] batch, RandomKey randomness, Tensor lossSum) {
      VqaBatch run = batches.of(batch.length);
      loader.load(batch, run);
      run.train(randomness, lossSum);
    }

    @Override
    protected Validation score() {
      return VqaScorer.score(
          model, Objects.requireNonNull(validation), (i, answer, probability) -> {});
    }

    @Override
    public void close() {
      batches.close();
      loader.close();
    }
  }
}
