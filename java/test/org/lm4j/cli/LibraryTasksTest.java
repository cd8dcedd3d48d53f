package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.InputException;
import org.lm4j.data.FeatureFiles;
import org.lm4j.data.Features;
import org.lm4j.task.caption.Captioner;
import org.lm4j.task.classify.TextClassifier;
import org.lm4j.task.embed.KeyedVectors;
import org.lm4j.task.embed.WordVectors;
import org.lm4j.task.net.ImageClassifier;
import org.lm4j.task.seq2seq.Seq2Seq;
import org.lm4j.task.seq2seq.Seq2SeqGenerator;
import org.lm4j.task.tag.Tagger;
import org.lm4j.task.vqa.Vqa;
import org.lm4j.tensor.Tensor;

/** The library's entry points of the other tasks give what the commands print. */
class LibraryTasksTest {
  @TempDir private Path folder;

  @Test
  void tags() throws IOException {
    Path corpus = write("tags.txt", "a O\nb-s B-T\nc I-T\nend O\n\nc O\nb-s B-T\n\n".repeat(9));
    train("tag", "--corpus", corpus, "--word-embedding", 6, "--char-hidden", 4);
    String printed =
        Commands.output("tag", "tag", "--model", in("model"), write("text", "b-s c a\n") + "");
    try (Tagger tagger = Tagger.load(folder.resolve("model"))) {
      List<String> words = List.of("b-s", "c", "a");
      List<String> tags = tagger.tag(words);
      String lines =
          IntStream.range(0, 3)
              .mapToObj(i -> words.get(i) + " " + tags.get(i) + "\n")
              .reduce("", String::concat);
      assertThat(lines + "\n").isEqualTo(printed);
      assertThat(tagger.tags()).containsAll(tags);
      assertThat(tagger.tagAll(List.of(List.of(), words))).containsExactly(List.of(), tags);
      assertThatThrownBy(() -> tagger.tag(List.of("two words"))).isInstanceOf(InputException.class);
    }
    Tagger closed = Tagger.load(folder.resolve("model"));
    closed.close();
    assertThatThrownBy(() -> closed.tag(List.of("c"))).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void classifies() throws IOException {
    Path corpus = write("texts.tsv", "good\tnice and fine\nbad\tnot so nice\n".repeat(9));
    train("classify", "--corpus", corpus, "--embedding", 6);
    String[] printed =
        Commands.output(
                "classify", "predict", "--model", in("model"), write("text", "so fine\n") + "")
            .split("\n", -1);
    try (TextClassifier classifier = TextClassifier.load(folder.resolve("model"))) {
      TextClassifier.Classification found = classifier.classify("so fine");
      assertThat(printed[0]).isEqualTo("class\t" + String.join("\t", classifier.labels()));
      StringBuilder line = new StringBuilder(found.label());
      found
          .probabilities()
          .values()
          .forEach(p -> line.append(String.format(Locale.ROOT, "\t%.4f", p)));
      assertThat(line).hasToString(printed[1]);
      assertThat(found.probability()).isBetween(0.5, 1.0);
      assertThat(found.probabilities().values().stream().mapToDouble(p -> p).sum())
          .isCloseTo(1, within(1e-12));
      assertThatThrownBy(() -> classifier.classify(" \n")).isInstanceOf(InputException.class);
    }
    TextClassifier closed = TextClassifier.load(folder.resolve("model"));
    closed.close();
    assertThatThrownBy(() -> closed.classify("fine")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void translates() throws IOException {
    Path corpus = write("pairs.tsv", "abc\tCBA\nba\tAB\ncab\tBAC\nb\tB\n".repeat(5));
    train("seq2seq", "--corpus", corpus, "--embedding", 6);
    String printed =
        Commands.output(
            "seq2seq",
            "translate",
            "--model",
            in("model"),
            write("text", "ab\ncba\n") + "",
            "--beam",
            "3",
            "--scores");
    try (Seq2Seq model = Seq2Seq.load(folder.resolve("model"))) {
      List<List<Seq2Seq.Translation>> found =
          model.translate(List.of("ab", "cba"), new Seq2SeqGenerator.Request(3, 0, 0));
      assertThat(found).allSatisfy(each -> assertThat(each).hasSize(3));
      String lines =
          found.stream()
              .map(List::getFirst)
              .map(t -> t.text() + String.format(Locale.ROOT, "\t%.6g\n", t.logProbability()))
              .reduce("", String::concat);
      assertThat(lines).isEqualTo(printed);
      assertThat(model.translate("ab"))
          .isEqualTo(
              model
                  .translate(List.of("ab"), Seq2SeqGenerator.Request.GREEDY)
                  .getFirst()
                  .getFirst()
                  .text());
      assertThatThrownBy(() -> model.translate("")).isInstanceOf(InputException.class);
    }
    Seq2Seq closed = Seq2Seq.load(folder.resolve("model"));
    closed.close();
    assertThatThrownBy(() -> closed.translate("ab")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void describesImagesAndAnswersQuestions() throws IOException {
    Commands.output("scenes", "--output", in("scenes"), "--count", "20");
    String features = in("scenes/train.npz");
    train(
        "caption",
        "--features",
        features,
        "--captions",
        in("scenes/train.captions.tsv"),
        "--embedding",
        6);
    String printed =
        Commands.output("caption", "generate", "--model", in("model"), "--features", features);
    try (Features images = FeatureFiles.read(Path.of(features));
        Captioner captioner = Captioner.load(folder.resolve("model"))) {
      List<String> captions = captioner.caption(images);
      String lines =
          IntStream.range(0, images.count())
              .mapToObj(i -> images.names().get(i) + "\t" + captions.get(i) + "\n")
              .reduce("", String::concat);
      assertThat(lines).isEqualTo(printed);
      assertThat(captioner.caption(first(images))).isEqualTo(captions.getFirst());
      assertThatThrownBy(() -> captioner.caption(1, 2))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("2 features");
      Captioner closed = Captioner.load(folder.resolve("model"));
      closed.close();
      assertThatThrownBy(() -> closed.caption(images)).isInstanceOf(IllegalStateException.class);
    }
    Path model = folder.resolve("vqa");
    String questions = in("scenes/train.questions.tsv");
    trainInto(model, "vqa", "--features", features, "--questions", questions);
    try (Features images = FeatureFiles.read(Path.of(features));
        Vqa vqa = Vqa.load(model)) {
      String image = images.names().getFirst();
      String question = "what colour is the square";
      String asked =
          Commands.output(
              "vqa",
              "ask",
              "--model",
              model.toString(),
              "--features",
              features,
              "--image",
              image,
              "--top",
              "1",
              question);
      Vqa.Answer answer = vqa.answer(images, image, question);
      assertThat(
              String.format(
                  Locale.ROOT, "%6.2f %%  %s%n", 100 * answer.probability(), answer.text()))
          .isEqualTo(asked);
      assertThat(vqa.answers()).contains(answer.text());
      assertThat(answer.attention()).isNotEmpty();
      assertThat(vqa.answer(first(images), question)).isEqualTo(answer);
      Vqa closed = Vqa.load(model);
      closed.close();
      assertThatThrownBy(() -> closed.answer(images, image, question))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  private static float[] first(Features images) {
    Tensor values = images.values().slice(0, 1);
    double[] numbers = values.toArray();
    float[] first = new float[numbers.length];
    for (int i = 0; i < first.length; i++) {
      first[i] = (float) numbers[i];
    }
    return first;
  }

  @Test
  void findsNeighboursOfWords() throws IOException {
    Path corpus = write("words.txt", "the cat sees a dog and the dog sees a cat\n".repeat(30));
    train("embed", "--corpus", corpus, "--dimension", 6, "--min-count", 1);
    String printed =
        Commands.output("embed", "nearest", "--model", in("model"), "--count", "3", "cat");
    try (WordVectors vectors = WordVectors.load(folder.resolve("model"))) {
      assertThat("cat\n" + lines(vectors.nearest("cat", 3))).isEqualTo(printed);
      assertThat(lines(vectors.analogy("the", "cat", "a", 5)))
          .isEqualTo(
              Commands.output("embed", "analogy", "--model", in("model"), "the", "cat", "a"));
      assertThat(vectors.vector("cat")).hasSize(6);
      assertThat(vectors.contains("bird")).isFalse();
      assertThatThrownBy(() -> vectors.nearest("bird", 1))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("'bird'");
    }
    WordVectors closed = WordVectors.load(folder.resolve("model"));
    closed.close();
    assertThatThrownBy(() -> closed.nearest("cat", 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  private static String lines(List<KeyedVectors.Neighbour> found) {
    return found.stream()
        .map(n -> String.format(Locale.ROOT, "  %.4f  %s%n", n.cosine(), n.word()))
        .reduce("", String::concat);
  }

  @Test
  void classifiesImages() throws IOException {
    Path images = folder.resolve("images");
    Path labels = folder.resolve("labels");
    writeImages(images, labels);
    train("net", "--images", images, "--labels", labels, "--epochs", 20, "--lr", 0.05);
    try (ImageClassifier classifier = ImageClassifier.load(folder.resolve("model"))) {
      assertThat(classifier.predict(new byte[] {-1, -1, -1, -1, 0, 0, 0, 5})).isZero();
      assertThat(classifier.predict(new byte[] {0, 0, 0, 5, -1, -1, -1, -1})).isEqualTo(1);
      byte[] image = {0, 0, 0, 5, -1, -1, -1, -1};
      List<double[]> scores = classifier.scores(List.of(image, new byte[8], image));
      assertThat(scores).hasSize(3);
      assertThat(scores.get(2)).containsExactly(scores.get(0));
      assertThatThrownBy(() -> classifier.predict(new byte[3])).isInstanceOf(InputException.class);
    }
    ImageClassifier closed = ImageClassifier.load(folder.resolve("model"));
    closed.close();
    assertThatThrownBy(() -> closed.predict(new byte[8])).isInstanceOf(IllegalStateException.class);
  }

  /** Writes pictures of which one row is bright, the upper or the lower one: that is the class. */
  static void writeImages(Path images, Path labels) throws IOException {
    int count = 60;
    ByteBuffer pixels = ByteBuffer.allocate(16 + count * 8);
    pixels.put(new byte[] {0, 0, 8, 3}).putInt(count).putInt(2).putInt(4);
    ByteBuffer classes = ByteBuffer.allocate(8 + count);
    classes.put(new byte[] {0, 0, 8, 1}).putInt(count);
    for (int i = 0; i < count; i++) {
      classes.put((byte) (i % 2));
      pixels.putInt(i % 2 == 0 ? -1 : i).putInt(i % 2 == 0 ? i : -1);
    }
    Files.write(images, pixels.array());
    Files.write(labels, classes.array());
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private String in(String name) {
    return folder.resolve(name).toString();
  }

  private void train(String task, Object... options) {
    trainInto(folder.resolve("model"), task, options);
  }

  private static void trainInto(Path model, String task, Object... options) {
    List<String> arguments =
        new ArrayList<>(List.of(task, "train", "--model", model.toString(), "--batch", "4"));
    if (!task.equals("embed")) {
      arguments.addAll(List.of("--hidden", "8"));
    }
    List<String> given = Arrays.stream(options).map(Object::toString).toList();
    if (!given.contains("--epochs")) {
      arguments.addAll(List.of("--epochs", "2"));
    }
    arguments.addAll(given);
    Commands.Outcome outcome = Commands.lm(arguments.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }
}
