package org.lm4j.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.lm4j.InputException;
import org.lm4j.io.Json;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.subword.SubwordTokenizer;

/** The files of a model's lists: tokens, labels, and values of features, in the order of ids. */
final class ListFile {
  private ListFile() {}

  /** The file format of a list of tokens. */
  private record VocabularyFile(String level, List<String> tokens) {}

  /** The file format of a list of labels. */
  private record LabelsFile(List<String> labels) {}

  /** The file format of the values of features. */
  private record FeaturesFile(List<List<String>> features) {}

  /** Writes tokens, see {@link ModelFiles#saveVocabulary}. */
  static void saveVocabulary(ModelFiles files, String name, Vocabulary vocabulary) {
    VocabularyFile content = new VocabularyFile(vocabulary.level().label(), vocabulary.tokens());
    if (vocabulary.level() == Level.SUBWORD) { // first: nobody reads it without the tokens
      files.save(ModelFiles.TOKENIZER, file -> Json.write(file, vocabulary.tokenizer().json()));
    }
    files.save(name, file -> Json.write(file, content));
  }

  /** Reads tokens, see {@link ModelFiles#vocabulary}. */
  static Vocabulary vocabulary(ModelFiles files, String name, int size) {
    files.require(name);
    Path path = files.path().resolve(name);
    VocabularyFile file = files.read(name, VocabularyFile.class);
    requireSize(files, path, file.tokens.size(), size);
    try {
      if (Level.of(file.level) == Level.SUBWORD) {
        return subwords(files, file.tokens);
      }
      return Vocabulary.of(Level.of(file.level), file.tokens);
    } catch (IllegalArgumentException | InputException e) {
      throw new InputException(path + ": " + e.getMessage(), e);
    }
  }

  private static Vocabulary subwords(ModelFiles files, List<String> tokens) {
    files.require(ModelFiles.TOKENIZER);
    Path file = files.path().resolve(ModelFiles.TOKENIZER);
    SubwordTokenizer tokenizer =
        TokenizerFile.parse(files.read(ModelFiles.TOKENIZER), file.toString());
    if (!tokenizer.tokens().equals(tokens)) {
      throw new InputException("its tokens are not those of " + file);
    }
    return Vocabulary.of(tokenizer);
  }

  /** Writes labels. */
  static void saveLabels(ModelFiles files, List<String> labels) {
    files.save(ModelFiles.LABELS, file -> Json.write(file, new LabelsFile(labels)));
  }

  /** Reads labels, see {@link ModelFiles#labels}. */
  static List<String> labels(ModelFiles files, int size) {
    files.require(ModelFiles.LABELS);
    Path path = files.path().resolve(ModelFiles.LABELS);
    List<String> labels = files.read(ModelFiles.LABELS, LabelsFile.class).labels;
    requireSize(files, path, labels.size(), size);
    return labels;
  }

  /** Writes the values of features. */
  static void saveFeatures(ModelFiles files, List<Vocabulary> features) {
    FeaturesFile content = new FeaturesFile(features.stream().map(Vocabulary::tokens).toList());
    files.save(ModelFiles.FEATURES, file -> Json.write(file, content));
  }

  /** Reads the values of features, see {@link ModelFiles#features}. */
  static List<Vocabulary> features(ModelFiles files, List<Integer> sizes) {
    files.require(ModelFiles.FEATURES);
    Path path = files.path().resolve(ModelFiles.FEATURES);
    List<List<String>> lists = files.read(ModelFiles.FEATURES, FeaturesFile.class).features;
    requireSize(files, path, lists.size(), sizes.size());
    List<Vocabulary> features = new ArrayList<>();
    for (int i = 0; i < sizes.size(); i++) {
      requireSize(files, path, lists.get(i).size(), sizes.get(i));
      try {
        features.add(Vocabulary.of(Level.WORD, lists.get(i)));
      } catch (InputException e) {
        throw new InputException(path + ": " + e.getMessage(), e);
      }
      if (features.getLast().unknown() != 0) {
        throw new InputException(path + ": a list does not begin with " + Vocabulary.UNKNOWN);
      }
    }
    return features;
  }

  private static void requireSize(ModelFiles files, Path path, int found, int size) {
    if (found != size) {
      throw new InputException(
          "%s holds %d entries, but %s specifies %d".formatted(path, found, files.config(), size));
    }
  }
}
