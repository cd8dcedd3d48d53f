package org.lm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.lm4j.InputException;
import org.lm4j.train.RunLength;
import org.lm4j.train.TrainingListener.Position;
import org.lm4j.train.TrainingListener.StepReport;
import org.lm4j.train.Unit;
import org.lm4j.train.watch.LivePage;
import org.lm4j.train.watch.LivePage.Status;

@Timeout(60)
class PageServerTest {
  private static LivePage page() {
    LivePage page = new LivePage("Training of book");
    page.begin(
        0,
        100,
        new LivePage.Subject(
            Map.of(), new RunLength(1.0, null, null), Unit.TOKENS, null, null, Path.of("none")));
    step(page, 1);
    return page;
  }

  private static void step(LivePage page, int step) {
    Position at = new Position(step, step / 100.0, step / 100.0);
    page.step(new StepReport(at, 4, 0.002, 1, 50, step / 4.0));
  }

  /** Returns all events that a viewer gets, each the page as JSON. */
  private static CompletableFuture<List<String>> events(HttpClient client, PageServer server) {
    HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + "events")).build();
    return client
        .sendAsync(request, HttpResponse.BodyHandlers.ofString())
        .thenApply(
            answer -> answer.body().lines().filter(line -> line.startsWith("data:")).toList());
  }

  @Test
  void everyViewerGetsTheEndAndOneThatReadsNothingDelaysNobody() throws Exception {
    LivePage page = page();
    long before;
    try (HttpClient client = HttpClient.newHttpClient()) {
      List<CompletableFuture<List<String>>> viewers;
      try (PageServer server = new PageServer(0, page);
          Socket dead = new Socket()) {
        dead.setReceiveBufferSize(1024);
        dead.connect(
            new InetSocketAddress(
                InetAddress.getLoopbackAddress(), URI.create(server.url()).getPort()));
        dead.getOutputStream()
            .write(
                "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        viewers = List.of(events(client, server), events(client, server));
        for (int step = 2; step <= 12_000; step++) { // so that a page is larger than any buffer
          step(page, step);
        }
        Thread.sleep(1500);
        step(page, 12_001);
        page.end(Status.FINISHED, "");
        before = System.nanoTime();
      }
      assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(20));
      for (CompletableFuture<List<String>> viewer : viewers) {
        List<String> events = viewer.get(10, TimeUnit.SECONDS);
        assertThat(events).hasSizeGreaterThan(1);
        assertThat(events.getFirst()).contains("running");
        assertThat(events.getLast()).contains("finished", "12,001").doesNotContain(">running<");
      }
    }
  }

  private static int status(String request, PageServer server) throws IOException {
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), URI.create(server.url()).getPort())) {
      socket.getOutputStream().write((request + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      String line = new String(in.readNBytes(12), StandardCharsets.US_ASCII);
      return Integer.parseInt(line.substring(9));
    }
  }

  @Test
  void itAnswersNothingButThePageAndOnlyToThisMachine() throws IOException {
    LivePage page = page();
    try (PageServer server = new PageServer(0, page)) {
      assertThat(status("GET / HTTP/1.1\r\nHost: 127.0.0.1:1", server)).isEqualTo(200);
      assertThat(status("HEAD / HTTP/1.1\r\nHost: localhost", server)).isEqualTo(200);
      assertThat(status("GET /etc/passwd HTTP/1.1\r\nHost: localhost", server)).isEqualTo(404);
      assertThat(status("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0", server))
          .isEqualTo(405);
      assertThat(status("GET / HTTP/1.1\r\nHost: evil.example", server)).isEqualTo(403);
      assertThat(status("GET /events HTTP/1.1\r\nHost: evil.example", server)).isEqualTo(403);
    }
  }

  @Test
  void aPortInUseIsRefusedInASentence() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> new PageServer(taken.getLocalPort(), page()))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "cannot listen on port %d of 127.0.0.1: Address already in use; 0 takes a free port"
                  .formatted(taken.getLocalPort()));
    }
  }
}
