package org.lm4j.train.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PageFileTest {
  private static final Pattern DRAWN = Pattern.compile("data-drawn=\"(\\d+)\"");

  @TempDir private Path folder;

  private static long drawn(Path file) throws IOException {
    Matcher found = DRAWN.matcher(Files.readString(file));
    assertThat(found.find()).isTrue();
    return Long.parseLong(found.group(1));
  }

  @Test
  void aRunWithoutNewsGivesASignOfLife() throws IOException, InterruptedException {
    Path file = folder.resolve("page.html");
    List<String> problems = new ArrayList<>();
    long before = System.currentTimeMillis();
    try (PageFile _ =
        new PageFile(file, new LivePage("a run"), problems::add, 10_000_000, 100_000_000)) {
      long first = drawn(file);
      assertThat(first).isBetween(before, System.currentTimeMillis());
      while (drawn(file) == first) {
        Thread.sleep(10);
      }
      assertThat(drawn(file)).isGreaterThanOrEqualTo(first + 90);
    }
    assertThat(problems).isEmpty();
  }
}
