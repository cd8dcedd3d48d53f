package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.train.MetricsLog;
import org.lm4j.train.SamplePlan;
import org.lm4j.train.TrainingListener.SampleReport;

/** {@code lm train --sample-every} and {@code --keep}. */
class SamplesTest {
  @TempDir private Path folder;

  private Path corpus() throws IOException {
    return Files.writeString(
        folder.resolve("corpus.txt"), "the cat sat .\na dog ran away .\nnaïve <b> ☃\n".repeat(30));
  }

  /** What lm generate makes of the checkpoint of the same step is a sample's text. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--level char",
        "--level byte",
        "--level word",
        "--level bpe --vocab-size 300",
        "--level char --unit line",
        "--level word --sample-prompt dog",
        "--level char --unit line --sample-prompt do",
        "--level char --unit line --symbols none --sample-prompt do"
      })
  void aSampleIsWhatTheModelOfThatStepGenerates(String options) throws IOException {
    Path model = folder.resolve("model");
    List<String> more = new ArrayList<>(List.of(options.split(" ", -1)));
    more.addAll(List.of("--sample-every", "2", "--sample-length", "20", "--validate-every", "2"));
    more.addAll(List.of("--keep", "2", "--seed", "3", "--learning-rate", "0.1"));
    Commands.Outcome outcome = train(corpus(), model, more.toArray(String[]::new));
    assertThat(outcome.code()).as(outcome.err()).isZero();
    List<SampleReport> samples = MetricsLog.samples(model);
    assertThat(samples).extracting(SampleReport::step).containsExactly(2L, 2L, 2L, 4L, 4L, 4L);
    assertThat(samples.subList(3, 6))
        .extracting(SampleReport::temperature)
        .containsExactlyElementsOf(SamplePlan.TEMPERATURES);
    int at = more.indexOf("--sample-prompt");
    String prompt = at < 0 ? "" : more.get(at + 1);
    for (SampleReport sample : samples.subList(3, 6)) {
      List<String> generate = new ArrayList<>();
      generate.addAll(List.of("generate", "--model", model.resolve("checkpoint-4").toString()));
      generate.addAll(List.of("--length", "20", "--seed", "3", "--device", "reference"));
      generate.addAll(List.of("--temperature", Double.toString(sample.temperature())));
      if (at >= 0) {
        generate.addAll(List.of("--prompt", prompt));
      }
      if (options.contains("--unit line") && !options.contains("none")) {
        generate.addAll(List.of("--lines", "5"));
      }
      assertThat(sample.prompt()).isEqualTo(prompt);
      assertThat(outcome.err())
          .contains("sample of step 4 at temperature " + sample.temperature() + ":\n");
      String generated = output(generate.toArray(String[]::new));
      assertThat(shown(sample)).isEqualTo(generated);
    }
  }

  /** Returns the texts as lm generate prints them. */
  private static String shown(SampleReport sample) {
    return sample.prompt() + sample.text() + "\n";
  }

  @Test
  void theyChangeNoBitOfTheRunAndComeAgainWhereItIsResumed() throws IOException {
    Path without = folder.resolve("without");
    Path with = folder.resolve("with");
    Path resumed = folder.resolve("resumed");
    String[] samples = {
      "--sample-every", "2", "--sample-length", "12", "--dropout", "0.3", "--steps", "7"
    };
    assertThat(train(corpus(), without, "--dropout", "0.3", "--steps", "7").code()).isZero();
    assertThat(train(corpus(), with, samples).code()).isZero();
    assertThat(without.resolve("samples.jsonl")).doesNotExist();
    assertThat(with.resolve("model.safetensors"))
        .hasSameBinaryContentAs(without.resolve("model.safetensors"));

    samples[samples.length - 1] = "5";
    assertThat(train(corpus(), resumed, samples).code()).isZero();
    // A run that was killed behind its checkpoint leaves lines that come again.
    Files.writeString(
        resumed.resolve("samples.jsonl"),
        Files.readString(resumed.resolve("samples.jsonl"))
            + "{\"step\":6,\"epoch\":0.5,\"temperature\":0.5,\"text\":\"lost\"}\n{\"step\":6,\"ep");
    String resume = "train --resume --steps 7 --sample 0 --device reference --model " + resumed;
    output(resume.split(" ", -1));
    assertThat(resumed.resolve("samples.jsonl"))
        .hasSameTextualContentAs(with.resolve("samples.jsonl"));
    assertThat(MetricsLog.samples(with)).hasSize(9);
    assertThat(output("info", with.toString())).contains("7");
    assertThat(lm("plot", with.toString(), "--output", folder.resolve("p.html").toString()).code())
        .isZero();

    assertThat(train(corpus(), with, "--force").code()).isZero();
    assertThat(with.resolve("samples.jsonl")).doesNotExist();
  }

  @Test
  void whatCannotBeIsRefusedBeforeAnythingIsMade() throws IOException {
    Path model = folder.resolve("model");
    assertRefused(
        train(corpus(), model, "--sample-length", "7"), "--sample-length needs --sample-every.");
    assertRefused(
        train(corpus(), model, "--unit", "line", "--symbols", "none", "--sample-every", "2"),
        "give the beginning of samples by --sample-prompt");
    assertRefused(
        train(corpus(), model, "--keep", "2", "--valid-fraction", "0"),
        "--keep needs held-out data");
    assertRefused(
        train(corpus(), model, "--stop-after", "2", "--valid-fraction", "0"),
        "--stop-after needs held-out data");
    assertThat(model).doesNotExist();
  }
}
