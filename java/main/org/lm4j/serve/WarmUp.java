package org.lm4j.serve;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.lm4j.InputException;
import org.lm4j.io.Json;

/**
 * Asks a separate server for texts of the models that another is about to serve, so that the JVM
 * has loaded and compiled what answers requests before the first one comes. The other server's
 * figures do not change, and no state is kept.
 */
final class WarmUp {
  private static final int CLIENTS = 32;
  private static final int TOKENS = 8;
  private static final String HOST = "127.0.0.1";

  private final int port;
  private final String token;
  private final List<String> models;
  private final Consumer<String> log;
  private final long end;
  private final AtomicInteger count = new AtomicInteger();

  private WarmUp(int port, ServerOptions options, List<String> models, Consumer<String> log) {
    this.port = port;
    this.token = options.token() == null ? "" : options.token();
    this.models = models;
    this.log = log;
    this.end = System.nanoTime() + (long) (options.warmUpSeconds() * 1e9);
  }

  /** Takes as long as the options say, and little longer. */
  static void run(ServerOptions options, ServedModels models, Consumer<String> log) {
    List<String> names =
        models.all().stream()
            .filter(model -> model.engine() != null)
            .map(ServedModel::name)
            .toList();
    if (names.isEmpty()) {
      return;
    }
    ServerOptions own = options.at(HOST, 0).warmingUp(0);
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        TextServer server = new TextServer(own, models, log)) { // closed first: ends the clients
      WarmUp warmUp = new WarmUp(server.port(), options, names, log);
      for (int i = 0; i < CLIENTS; i++) {
        clients.execute(warmUp::askAgainAndAgain);
      }
      while (warmUp.left() > 0) {
        LockSupport.parkNanos(warmUp.left());
      }
    } catch (InputException e) { // no free port
      log.accept("the server could not warm up: " + e.getMessage());
    }
    models.forget();
  }

  private long left() {
    return end - System.nanoTime();
  }

  private void askAgainAndAgain() {
    try {
      while (left() > 0) {
        ask(count.getAndIncrement());
      }
    } catch (IOException e) {
      if (left() > 0) { // else the server has ended the connection
        log.accept("warming up ended early: " + e.getMessage());
      }
    }
  }

  private void ask(int number) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model", models.get(number % models.size()));
    fields.put("prompt", "");
    fields.put("max_tokens", TOKENS);
    fields.put("seed", number);
    fields.put("stream", number % 4 > 0);
    byte[] body = Json.line(fields).getBytes(StandardCharsets.UTF_8);
    String head =
        """
        POST /v1/completions HTTP/1.1\r
        Host: %s\r
        Authorization: Bearer %s\r
        Content-Type: application/json\r
        Content-Length: %d\r
        Connection: close\r
        \r
        """
            .formatted(HOST, token, body.length);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().write(body);
      InputStream in = socket.getInputStream();
      byte[] some = new byte[1 << 13];
      while (in.read(some) >= 0) {} // until the server ends the connection
    }
  }
}
