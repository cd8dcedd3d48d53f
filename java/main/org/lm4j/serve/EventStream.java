package org.lm4j.serve;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.lm4j.io.Json;

/** Server-sent events as the answer to a request: each is sent at once. */
final class EventStream implements AutoCloseable {
  private final HttpExchange http;
  private final Watchdog watchdog;
  private final double seconds;
  private final OutputStream out;

  EventStream(HttpExchange http, Watchdog watchdog, double seconds) {
    this.http = http;
    this.watchdog = watchdog;
    this.seconds = seconds;
    this.out = http.getResponseBody();
  }

  /**
   * Sends a value as JSON.
   *
   * @throws IOException if the client has gone, or does not receive in time
   */
  void send(Object value) throws IOException {
    write("data: " + Json.line(value) + "\n\n");
  }

  /** Sends the event after which OpenAI's clients expect nothing more. */
  void done() throws IOException {
    write("data: [DONE]\n\n");
  }

  /** Sends a comment, which clients skip: shows whether the client is still there. */
  void ping() throws IOException {
    write(": waiting\n\n");
  }

  private void write(String text) throws IOException {
    try (Watchdog.Watch _ = watchdog.watch(http, seconds)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
