package org.lm4j.task.classify;

import java.util.Comparator;
import java.util.List;
import org.lm4j.metric.Calibration;
import org.lm4j.metric.ConfusionMatrix;
import org.lm4j.train.TrainingTask;

/**
 * The answers of a classifier to texts of known classes: loss and accuracy, confusions, calibration
 * of the probabilities, and the errors of which it was most certain.
 */
public final class TextClassifierEvaluation {
  private final TrainingTask.Validation score;
  private final ConfusionMatrix confusion;
  private final Calibration calibration;
  private final List<Answer> answers;

  /**
   * The answer to a text.
   *
   * @param text its index
   * @param actual its class
   * @param predicted the most probable class
   * @param probability of that class
   */
  public record Answer(int text, int actual, int predicted, double probability) {
    /** Returns whether the answer is correct. */
    public boolean isCorrect() {
      return actual == predicted;
    }
  }

  private TextClassifierEvaluation(
      TrainingTask.Validation score,
      ConfusionMatrix confusion,
      Calibration calibration,
      List<Answer> answers) {
    this.score = score;
    this.confusion = confusion;
    this.calibration = calibration;
    this.answers = answers;
  }

  /**
   * Classifies texts, at least one, and compares with their classes.
   *
   * @param texts all of known classes
   * @throws org.lm4j.compute.BackendException if the loss is not a finite number
   */
  public static TextClassifierEvaluation of(
      TextClassifierNetwork classifier, TextClassifierText texts) {
    ConfusionMatrix confusion = new ConfusionMatrix(classifier.config().classes());
    Calibration calibration = new Calibration();
    Answer[] answers = new Answer[texts.size()];
    TrainingTask.Validation score =
        TextClassifierScorer.score(
                classifier,
                texts,
                (text, probabilities) -> {
                  int predicted = TextClassifierScorer.highest(probabilities);
                  int actual = texts.label(text);
                  confusion.add(actual, predicted);
                  answers[text] = new Answer(text, actual, predicted, probabilities[predicted]);
                })
            .checked();
    for (Answer answer : answers) {
      calibration.add(answer.probability(), answer.isCorrect());
    }
    return new TextClassifierEvaluation(score, confusion, calibration, List.of(answers));
  }

  /** Returns loss and accuracy. */
  public TrainingTask.Validation score() {
    return score;
  }

  /** Returns how often each class was predicted as each other one. */
  public ConfusionMatrix confusion() {
    return confusion;
  }

  /** Returns how far the probabilities of the answers can be trusted. */
  public Calibration calibration() {
    return calibration;
  }

  /** Returns all answers, in the order of the texts. */
  public List<Answer> answers() {
    return answers;
  }

  /**
   * Returns wrong answers, the most probable first, those of equal probability in the order of the
   * texts.
   *
   * @param most the number of answers at most
   */
  public List<Answer> confidentErrors(int most) {
    return answers.stream()
        .filter(answer -> !answer.isCorrect())
        .sorted(Comparator.comparingDouble(answer -> -answer.probability()))
        .limit(most)
        .toList();
  }
}
