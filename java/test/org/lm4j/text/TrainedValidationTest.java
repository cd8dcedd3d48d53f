package org.lm4j.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Warnings;

/** Validation text that is also trained on is warned of. */
class TrainedValidationTest {
  @TempDir Path folder;

  @Test
  void validationTextThatIsTrainedOnIsWarnedOf() throws IOException {
    Path train = TextFixtures.write(folder.resolve("train/a.txt"), "the cat sat\n");
    Path copy = TextFixtures.write(folder.resolve("valid/copy.txt"), "\uFEFFthe cat sat\n");
    Path other = TextFixtures.write(folder.resolve("valid/other.txt"), "the dog sat\n");
    assertThat(warnings(train, other)).isEmpty();
    assertThat(warnings(train, train))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("also trained on, all of it: " + train);
    assertThat(warnings(train.resolveSibling(""), copy.resolveSibling("")))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("1 of its 2 files: " + copy + " (the same as " + train + ")");
    Path link = Files.createSymbolicLink(folder.resolve("link.txt"), train);
    assertThat(warnings(train, link)).hasSize(1);
  }

  @Test
  void validationTextThatIsAPartOfTheTrainingTextIsWarnedOf() throws IOException {
    Random random = new Random(5);
    for (String separator : List.of("\n", " ")) {
      List<String> lines = new ArrayList<>();
      for (int i = 0; i < 900; i++) {
        lines.add("some line of text no. " + random.nextInt(1 << 30) + " ends here" + separator);
      }
      Path train = write("train.txt", lines.subList(0, 600));
      List<String> some = new ArrayList<>(lines.subList(450, 650));
      assertThat(warnings(train, write("end.txt", some)))
          .singleElement(InstanceOfAssertFactories.STRING)
          .contains("validation text is also trained on, ", " different lines");
      assertThat(warnings(train, write("other.txt", lines.subList(550, 900)))).isEmpty();
    }
  }

  private Path write(String name, List<String> lines) {
    return TextFixtures.write(folder.resolve(name), String.join("", lines));
  }

  private List<String> warnings(Path train, Path valid) {
    return Warnings.of(
        CorpusBuilder.class,
        () ->
            CorpusBuilder.build(
                CorpusSpec.of(Level.CHAR),
                TextFixtures.files(train),
                TextFixtures.files(valid),
                folder.resolve("out"),
                TextFixtures.QUIET));
  }
}
