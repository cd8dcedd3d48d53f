package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.serve.engine.Limits;
import org.lm4j.task.lm.LanguageModel;

/** A second of {@link HostileClients}: the server serves good clients and keeps nothing. */
@EnabledOnOs({OS.LINUX, OS.MAC}) // elsewhere the number of open files is not known
class HostileClientsTest {
  private static final Path FOLDER = Path.of("models/java-source");

  @Test
  void goodClientsAreServedAndNothingIsLeft() throws IOException, InterruptedException {
    List<String> log = Collections.synchronizedList(new ArrayList<>());
    List<String> report = new ArrayList<>();
    ServerOptions options = ServerOptions.defaults().at("127.0.0.1", 0);
    try (Backend backend = new CpuBackend(null, 1);
        LanguageModel alone = LanguageModel.load(FOLDER, backend);
        ServedModels models =
            new ServedModels(List.of(FOLDER), backend, new Limits(64, 512, 0, 60), log::add);
        TextServer server = new TextServer(options, models, log::add)) {
      assertThat(HostileClients.run(server.port(), alone, 0.3, 20, new ArrayList<>())).isEmpty();
      AtRest before = AtRest.await(AtRest.now(), 1);
      assertThat(HostileClients.run(server.port(), alone, 1.2, 200, report))
          .as(report.toString())
          .isEmpty();
      AtRest after = AtRest.await(before, 20);
      assertThat(after.virtual()).isLessThanOrEqualTo(before.virtual());
      assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + 5);
    }
    assertThat(log).isEmpty();
    assertThat(report).anyMatch(line -> line.startsWith("fuzzed: 400 "));
  }
}
