package org.lm4j.cli;

import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code lm serve} refuses before it listens. */
class ServeCommandTest {
  private static final String MODEL = "models/java-source";

  @TempDir private Path folder;

  private String token(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("token"), bytes).toString();
  }

  @Test
  void aTokenIsOneWordThatAHeaderCanHold() throws IOException {
    for (String text : new String[] {"", "\n", "a\nb", "a b", "\ufeffsecret", "sécret"}) {
      String file = token(text.getBytes(StandardCharsets.UTF_8));
      assertRefused(lm("serve", "--model", MODEL, "--token-file", file), "one line", "ASCII");
    }
    String file = token(new byte[] {'a', (byte) 0xff});
    assertRefused(lm("serve", "--model", MODEL, "--token-file", file), "one line", "ASCII");
  }

  @Test
  void anAddressOfOtherMachinesNamesTheOption() {
    assertRefused(lm("serve", "--model", MODEL, "--host", "0.0.0.0"), "give a --token-file");
    assertRefused(lm("serve", "--model", MODEL, "--host", ""), "--host is empty");
  }

  @Test
  void limitsLeaveSomething() {
    for (String limit : new String[] {"--max-tokens=0", "--max-seconds=0", "--max-seconds=NaN"}) {
      assertRefused(lm("serve", "--model", MODEL, limit), limit.replaceFirst("=.*", ""));
    }
  }

  @Test
  void aFolderThatHoldsNoModelIsNamed() {
    assertRefused(lm("serve", "--model", "/"), "/ is not a model folder: it has no config.json");
  }
}
