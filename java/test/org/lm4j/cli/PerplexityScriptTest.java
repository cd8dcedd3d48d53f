package org.lm4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;

/** {@code scripts/perplexity} with a fake in place of lm4j. */
@Timeout(60)
@Tag("slow")
class PerplexityScriptTest {
  @TempDir private Path folder;

  private String table(String json, int code) throws IOException, InterruptedException {
    Need.SHELL.executable("/bin/bash");
    Path lm = Files.writeString(folder.resolve("lm"), "#!/bin/bash\necho '" + json + "'\n");
    assertThat(lm.toFile().setExecutable(true)).isTrue();
    ProcessBuilder builder =
        new ProcessBuilder("/bin/bash", "scripts/perplexity", "model", "--", "text");
    builder.environment().put("LM", lm.toString());
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(out).isEqualTo(code);
    return out;
  }

  @Test
  void aPerplexityThatRestsOnUnknownWordsIsMarked() throws Exception {
    assertThat(table("{\"perplexity\":93.51234,\"comparable\":true}", 0))
        .isEqualTo("model\ttext\nmodel\t93.5123\n");
    assertThat(table("{\"perplexity\":93.51234,\"comparable\":false}", 0))
        .isEqualTo("model\ttext\nmodel\t93.5123*\n");
  }

  @Test
  void missingNumbersStayMissing() throws Exception {
    assertThat(table("{\"perplexity\":null,\"perplexity_excluding_oov\":2.5}", 1))
        .isEqualTo("model\ttext\nmodel\t-\n");
  }
}
