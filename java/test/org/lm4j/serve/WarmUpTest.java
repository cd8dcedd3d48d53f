package org.lm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.serve.engine.Limits;
import org.lm4j.serve.engine.TextEngine;

/** What a server does before its first request leaves no trace, and events begin at once. */
class WarmUpTest {
  private static final Path FOLDER = Path.of("models/java-source");
  private static final ServerOptions OPTIONS = ServerOptions.defaults().at("127.0.0.1", 0);

  @Test
  void aServerThatHasWarmedUpHasDoneNothingAsFarAsItsFiguresSay() {
    List<String> log = Collections.synchronizedList(new ArrayList<>());
    List<String> access = Collections.synchronizedList(new ArrayList<>());
    Limits limits = new Limits(16, 64, 1 << 20, 60);
    try (Backend backend = new CpuBackend(null, 1);
        ServedModels models = new ServedModels(List.of(FOLDER), backend, limits, log::add);
        TextServer server =
            new TextServer(
                OPTIONS.withToken("secret").warmingUp(0.3), models, log::add, access::add)) {
      TextEngine engine = Objects.requireNonNull(models.all().getFirst().engine());
      assertThat(engine.figures().toString()).doesNotContainPattern("=[1-9]");
      ApiClient client = new ApiClient(server);
      String figures =
          client.send(client.to("/metrics").header("Authorization", "Bearer secret")).body();
      assertThat(figures)
          .doesNotContain("path=\"/v1/completions\"")
          .contains("lm4j_generated_tokens_total{model=\"java-source\"} 0\n");
      assertThat(access).hasSize(1);
      assertThat(log).isEmpty();
    }
  }

  @Test
  void anAnswerOfEventsBeginsBeforeItsFirstToken() throws IOException {
    Limits limits = new Limits(1, 64, 0, 60);
    try (Backend backend = new CpuBackend(null, 1);
        ServedModels models = new ServedModels(List.of(FOLDER), backend, limits, _ -> {});
        TextServer server = new TextServer(OPTIONS, models, _ -> {});
        Socket first = new Socket(InetAddress.getLoopbackAddress(), server.port());
        Socket second = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      ask(first, 65_536); // takes the only row
      assertThat(line(first.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
      second.setSoTimeout(5000); // less than a comment takes that says that the client waits
      ask(second, 1);
      assertThat(line(second.getInputStream())).isEqualTo("HTTP/1.1 200 OK");
    }
  }

  private static void ask(Socket socket, int tokens) throws IOException {
    String body = "{\"prompt\": \"a\", \"max_tokens\": %d, \"stream\": true}".formatted(tokens);
    socket
        .getOutputStream()
        .write(RequestFuzzer.request("POST /v1/completions", body.getBytes(UTF_8)));
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int octet = in.read(); octet >= 0 && octet != '\r'; octet = in.read()) {
      line.append((char) octet);
    }
    return line.toString();
  }
}
