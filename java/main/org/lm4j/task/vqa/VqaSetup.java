package org.lm4j.task.vqa;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.data.Features;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Examples;
import org.lm4j.train.RunSetup;

/**
 * A model that is to learn to answer questions.
 *
 * @param shape of a new model; one that is continued has its own
 * @param lists which words and answers a new model knows
 * @param grid of a new model's images
 * @param validation questions held out, or null
 */
public record VqaSetup(
    Shape shape, Lists lists, Grid grid, VqaSource training, @Nullable VqaSource validation)
    implements RunSetup<VqaNetwork> {
  /** The part of a {@link VqaConfig} that data do not settle. */
  public record Shape(
      String cell,
      int embedding,
      int hidden,
      int seen,
      int attention,
      int hops,
      int decision,
      double dropout) {} // as VqaConfig names them

  /** How the cells of the images lie, row by row; 0 by 0 where there is no grid. */
  public record Grid(int rows, int columns) {
    /** A square if that many cells can be one, else one row. */
    public static Grid of(Features features) {
      if (!features.isGrid()) {
        return new Grid(0, 0);
      }
      int side = (int) Math.round(Math.sqrt(features.cells()));
      return side * side == features.cells() ? new Grid(side, side) : new Grid(1, features.cells());
    }
  }

  /**
   * Limits of what is learned.
   *
   * @param minCount a word that occurs less often is unknown
   * @param topAnswers only so many answers, the most frequent ones, are learned
   */
  public record Lists(int minCount, int topAnswers) {}

  @Override
  public ModelKind kind() {
    return ModelKind.VQA;
  }

  @Override
  public void describe(ModelFiles files) {
    Vocabulary vocabulary = vocabulary();
    List<String> labels = labels();
    try {
      files.saveConfig(
          new VqaConfig(
              ModelKind.VQA.label(),
              shape.cell,
              grid.rows,
              grid.columns,
              training.features().width(),
              vocabulary.size(),
              labels.size(),
              shape.embedding,
              shape.hidden,
              shape.seen,
              shape.attention,
              shape.hops,
              shape.decision,
              shape.dropout));
    } catch (IllegalArgumentException e) {
      throw new InputException(e.getMessage() + ".", e);
    }
    files.saveVocabulary(ModelFiles.VOCABULARY, vocabulary);
    files.saveLabels(labels);
  }

  /** The words of the questions, the most frequent first, after {@code <unk>}. */
  private Vocabulary vocabulary() {
    Map<String, Integer> counts = new HashMap<>();
    for (Question question : training.questions()) {
      VqaData.wordsOf(question).forEach(word -> counts.merge(word, 1, Integer::sum));
    }
    Stream<String> words =
        byCount(counts).filter(word -> counts.getOrDefault(word, 0) >= lists.minCount);
    List<String> tokens = Stream.concat(Stream.of(Vocabulary.UNKNOWN), words).toList();
    return Vocabulary.of(Level.WORD, tokens);
  }

  /** The most frequent answers, in the order of the alphabet. */
  private List<String> labels() {
    Map<String, Integer> counts = new HashMap<>();
    for (Question question : training.questions()) {
      counts.merge(question.answer(), 1, Integer::sum);
    }
    if (counts.size() == 1) {
      throw new InputException(
          "%s holds one answer only, '%s'; two are needed"
              .formatted(training.name(), counts.keySet().iterator().next()));
    }
    return byCount(counts).limit(lists.topAnswers).sorted().toList();
  }

  private static Stream<String> byCount(Map<String, Integer> counts) {
    Comparator<Map.Entry<String, Integer>> frequent =
        Map.Entry.<String, Integer>comparingByValue().reversed();
    return new ArrayList<>(counts.entrySet())
        .stream().sorted(frequent.thenComparing(Map.Entry.comparingByKey())).map(Map.Entry::getKey);
  }

  @Override
  public VqaNetwork create(ModelFiles files, Backend backend) {
    return new VqaNetwork(backend, files.config(VqaConfig.class), true);
  }

  @Override
  public void initialize(VqaNetwork model, long seed) {
    model.initialize(seed);
  }

  @Override
  public Examples examples(VqaNetwork model, ModelFiles files) {
    VqaConfig config = model.config();
    Vocabulary vocabulary = files.vocabulary(ModelFiles.VOCABULARY, config.vocabulary());
    List<String> labels = files.labels(config.answers());
    VqaData learned = VqaData.answerable(training, config, vocabulary, labels);
    VqaData heldOut =
        validation == null
            ? null
            : VqaData.of(validation, config, vocabulary, labels).requireAnswerable();
    return new VqaExamples(model, learned, heldOut);
  }
}
