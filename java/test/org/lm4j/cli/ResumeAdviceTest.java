package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.lm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** Tests that the command which a training run prints for continuing does continue it. */
@Tag("slow")
class ResumeAdviceTest {
  private static final Pattern ADVICE = Pattern.compile("continue with: lm (.*) --epochs N");

  @TempDir private Path folder;

  private String in(String name) {
    return folder.resolve(name).toString();
  }

  private String write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  /** Trains to the end, asks to continue, and does what is then said. */
  private void goesOn(String kind, List<String> data, String... shape) throws Exception {
    Need.SHELL.executable("/bin/sh");
    List<String> first = new ArrayList<>(List.of(kind, "train", "--model", in("it's " + kind)));
    first.addAll(data);
    List<String> resumed = new ArrayList<>(first);
    resumed.add("--resume");
    first.addAll(List.of("--epochs", "0.1", "--batch", "4", "--device", "reference"));
    first.addAll(List.of(shape));
    Commands.Outcome trained = lm(first.toArray(String[]::new));
    assertThat(trained.code()).as(trained.err()).isZero();

    Commands.Outcome done = lm(resumed.toArray(String[]::new));
    Matcher advice = ADVICE.matcher(done.err());
    assertThat(advice.find()).as(done.err()).isTrue();
    List<String> same = new ArrayList<>(first);
    same.add("--resume"); // with all that it began with, the model's shape and the words' counts
    Commands.Outcome repeated = lm(same.toArray(String[]::new));
    assertThat(repeated.code()).as(repeated.err()).isZero();
    if (first.contains("--min-count")) {
      same.set(same.indexOf("--min-count") + 1, "3");
      Commands.assertRefused(lm(same.toArray(String[]::new)), "--resume", "--min-count");
    }
    Commands.Outcome again = lm(words(advice.group(1) + " --epochs 0.1").toArray(String[]::new));
    assertThat(again.code()).as(advice.group() + ": " + again.err()).isZero();
    assertThat(again.err()).contains("nothing left to do", advice.group());
  }

  /** Splits a command as a shell does. */
  private static List<String> words(String command) throws Exception {
    Process shell =
        new ProcessBuilder("/bin/sh", "-c", "printf '%s\\n' " + command)
            .redirectErrorStream(true)
            .start();
    List<String> words = new String(shell.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(shell.waitFor()).isZero();
    return words;
  }

  @Test
  void classifying() throws Exception {
    String one = write("good one's", "fine\nwell\n".repeat(20));
    String two = write("bad", "poor\nill\n".repeat(20));
    goesOn(
        "classify",
        List.of("--files", "a=" + one, "b=" + two, "--test-fraction", "0.1"),
        "--hidden",
        "4",
        "--min-count",
        "1");
  }

  @Test
  void tagging() throws Exception {
    String corpus = write("train.txt", "a B-X\nb O\n\nb O\n\n".repeat(20));
    String vectors = write("vectors.txt", "a 1 2\nb 3 4\n");
    goesOn(
        "tag",
        List.of("--corpus", corpus, "--valid-fraction", "0.2"),
        "--hidden",
        "4",
        "--min-count",
        "1",
        "--embeddings",
        vectors,
        "--freeze-embeddings");
  }

  @Test
  void translating() throws Exception {
    String corpus = write("pairs.tsv", "ab\tba\nabc\tcba\n".repeat(20));
    goesOn(
        "seq2seq",
        List.of("--corpus", corpus, "--max-length", "10"),
        "--hidden",
        "4",
        "--min-count",
        "2");
  }

  @Test
  void pictures() throws Exception {
    Random random = new Random(1);
    byte[] pictures = new byte[30 * 3073];
    random.nextBytes(pictures);
    for (int i = 0; i < 30; i++) {
      pictures[i * 3073] = (byte) (i % 10);
    }
    Path one = Files.write(folder.resolve("batch 1.bin"), pictures);
    Path two = Files.write(folder.resolve("batch 2.bin"), pictures);
    goesOn("net", List.of("--cifar", one.toString(), two.toString(), "--valid-count", "5"));
  }

  @Test
  void captionsAndQuestions() throws Exception {
    Commands.output("scenes", "--output", in("scenes"), "--count", "16");
    List<String> features = List.of("--features", in("scenes/train.npz"));
    List<String> captions = new ArrayList<>(features);
    captions.addAll(List.of("--captions", in("scenes/train.captions.tsv")));
    captions.addAll(List.of("--valid-features", in("scenes/valid.npz")));
    captions.addAll(List.of("--valid-captions", in("scenes/valid.captions.tsv")));
    goesOn("caption", captions, "--hidden", "4", "--embedding", "4", "--min-count", "2");
    List<String> questions = new ArrayList<>(features);
    questions.addAll(List.of("--questions", in("scenes/train.questions.tsv")));
    questions.addAll(List.of("--valid-features", in("scenes/valid.npz")));
    questions.addAll(List.of("--valid-questions", in("scenes/valid.questions.tsv")));
    goesOn(
        "vqa",
        questions,
        "--hidden",
        "4",
        "--embedding",
        "4",
        "--min-count",
        "2",
        "--top-answers",
        "5");
  }

  @Test
  void theTextOfVectorsIsKeptWithThem() throws Exception {
    String corpus = write("corpus.txt", "the cat sat on the mat\n".repeat(100));
    goesOn(
        "embed",
        List.of("--corpus", corpus),
        "--dimension",
        "4",
        "--min-count",
        "2",
        "--vocab-size",
        "100",
        "--valid-fraction",
        "0.1",
        "--window",
        "2");
    assertThat(Commands.output("embed", "train", "--help")).doesNotContain("named again");
    assertThat(Commands.output("tag", "train", "--help")).contains("named again");
  }
}
