package org.lm4j.text;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lm4j.InputException;
import org.lm4j.text.token.TokenFile;

/**
 * Any bytes are tokens or an {@link InputException} that names the file. An ordinary test run tries
 * the seeds in {@code TokenFileFuzzTestInputs}; {@code scripts/fuzz} searches for more.
 */
class TokenFileFuzzTest {
  @FuzzTest(maxDuration = "60s")
  void tokens(byte[] bytes) throws IOException {
    Path file = Files.createDirectories(Path.of("target")).resolve("fuzz-tokens");
    Files.write(file, bytes);
    try (TokenFile tokens = TokenFile.open(file)) {
      int[] ids = new int[(int) Math.min(tokens.size(), 1 << 16)];
      tokens.copy(0, ids.length, ids, 0);
      for (int id : ids) {
        if (id < 0 || id >= tokens.vocabularySize()) {
          throw new AssertionError("id " + id + " of " + tokens.vocabularySize());
        }
      }
      tokens.verify();
    } catch (InputException expected) {
      if (!String.valueOf(expected.getMessage()).contains(file.toString())) {
        throw new AssertionError("names no file: " + expected.getMessage(), expected);
      }
    }
  }
}
