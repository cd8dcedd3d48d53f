package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.options.ShippedModel;

/** Tests that commands take the included model where none is named. */
class ShippedModelTest {
  @TempDir private Path folder;

  private static String[] generate(String... more) {
    String[] all = new String[more.length + 3];
    System.arraycopy(more, 0, all, 1, more.length);
    all[0] = "generate";
    all[more.length + 1] = "--length";
    all[more.length + 2] = "12";
    return all;
  }

  @Test
  void generateTakesItWhereNoModelIsNamed() {
    String folder = ShippedModel.folder().toString();
    String text = output(generate());
    assertThat(text).hasSizeGreaterThan(10).isEqualTo(output(generate("--model", folder)));
    assertThat(output(generate(folder))).isEqualTo(text);
    assertThat(output(generate("--prompt", "The "))).startsWith("The ");
  }

  @Test
  void aFolderThatDoesNotExistIsNamedAsBefore() {
    assertRefused(lm("generate", "models/none"), "there is no model folder models/none");
    assertRefused(lm("serve", "models/none"), "there is no model folder models/none");
  }

  @Test
  void optionsComeBeforeWhatTheModelSays() throws Exception {
    Path copy = folder.resolve("copy");
    String shipped = ShippedModel.folder().toString();
    output("export", "--model", shipped, "--compact", copy.toString());
    Path file = copy.resolve("generation_config.json");
    Files.deleteIfExists(file);
    String plain = output(generate("--model", copy.toString()));
    Files.writeString(file, "{\"temperature\": 0.1}");
    String cool = output(generate("--model", copy.toString()));
    assertThat(cool).isNotEqualTo(plain);
    assertThat(output(generate("--model", copy.toString(), "--temperature", "1"))).isEqualTo(plain);
    Files.delete(file);
    assertThat(output(generate("--model", copy.toString(), "--temperature", "0.1")))
        .isEqualTo(cool);
    Files.writeString(file, "{\"temperature\": -1}");
    assertRefused(lm(generate("--model", copy.toString())), "generation_config.json", "from 0.001");
  }
}
