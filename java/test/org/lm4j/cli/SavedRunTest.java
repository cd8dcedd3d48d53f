package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.InputException;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.cli.frame.ExitCodes;
import org.lm4j.compute.Backend;
import org.lm4j.io.DiskFaults;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.ModelKind;
import org.lm4j.task.lm.LanguageModelConfig;
import org.lm4j.task.lm.LanguageModelNetwork;
import org.lm4j.task.lm.LanguageModelTask;
import org.lm4j.text.CorpusBuilder;
import org.lm4j.train.Run;

/** Tests that files of a model folder that belong together are recognised. */
@Tag("slow")
class SavedRunTest {
  @TempDir private Path folder;
  private Path corpus;
  private Path model;

  @BeforeEach
  void trainASmallModel() throws IOException {
    corpus = Files.writeString(folder.resolve("corpus.txt"), "the cat sat on the mat\n".repeat(60));
    model = folder.resolve("model");
    String[] options = {"--log-interval", "1", "--validate-every", "2"};
    assertThat(train(corpus, model, options).code()).isZero();
  }

  private Commands.Outcome resume(String options) {
    return lm(
        ("train --resume --log-interval 1 --device reference --sample 0 --model "
                + model
                + " "
                + options)
            .split(" ", -1));
  }

  private Commands.Outcome plot() {
    return lm("plot", model.toString(), "--output", folder.resolve("page.html").toString());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bestWeightsOfAnotherStepAreRefused(boolean withManifest) throws IOException {
    Path weights = model.resolve("model.safetensors");
    Path earlier = Files.copy(weights, folder.resolve("earlier"));
    assertThat(resume("--steps 12").code()).isZero();
    assertThat(weights).isNotEqualTo(earlier);
    byte[] later = Files.readAllBytes(weights);
    Files.copy(earlier, weights, StandardCopyOption.REPLACE_EXISTING);
    if (!withManifest) {
      Files.delete(model.resolve("manifest.json"));
    }
    assertRefused(
        resume("--steps 14"),
        "model.safetensors",
        withManifest ? "from another copy" : "not the one that belongs to checkpoint.safetensors");
    Files.write(weights, later);
    assertThat(resume("--steps 14").code()).isZero();
  }

  @Test
  void aDamagedLineOfTheLogIsSkippedAndReported() throws IOException {
    Path log = model.resolve("log.jsonl");
    List<String> lines = Files.readAllLines(log);
    Files.writeString(log, Files.readString(log).replaceFirst("\\{\"step\":2", "{\"st\u0000p\":2"));
    assertRefused(plot(), "log.jsonl is damaged");
    Commands.Outcome outcome = resume("--steps 6");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("note: " + log + ": skipped and removed damaged lines: 2\n");
    assertThat(plot().code()).isZero();
    assertThat(Files.readAllLines(log)).containsAll(lines.subList(2, lines.size()));
  }

  @Test
  void aNumberOfTheLogThatWasChangedIsReportedOnce() throws IOException {
    Path log = model.resolve("log.jsonl");
    Files.writeString(log, Files.readString(log).replaceFirst("\"loss\":2", "\"loss\":1"));
    assertRefused(plot(), "log.jsonl is damaged");
    Commands.Outcome outcome = resume("--steps 6");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("note: " + log + " is not what was written (checksum)");
    assertThat(plot().code()).isZero();
    assertThat(resume("--steps 7").err()).doesNotContain("note:");
  }

  @Test
  void aLogThatIsGoneIsReported() throws IOException {
    Files.delete(model.resolve("log.jsonl"));
    Commands.Outcome outcome = resume("--steps 6");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("log.jsonl is missing; its curve begins at step 5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".training",
        ".preparing",
        ".committed",
        "model.safetensors",
        "checkpoint.safetensors",
        "config.json",
        "manifest.json"
      })
  void nothingOutsideAFolderIsWrittenThroughLinksInIt(String name) throws IOException {
    Path outside = folder.resolve("outside");
    Path link = model.resolve(name);
    if (name.endsWith("d") || name.equals(".preparing")) { // folders
      Files.createDirectory(outside);
      Files.writeString(outside.resolve("theirs"), "theirs");
    } else if (name.equals(".training")) {
      Files.writeString(outside, "theirs");
    } else {
      Files.copy(link, outside);
    }
    byte[] theirs = Files.isDirectory(outside) ? null : Files.readAllBytes(outside);
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, outside);
    Commands.Outcome outcome = resume("--steps 9");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    if (theirs == null) {
      assertThat(outside.resolve("theirs")).hasContent("theirs");
    } else {
      assertThat(outside).hasBinaryContent(theirs);
    }
  }

  @Test
  void aLogThatIsALinkIsRefused() throws IOException {
    Path outside = Files.move(model.resolve("log.jsonl"), folder.resolve("outside"));
    byte[] theirs = Files.readAllBytes(outside);
    Files.createSymbolicLink(model.resolve("log.jsonl"), outside);
    Commands.Outcome outcome = resume("--steps 9");
    assertThat(outcome.code()).isEqualTo(ExitCodes.BAD_INPUT);
    assertThat(outcome.err()).contains("log.jsonl is a symbolic link");
    assertThat(outside).hasBinaryContent(theirs);
  }

  @Test
  void trainingTextThatWasChangedIsRefused() throws IOException {
    Path tokens = model.resolve("train.tokens");
    byte[] bytes = Files.readAllBytes(tokens);
    Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0);
    Files.write(tokens, bytes);
    assertRefused(resume("--steps 9"), "train.tokens is damaged");
    Files.delete(model.resolve("manifest.json")); // as of older folders; the file has a hash too
    assertRefused(resume("--steps 9"), "train.tokens is damaged");
  }

  @Test
  void aModelWithoutARunIsNotReplacedUnasked() throws IOException {
    Files.delete(model.resolve("checkpoint.safetensors"));
    assertRefused(resume("--steps 9 --corpus " + corpus), "already holds a model", "--force");
    assertThat(lm("info", model.toString()).code()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"hidden\": 6;\"hidden\": 7", "\"layers\": 1;\"layers\": 2"})
  void aConfigurationEditedByHandIsRefusedWithWhatToDo(String change) throws IOException {
    Path config = model.resolve("config.json");
    String[] parts = change.split(";", -1);
    String edited = Files.readString(config).replace(parts[0], parts[1]);
    assertThat(edited).contains(parts[1]);
    Files.writeString(config, edited);
    String eval = "eval --device reference --corpus " + corpus + " --model " + model;
    assertRefused(
        lm(eval.split(" ", -1)), "config.json is damaged", "if you changed the file on purpose");
    Files.delete(model.resolve("manifest.json"));
    assertRefused(
        lm(eval.split(" ", -1)),
        "model.safetensors",
        config + " is not that of these weights: undo changes to it");
  }

  /** A full run of this test flips a thousand bits in each file. */
  @Test
  void damageOfAnyFileIsRefusedByName() throws IOException {
    Random random = new Random(7);
    Path copy = folder.resolve("copy");
    DiskFaults.copy(model, copy);
    for (String name :
        List.of(
            "config.json",
            "vocab.json",
            "model.safetensors",
            "checkpoint.safetensors",
            CorpusBuilder.TRAIN,
            CorpusBuilder.VALID)) {
      Path file = copy.resolve(name);
      byte[] good = Files.readAllBytes(file);
      for (int i = 0; i < 60; i++) {
        byte[] bad = good.clone();
        if (i % 6 == 0) {
          bad = Arrays.copyOf(good, random.nextInt(good.length));
        } else {
          int bit = random.nextInt(8 * good.length);
          bad[bit / 8] ^= (byte) (1 << (bit % 8));
        }
        Files.write(file, bad);
        assertThatThrownBy(() -> open(copy))
            .isInstanceOf(InputException.class)
            .hasMessageContaining(name);
      }
      Files.write(file, good);
    }
    open(copy);
  }

  private static void open(Path copy) {
    try (Backend backend = new ReferenceBackend()) {
      LanguageModelConfig.vocabulary(new ModelFiles(copy, ModelKind.LANGUAGE_MODEL));
      LanguageModelNetwork.open(new ModelFiles(copy, ModelKind.LANGUAGE_MODEL), backend, false)
          .close();
      Run.resume(copy, backend, Run.planOf(copy), LanguageModelTask.RESUMED).close();
    }
  }
}
