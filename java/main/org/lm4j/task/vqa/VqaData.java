package org.lm4j.task.vqa;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.data.Features;
import org.lm4j.nn.SoftmaxOutput;
import org.lm4j.nn.Workspaces;
import org.lm4j.task.caption.CaptionWords;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.token.Sha256;
import org.lm4j.train.Unit;
import org.lm4j.train.batch.BatchTask;

/** Questions as one model reads them: ids of words, row of the image, number of the answer. */
public final class VqaData {
  /** The largest number of words of a question. */
  public static final int MOST_WORDS = 500;

  private static final Unit QUESTIONS = new Unit("questions", false);

  private final Features features;
  private final String name;
  private final List<Question> questions = new ArrayList<>();
  private final List<int[]> words = new ArrayList<>();
  private final List<Integer> images = new ArrayList<>();
  private final List<Integer> answers = new ArrayList<>();

  /**
   * The files of questions and of features.
   *
   * @param features of the images, with their names: an array {@code (N, F)} or a grid {@code (N,
   *     G, F)}, see {@link org.lm4j.data.FeatureFiles}
   * @param questions lines of image, question and answer, with tabs between them
   */
  public record Files(Path features, Path questions) {}

  /**
   * Questions and their images, as read from files.
   *
   * @param features the features, which the caller closes
   * @param name the name of the questions in messages, such as a path
   */
  public record Source(Features features, List<Question> questions, String name) {
    /** Copies the list. */
    public Source {
      questions = List.copyOf(questions);
    }
  }

  private VqaData(Source source, VqaConfig config) {
    this.features = source.features();
    this.name = source.name();
    features.requireForm(config.grid(), config.image().features());
  }

  /**
   * Returns all questions of a source. An answer the model cannot give has the number {@link
   * SoftmaxOutput#IGNORE}.
   *
   * @param labels the answers the model can give, in the order of its scores
   * @throws InputException if an image has no features, features have another form than the
   *     model's, or a question has no words or too many
   */
  public static VqaData of(
      Source source, VqaConfig config, Vocabulary vocabulary, List<String> labels) {
    VqaData set = new VqaData(source, config);
    Map<String, Integer> numbers = HashMap.newHashMap(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      numbers.put(labels.get(i), i);
    }
    for (Question question : source.questions()) {
      set.add(
          question,
          ids(question, vocabulary),
          numbers.getOrDefault(question.answer(), SoftmaxOutput.IGNORE));
    }
    return set;
  }

  /**
   * Returns the questions of a source whose answers the model knows, for training.
   *
   * @throws InputException as {@link #of}, or if there are none
   */
  static VqaData answerable(
      Source source, VqaConfig config, Vocabulary vocabulary, List<String> labels) {
    VqaData all = of(source, config, vocabulary, labels);
    VqaData set = new VqaData(source, config);
    for (int i = 0; i < all.count(); i++) {
      if (all.answer(i) != SoftmaxOutput.IGNORE) {
        set.add(all.question(i), all.words(i), all.answer(i));
      }
    }
    return set.requireAnswerable();
  }

  /**
   * Requires that the model knows the answer of at least one question, and returns this.
   *
   * @throws InputException if it cannot
   */
  VqaData requireAnswerable() {
    if (answers.stream().allMatch(answer -> answer == SoftmaxOutput.IGNORE)) {
      throw new InputException(name + " has no question whose answer the model knows");
    }
    return this;
  }

  private void add(Question question, int[] ids, int answer) {
    questions.add(question);
    words.add(ids);
    images.add(features.row(question.image(), question.place()));
    answers.add(answer);
  }

  /**
   * Returns the words of a question, at least one.
   *
   * @throws InputException if there are none or too many, with its place
   */
  static List<String> wordsOf(Question question) {
    List<String> split = CaptionWords.of(question.text());
    if (split.isEmpty() || split.size() > MOST_WORDS) {
      throw new InputException(
          split.isEmpty()
              ? question.place() + ": the question '" + question.text() + "' has no words"
              : question.place()
                  + ": the question has "
                  + split.size()
                  + " words; at most "
                  + MOST_WORDS
                  + " are read");
    }
    return split;
  }

  /** Returns the words of a question that the vocabulary lacks, each once. */
  public static List<String> unknownWords(Question question, Vocabulary vocabulary) {
    return wordsOf(question).stream().filter(w -> !vocabulary.contains(w)).distinct().toList();
  }

  private static int[] ids(Question question, Vocabulary vocabulary) {
    return wordsOf(question).stream()
        .mapToInt(word -> vocabulary.contains(word) ? vocabulary.id(word) : vocabulary.unknown())
        .toArray();
  }

  /** Returns the number of questions. */
  public int count() {
    return questions.size();
  }

  /** Returns the name of the questions in messages. */
  public String name() {
    return name;
  }

  /** Returns question {@code i} as it was read. */
  public Question question(int i) {
    return questions.get(i);
  }

  /** Returns the ids of the words of question {@code i}. */
  int[] words(int i) {
    return words.get(i);
  }

  /**
   * Returns the number of the answer to question {@code i}, {@link SoftmaxOutput#IGNORE} for one
   * that the model cannot give.
   */
  public int answer(int i) {
    return answers.get(i);
  }

  /** Returns the image features of question {@code i}, (1, G, F) or (1, F). A view. */
  Tensor image(int i) {
    return features.values().slice(images.get(i), 1);
  }

  /** Returns the number of features of an image. */
  int numbersOfImage() {
    return Math.multiplyExact(features.cells(), features.width());
  }

  /**
   * Returns the identity of the training and validation data, which a resumed run checks: a hash of
   * words, answers, and image features, in order.
   *
   * @param validation null if there are none
   */
  BatchTask.Data known(@Nullable VqaData validation) {
    return new BatchTask.Data(
        QUESTIONS, name, hash(), validation == null ? null : validation.hash());
  }

  private String hash() {
    Sha256 digest = new Sha256();
    for (int i = 0; i < count(); i++) {
      digest.add(images.get(i)).add(answer(i)).add(words(i).length).add(words(i));
    }
    images.stream()
        .distinct()
        .forEach(row -> digest.add(features.values().slice(row, 1).segment().asByteBuffer()));
    return digest.hex();
  }

  /** Loads questions and their images into batches. Owns the host memory for the transfer. */
  static final class Loader implements AutoCloseable {
    private final VqaData set;
    private final Workspaces<Integer, Tensor> hosts; // by number of questions

    Loader(VqaData set) {
      this.set = set;
      this.hosts = new Workspaces<>(this::host, host -> host.storage().close());
    }

    private Tensor host(int questions) {
      Shape shape = Shape.of(questions, set.numbersOfImage());
      return new Tensor(new HostStorage(4 * shape.size()), 0, shape, DType.F32);
    }

    /** Returns the number of words of the longest of some questions. */
    int longest(int[] questions) {
      return Arrays.stream(questions).map(i -> set.words(i).length).max().orElseThrow();
    }

    /** Loads as many questions as {@code batch} holds; it must be prepared for their lengths. */
    void load(int[] questions, VqaBatch batch) {
      Tensor host = hosts.of(questions.length);
      int[][] words = new int[questions.length][];
      int[] answers = new int[questions.length];
      for (int i = 0; i < questions.length; i++) {
        words[i] = set.words(questions[i]);
        answers[i] = set.answer(questions[i]);
        MemorySegment.copy(
            set.image(questions[i]).segment(),
            0,
            host.slice(i, 1).segment(),
            0,
            4L * set.numbersOfImage());
      }
      batch.load(words, host, answers);
    }

    @Override
    public void close() {
      hosts.close();
    }
  }
}
