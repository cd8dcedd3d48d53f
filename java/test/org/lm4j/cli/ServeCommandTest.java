package org.lm4j.cli;

import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
  void aFolderThatHoldsNoServedModelIsNamed() throws IOException {
    assertRefused(lm("serve", "--model", "/"), "/ is not a model folder: it has no config.json");
    Path text = Files.writeString(folder.resolve("text"), "a b c d e f g h\n".repeat(200));
    Path model = folder.resolve("adaptive");
    String[] train = {"train", "--corpus", text.toString(), "--model", model.toString()};
    String[] small = {"--level", "word", "--softmax", "adaptive", "--cutoffs", "3", "--steps", "1"};
    String[] tiny = {"--hidden", "8", "--batch", "2", "--bptt", "5", "--sample", "0"};
    Commands.output(join(train, small, tiny));
    assertRefused(lm("serve", "--model", model.toString()), model + ": ", "adaptive softmax");
  }

  @Test
  void aModelOfNgramsIsRefusedAsWhatItIs() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "a b c\n".repeat(20));
    Path model = folder.resolve("ngrams");
    Commands.output(
        "ngram", "train", "--corpus", text.toString(), "--model", model.toString(), "--order", "2");
    assertRefused(
        lm("serve", "--model", model.toString()),
        model + " holds an n-gram model; only recurrent language models can be served");
  }

  private static String[] join(String[]... parts) {
    return Arrays.stream(parts).flatMap(Arrays::stream).toArray(String[]::new);
  }
}
