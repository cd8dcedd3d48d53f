package org.lm4j.task.classify;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.lm4j.InputException;
import org.lm4j.compute.Backend;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;
import org.lm4j.train.Examples;
import org.lm4j.train.RunSetup;

/**
 * A classifier that is to learn from texts.
 *
 * @param config of a new run; one that is continued has its own
 * @param vocabulary likewise
 * @param labels likewise
 * @param firstWords fills the embeddings of words of a new run, or leaves them as they were drawn
 */
public record TextClassifierSetup(
    TextClassifierConfig config,
    Vocabulary vocabulary,
    List<String> labels,
    TextClassifierData data,
    BiConsumer<Backend, Tensor> firstWords)
    implements RunSetup<TextClassifierNetwork> {
  private static final int MOST_NAMED = 10; // labels in a message

  @Override
  public ModelKind kind() {
    return ModelKind.CLASSIFIER;
  }

  @Override
  public void describe(ModelFiles files) {
    files.saveConfig(config);
    files.saveVocabulary(ModelFiles.VOCABULARY, vocabulary);
    files.saveLabels(labels);
  }

  @Override
  public TextClassifierNetwork create(ModelFiles files, Backend backend) {
    return new TextClassifierNetwork(backend, files.config(TextClassifierConfig.class), true);
  }

  @Override
  public void initialize(TextClassifierNetwork model, long seed) {
    model.initialize(seed);
    firstWords.accept(model.backend(), model.parameters().get(TextClassifierNetwork.WORDS).value());
  }

  @Override
  public Examples examples(TextClassifierNetwork model, ModelFiles files) {
    return new TextClassifierExamples(
        model,
        encode(vocabulary, labels, data.training()),
        encode(vocabulary, labels, data.validation()),
        data);
  }

  /**
   * Texts as a classifier reads them.
   *
   * @throws InputException if one has a label that is none of {@code labels}
   */
  public static TextClassifierText encode(
      Vocabulary vocabulary, List<String> labels, List<LabelledText> texts) {
    TextClassifierText encoded = new TextClassifierText(vocabulary);
    Map<String, Integer> numbers = HashMap.newHashMap(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      numbers.putIfAbsent(labels.get(i), i);
    }
    for (LabelledText text : texts) {
      Integer label = numbers.get(text.label());
      if (label == null) {
        String hint =
            labels.contains(text.text())
                ? "; the columns seem to be swapped, a line is label<TAB>text"
                : text.place().endsWith(", line 1") ? "; remove the line if it is a header" : "";
        throw new InputException(
            "%s: the label '%s' is none of those the model has learned: %s%s"
                .formatted(text.place(), text.label(), some(labels), hint));
      }
      encoded.add(text.text(), label);
    }
    return encoded;
  }

  /** Labels for a message: not more than can be read. */
  private static String some(List<String> labels) {
    return labels.size() <= MOST_NAMED
        ? String.join(", ", labels)
        : "%s and %,d more"
            .formatted(
                String.join(", ", labels.subList(0, MOST_NAMED)), labels.size() - MOST_NAMED);
  }
}
