package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.Commands.Outcome;
import org.lm4j.io.SafetensorsFile;
import org.lm4j.task.lm.LanguageModelNetwork;

/** {@code lm train --embeddings}: a language model that begins with word vectors. */
class EmbeddingsTest {
  @TempDir private Path folder;
  private Path text = Path.of("");
  private Path vectors = Path.of("");

  @BeforeEach
  void write() throws IOException {
    text = Files.writeString(folder.resolve("text"), "the cat sat on the mat\n".repeat(40));
    vectors =
        Files.writeString(
            folder.resolve("v.txt"), "4 3\nthe 1 2 3\ncat -1 0.5 0\ndog 7 7 7\nmat 0 1 0\n");
  }

  private Outcome train(String name, String... more) {
    return Commands.train(text, folder.resolve(name), more);
  }

  /** The row of the most frequent word, which is {@code the}. */
  private double[] rowOfThe(String name) {
    try (SafetensorsFile file =
        SafetensorsFile.open(folder.resolve(name).resolve("model.safetensors"))) {
      double[] table = file.tensor(LanguageModelNetwork.ENCODER_WEIGHT).toArray();
      return new double[] {table[0], table[1], table[2]};
    }
  }

  @Test
  void vectorsStayWhereTheyAreFrozenAndMoveWhereNot() {
    for (String optimizer : new String[] {"adam", "momentum", "adagrad"}) {
      Outcome frozen =
          train(
              optimizer,
              "--level",
              "word",
              "--embeddings",
              vectors.toString(),
              "--freeze-embeddings",
              "--optimizer",
              optimizer);
      assertThat(frozen.code()).as(frozen.err()).isZero();
      assertThat(frozen.err()).contains("3 of 7 words found, 4 drawn at random", "embedding 3");
      assertThat(rowOfThe(optimizer)).containsExactly(1, 2, 3);
    }
    Outcome free = train("free", "--level", "word", "--embeddings", vectors.toString());
    assertThat(free.code()).as(free.err()).isZero();
    assertThat(rowOfThe("free")).doesNotContain(1, 2, 3);
  }

  @Test
  void frozenVectorsStayFrozenWhenARunResumes() {
    String[] options = {
      "--level", "word", "--embeddings", vectors.toString(), "--freeze-embeddings"
    };
    assertThat(train("model", options).code()).isZero();
    Path model = folder.resolve("model");
    Outcome more =
        Commands.lm(
            "train",
            "--resume",
            "--model",
            model.toString(),
            "--steps",
            "12",
            "--sample",
            "0",
            "--device",
            "reference");
    assertThat(more.code()).as(more.err()).isZero();
    assertThat(rowOfThe("model")).containsExactly(1, 2, 3);
    Outcome drawn = train("drawn", "--level", "word");
    assertThat(drawn.code()).isZero();
    assertRefused(
        Commands.lm(
            "train",
            "--resume",
            "--model",
            folder.resolve("drawn").toString(),
            "--embeddings",
            vectors.toString()),
        "--embeddings");
  }

  @Test
  void whatMakesNoSenseIsRefused() throws IOException {
    String file = vectors.toString();
    assertRefused(train("m", "--embeddings", file), "--level word");
    assertRefused(train("m", "--freeze-embeddings"), "goes with --embeddings");
    assertRefused(
        train("m", "--level", "word", "--embeddings", file, "--embedding", "5"), "3 numbers", "5");
    assertRefused(
        train(
            "m",
            "--level",
            "word",
            "--embeddings",
            file,
            "--hidden",
            "3",
            "--tied",
            "--freeze-embeddings"),
        "--tied");
    Path bad = Files.writeString(folder.resolve("bad"), "1 2\nthe 1 Infinity\n");
    assertRefused(
        train("m", "--level", "word", "--embeddings", bad.toString()), "bad, line 2", "Infinity");
    assertThat(folder.resolve("m")).doesNotExist();
  }
}
