package org.lm4j.task.classify;

import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.compute.RandomKey;
import org.lm4j.text.token.Sha256;
import org.lm4j.train.Unit;
import org.lm4j.train.batch.BatchTask;
import org.lm4j.train.batch.EpochOrder;

/**
 * The texts of a training run.
 *
 * @param training the training set, with at least one text of each class
 * @param validation the validation set, by which the weights are chosen; may be empty
 * @param test the test set, on which the chosen weights are evaluated; may be empty
 * @param name the name of the texts in messages
 */
public record TextClassifierData(
    List<LabelledText> training,
    List<LabelledText> validation,
    List<LabelledText> test,
    String name) {
  private static final Unit TEXTS = new Unit("texts", false);
  private static final int SITE_SPLIT = 1 << 17;
  private static final long BEFORE_TRAINING = -1;

  /**
   * Draws a test set and a validation set at random by the seed, the same fraction of each class.
   *
   * @param valid the fraction of the texts not in the test set that is held out for validation, in
   *     [0, 1)
   * @param test the fraction in the test set, in [0, 1)
   * @throws InputException if there are fewer than two classes, or none of a class is left to train
   *     on
   */
  public static TextClassifierData draw(LabelledTexts texts, double valid, double test, long seed) {
    List<String> labels = texts.labels();
    if (labels.size() < 2) {
      throw new InputException(
          "%s holds texts of one class only, '%s'; two are needed"
              .formatted(texts.source(), labels.getFirst()));
    }
    List<LabelledText> trained = new ArrayList<>();
    List<LabelledText> held = new ArrayList<>();
    List<LabelledText> aside = new ArrayList<>();
    RandomKey key = new RandomKey(seed, BEFORE_TRAINING);
    int site = SITE_SPLIT;
    for (String label : labels) {
      List<LabelledText> own =
          texts.all().stream().filter(text -> text.label().equals(label)).toList();
      int toTest = (int) Math.round(test * own.size());
      int toValid = (int) Math.round(valid * (own.size() - toTest));
      if (toTest + toValid == own.size()) {
        throw new InputException(
            "%s holds %d texts of class '%s': with %d held out there is none to train on"
                .formatted(texts.source(), own.size(), label, own.size()));
      }
      int[] order = EpochOrder.shuffled(own.size(), key, site++);
      for (int i = 0; i < order.length; i++) {
        List<LabelledText> part = i < toTest ? aside : i < toTest + toValid ? held : trained;
        part.add(own.get(order[i]));
      }
    }
    return new TextClassifierData(trained, held, aside, texts.source());
  }

  /** Returns the labels in the order of their names. */
  public List<String> labels() {
    return training.stream().map(LabelledText::label).distinct().sorted().toList();
  }

  /** Returns the identity of the data, which a resumed run checks. */
  BatchTask.Data known() {
    String heldOut = validation.isEmpty() ? null : hash(validation);
    return new BatchTask.Data(TEXTS, name, hash(training), heldOut);
  }

  private static String hash(List<LabelledText> texts) {
    Sha256 digest = new Sha256();
    texts.forEach(text -> digest.add(text.label() + "\t" + text.text() + "\n"));
    return digest.hex();
  }
}
