package org.lm4j.model;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.ForeignFiles;

/** The kind of a model in a folder. */
public enum ModelKind {
  /** A language model, which predicts the next token. Its {@code config.json} names no kind. */
  LANGUAGE_MODEL("", "a language model", "lm train"),
  /** An n-gram model, which predicts the next token from the last few. */
  NGRAM("ngram", "an n-gram model", "lm ngram train"),
  /** A two-layer net, which classifies pictures. */
  NET("net", "a two-layer net", "lm net train"),
  /** A captioner, which describes images. */
  CAPTION("caption", "a captioner", "lm caption train"),
  /** A model that answers questions about images. */
  VQA("vqa", "a model that answers questions about images", "lm vqa train"),
  /** A tagger, which tags the words of sentences. */
  TAGGER("tagger", "a tagger", "lm tag train"),
  /** A text classifier. */
  CLASSIFIER("classifier", "a classifier of texts", "lm classify train"),
  /** Word vectors, trained on the contexts of words. */
  EMBEDDINGS("embeddings", "word vectors", "lm embed train"),
  /** A translator, which translates one line into another. */
  TRANSLATOR("seq2seq", "a translator", "lm seq2seq train");

  private final String label;
  private final String words;
  private final String maker;

  ModelKind(String label, String words, String maker) {
    this.label = label;
    this.words = words;
    this.maker = maker;
  }

  /** Returns the value of {@code kind} in {@code config.json}; empty for a language model. */
  public String label() {
    return label;
  }

  /** Returns its name in words, with the article. */
  public String words() {
    return words;
  }

  /** Returns the command that makes one. */
  public String maker() {
    return maker;
  }

  /**
   * Returns the kind of the model in a folder.
   *
   * @throws InputException if there is no readable configuration, or its kind is unknown
   */
  public static ModelKind of(Path folder) {
    Path file = folder.resolve(ModelFiles.CONFIG);
    if (!Files.isRegularFile(ModelFiles.group(folder).locate(ModelFiles.CONFIG))) {
      String foreign = ForeignFiles.notModelFolder(folder);
      throw new InputException(
          foreign != null
              ? foreign
              : Files.isDirectory(folder)
                  ? folder + " is not a model folder: it has no " + ModelFiles.CONFIG
                  : "there is no model folder " + folder);
    }
    String label;
    try {
      label = ModelFiles.fields(folder).getOrDefault("kind", "");
    } catch (InputException e) {
      String foreign = ForeignFiles.notModelFolder(folder);
      throw foreign == null ? e : new InputException(foreign, e);
    }
    ModelKind known = labelled(label);
    if (known == null) {
      throw new InputException(
          file + " is of kind '" + label + "', which this version of lm4j does not know");
    }
    return known;
  }

  private static @Nullable ModelKind labelled(String label) {
    for (ModelKind kind : values()) {
      if (kind.label.equals(label)) {
        return kind;
      }
    }
    return null;
  }

  /**
   * Checks the kind a configuration names.
   *
   * @throws IllegalArgumentException if it is not this one
   */
  public void require(String named) {
    if (!label.equals(named)) {
      throw new IllegalArgumentException(
          "the kind of model is '" + named + "', not '" + label + "'");
    }
  }
}
