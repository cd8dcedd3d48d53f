package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.cli.Commands.Outcome;
import org.lm4j.io.Json;
import tools.jackson.databind.JsonNode;

/** {@code --json} of the commands that examine a machine. */
@Tag("slow")
class JsonResultsTest {
  @TempDir private Path folder;

  private static JsonNode json(String line) {
    assertThat(line).hasLineCount(1);
    return Json.parse(line, "the output", JsonNode.class);
  }

  @Test
  void doctorPrintsItsFindings() {
    JsonNode found = json(lm("doctor", "--json").out());
    assertThat(found.get("broken").isBoolean()).isTrue();
    JsonNode java = found.get("findings").get(0);
    assertThat(java.get("subject").asString()).isEqualTo("Java");
    assertThat(java.get("state").asString()).isEqualTo("ok");
    assertThat(java.get("found").asString()).contains(System.getProperty("java.home"));
  }

  @Test
  void doctorWritesItsFindings() throws IOException {
    Path file = folder.resolve("found.json");
    assertThat(output("doctor", "--json", file.toString())).contains("Java");
    assertThat(Files.readString(file)).contains("\"findings\"");
  }

  @Test
  void verifyPrintsARowForEachOperation() {
    Outcome verified = lm("verify", "--device", "reference", "--json");
    JsonNode result = json(verified.out());
    assertThat(verified.code()).isZero();
    assertThat(result.get("passed").asBoolean()).isTrue();
    long cases = 0;
    for (JsonNode operation : result.get("operations")) {
      cases += operation.get("cases").asLong();
      assertThat(operation.get("failed").asLong()).isZero();
      assertThat(operation.get("largest_error").isNumber()).isTrue();
    }
    assertThat(cases).isPositive().isEqualTo(result.get("cases").asLong());
  }

  @Test
  void verifyJsonListsNoCases() {
    assertRefused(lm("verify", "--json", "--all"), "--json", "--all");
  }
}
