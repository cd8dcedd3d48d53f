package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.frame.ExitCodes;

/** Runs that continue where something has changed meanwhile, and what else must not go unsaid. */
@Tag("slow")
class GoingOnTest {
  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
  }

  private Commands.Outcome resume(String options) {
    String command = "train --resume --device reference --sample 0 --model " + model + " ";
    return lm((command + options).split(" ", -1));
  }

  @Test
  void aLostValidationTextIsReported() throws IOException {
    assertThat(train(corpus, model).code()).isZero();
    byte[] best = Files.readAllBytes(model.resolve("model.safetensors"));
    Files.delete(model.resolve("valid.tokens"));
    assertRefused(resume("--steps 9"), "held-out data are not those", "--force");
    assertThat(model.resolve("model.safetensors")).hasBinaryContent(best);
  }

  /** The losses of weights that are gone are no measure for those to come. */
  @Test
  void bestWeightsThatAreLostAreFoundAnew() throws IOException {
    assertThat(train(corpus, model).code()).isZero();
    Path weights = model.resolve("model.safetensors");
    Files.write(weights, new byte[] {1, 2, 3});
    Commands.Outcome damaged = resume("--steps 6 --learning-rate 5");
    assertThat(damaged.code()).isEqualTo(2);
    assertThat(damaged.err()).contains("model.safetensors is damaged", "or delete it to continue");
    Files.delete(weights);
    Commands.Outcome outcome = resume("--steps 6 --learning-rate 5");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("model.safetensors is missing: the best weights so far");
    assertThat(outcome.err()).contains("best so far, kept");
    assertThat(lm("info", model.toString()).code()).isZero();
    assertThat(Files.size(weights)).isGreaterThan(100);
  }

  /** Tests a model folder such as import makes. */
  @Test
  void weightsWithoutARunAreThereToBeginFrom() throws IOException {
    assertThat(train(corpus, model).code()).isZero();
    Files.delete(model.resolve("checkpoint.safetensors"));
    assertRefused(resume("--steps 9"), "no run to resume", "--init-from " + model);
    assertRefused(train(corpus, model), "already holds a model: begin with", "--init-from");
  }

  @Test
  void timeThatIsSpentIsSaidToBe() {
    String[] options = {"--time", "1s", "--steps", "100000000"};
    assertThat(train(corpus, model, options).code()).isZero();
    Commands.Outcome outcome = resume("--time 1s --steps 100000000");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err())
        .contains("nothing left to do: of the 1s that it may take, all runs together, ");
    assertThat(train(corpus, model, "--steps", "20", "--force").code()).isZero();
    assertThat(resume("--steps 20").err())
        .contains("nothing left to do: the run has done 20 steps, as many as it is to do");
  }

  @Test
  void momentumThatNeedsOtherMomentsIsRefused() {
    String[] options = {"--optimizer", "momentum", "--momentum", "0"};
    assertThat(train(corpus, model, options).code()).isZero();
    assertRefused(resume("--steps 9 --momentum 0.9"), "optimizer", "--force");
  }

  @Test
  void frozenEmbeddingsAreNotDecayed() throws IOException {
    Path vectors = folder.resolve("vectors.txt");
    Files.writeString(vectors, "the 1 2 3 4 5 6 7 8\ncat 8 7 6 5 4 3 2 1\n");
    String[] options = {
      "--level", "word", "--embeddings", vectors.toString(), "--freeze-embeddings", "--force"
    };
    Commands.Outcome begun = train(corpus, model, options);
    assertThat(begun.code()).as(begun.err()).isZero();
    Commands.Outcome outcome = resume("--steps 9 --weight-decay 0.1");
    assertThat(outcome.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(outcome.err()).contains("embeddings of this run are frozen", "--weight-decay");
  }

  /** Nobody can use a perplexity beyond all numbers, though its loss is a number still. */
  @Test
  void aLossBeyondAllPerplexitiesIsADivergence() {
    String[] options = "--optimizer sgd --learning-rate 1e6 --clip 0 --steps 9".split(" ", -1);
    Commands.Outcome outcome = train(corpus, model, options);
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(ExitCodes.FAILURE);
    assertThat(outcome.err()).contains("validation loss became", "--learning-rate");
    assertThat(lm("info", model.toString()).out()).contains("checkpoint   step 0");
  }

  @Test
  void filesSkippedWhileScoringAreCounted() throws IOException {
    assertThat(train(corpus, model).code()).isZero();
    Path texts = Files.createDirectory(folder.resolve("texts"));
    Files.writeString(texts.resolve("one.txt"), "the cat sat\n");
    Files.write(texts.resolve("two.txt"), "a mät\n".getBytes(StandardCharsets.ISO_8859_1));
    String[] command = {
      "eval", "--model", model.toString(), "--corpus", texts.toString(), "--device", "reference"
    };
    assertThat(lm(command).err()).contains("skipped 1 file: 1 ");
    String[] json = Arrays.copyOf(command, command.length + 1);
    json[command.length] = "--json";
    assertThat(lm(json).out()).contains("\"files_skipped\":1");
  }

  @Test
  void taggingResumesOnlyWithTheSameHeldOutSentences() throws IOException {
    Path text = Files.writeString(folder.resolve("tags"), "a A\nb B\n\n".repeat(20));
    Path held = Files.writeString(folder.resolve("held"), "a A\n\n".repeat(3));
    Path other = Files.writeString(folder.resolve("other"), "b B\n\n".repeat(3));
    Path unknown = Files.writeString(folder.resolve("unknown"), "b X\n\n".repeat(3));
    String command =
        "tag train --device reference --hidden 4 --corpus %s --model %s --valid "
            .formatted(text, model);
    assertRefused(
        lm((command + unknown + " --epochs 1").split(" ", -1)), "no tag of the held-out sentences");
    Commands.Outcome begun = lm((command + held + " --epochs 1").split(" ", -1));
    assertThat(begun.code()).as(begun.err()).isZero();
    assertRefused(
        lm((command + other + " --resume --epochs 2").split(" ", -1)), "held-out data are not");
    Commands.Outcome on = lm((command + held + " --resume --epochs 2").split(" ", -1));
    assertThat(on.code()).as(on.err()).isZero();
  }

  /**
   * By default a hundredth is held out, which is too little for a pair of words in a text of a few
   * lines.
   */
  @Test
  void wordVectorsOfAFewLinesAreTheLastOnes() throws IOException {
    Path text = Files.writeString(folder.resolve("toy"), "one two three four\n".repeat(6));
    Commands.Outcome outcome =
        lm("embed", "train", "--corpus", text.toString(), "--model", model.toString());
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).doesNotContain("validation loss 0.0000");
  }

  @Test
  void noFileToWriteReplacesWhatIsReadOrAModel() throws IOException {
    assertThat(train(corpus, model).code()).isZero();
    String start = "eval --device reference --model " + model + " --corpus " + corpus;
    Path config = model.resolve("config.json");
    byte[] before = Files.readAllBytes(config);
    String[] own = (start + " --per-token " + config).split(" ", -1);
    assertRefused(lm(own), "--per-token", "would replace a part of a model");
    assertThat(config).hasBinaryContent(before);
    Path link = Files.createSymbolicLink(folder.resolve("link.tsv"), corpus);
    for (Path same : new Path[] {corpus, link, folder.resolve("model/../corpus.txt")}) {
      String[] command = (start + " --per-token " + same).split(" ", -1);
      assertRefused(lm(command), "is also the value of --corpus; give another name");
    }
    assertThat(Files.readString(corpus)).startsWith("the cat sat");
    String[] weights =
        ("export --force --model " + model + " --to " + model + "/model.safetensors").split(" ");
    assertRefused(lm(weights), "--output", "would replace a part of a model");
    String[] beside = (start + " --per-token " + model.resolve("losses.tsv")).split(" ", -1);
    assertThat(lm(beside).code()).isZero();
  }

  @Test
  void trainingOnUnknownTokensSaysThatItsFiguresAreOfThisVocabulary() {
    String command = "train --device reference --sample 0 --steps 1 --hidden 4 --batch 2 --bptt 4";
    String files = " --force --corpus " + corpus + " --model " + model;
    String all = lm((command + files).split(" ")).err();
    assertThat(all).contains("1,311 char tokens").doesNotContain("<unk>");
    // Of the 23 characters of each of the 60 lines, c, s, o, n, m and its end come up once.
    String few = lm((command + " --min-count 61" + files).split(" ")).err();
    assertThat(few).contains("unknown  360 tokens (26.09 %) are <unk>");
  }
}
