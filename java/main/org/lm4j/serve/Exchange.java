package org.lm4j.serve;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.lm4j.io.Json;
import org.lm4j.tensor.MemoryBudget;

/** A request and its answer. */
final class Exchange {
  private static final String JSON = "application/json";
  private static final String ID = "X-Request-Id";
  private static final Pattern GOOD_ID = Pattern.compile("[\\w.:/+=-]{1,100}");
  private static final AtomicLong COUNT = new AtomicLong(System.currentTimeMillis() << 16);
  private static final int SMALL_BODY = 1 << 16;

  /** For memory: as many large bodies are read at once. */
  private static final Semaphore LARGE_BODIES = new Semaphore(32);

  private static final int MOST_LOGGED = 200; // characters of a path

  private final HttpExchange http;
  private final ServerOptions options;
  private final Watchdog watchdog;
  private final String id;
  private int status;
  private boolean spaced; // whether an answer has begun with a space

  Exchange(HttpExchange http, ServerOptions options, Watchdog watchdog) {
    this.http = http;
    this.options = options;
    this.watchdog = watchdog;
    String given = http.getRequestHeaders().getFirst(ID);
    this.id =
        given != null && GOOD_ID.matcher(given).matches()
            ? given
            : "req-" + Long.toHexString(COUNT.incrementAndGet());
    http.getResponseHeaders().set(ID, id);
  }

  /** Returns the line about this request for the log, at the time of its end. */
  String logged(Instant time, long nanos) {
    return String.format(
        Locale.ROOT,
        "%s %s %s %s %s %.1f ms %s",
        time,
        http.getRemoteAddress().getAddress().getHostAddress(),
        printable(method()),
        printable(Objects.requireNonNullElse(http.getRequestURI().getRawPath(), "-")),
        status == 0 ? "-" : Integer.toString(status),
        nanos / 1e6,
        id);
  }

  private static String printable(String text) {
    String some = text.length() > MOST_LOGGED ? text.substring(0, MOST_LOGGED) + "..." : text;
    return some.replaceAll("[^!-~]", "?");
  }

  String method() {
    return http.getRequestMethod();
  }

  /** Returns the path, decoded; empty where the address has none. */
  String path() {
    return Objects.requireNonNullElse(http.getRequestURI().getPath(), "");
  }

  Headers headers() {
    return http.getRequestHeaders();
  }

  /** Returns the status that was sent; 0 if none was. */
  int status() {
    return status;
  }

  /**
   * Returns the body of the request.
   *
   * @throws ApiException if it is larger than allowed
   * @throws IOException if the client does not send it
   */
  JsonFields body() throws IOException {
    int most = options.bodyBytes();
    String length = headers().getFirst("Content-Length");
    if (length != null && length.length() > 9) {
      throw tooLarge(most);
    }
    try (InputStream in = http.getRequestBody()) {
      byte[] bytes = in.readNBytes(SMALL_BODY + 1);
      return bytes.length <= SMALL_BODY ? JsonFields.parse(bytes) : largeBody(bytes, in, most);
    }
  }

  private JsonFields largeBody(byte[] begun, InputStream in, int most) throws IOException {
    if (!LARGE_BODIES.tryAcquire()) {
      http.getResponseHeaders().set("Connection", "close");
      throw ApiException.of(503, "the server is reading too many large requests: try again later");
    }
    try {
      byte[] rest = in.readNBytes(most + 1 - begun.length);
      if (begun.length + rest.length > most) {
        http.getResponseHeaders().set("Connection", "close");
        throw tooLarge(most);
      }
      byte[] bytes = Arrays.copyOf(begun, begun.length + rest.length);
      System.arraycopy(rest, 0, bytes, begun.length, rest.length);
      return JsonFields.parse(bytes);
    } finally {
      LARGE_BODIES.release();
    }
  }

  private static ApiException tooLarge(int most) {
    return ApiException.of(413, "the request's body is larger than " + MemoryBudget.words(most));
  }

  /** Sends an answer. */
  void send(int code, String type, byte[] body) throws IOException {
    status = code;
    setHeaders(type);
    try (Watchdog.Watch _ = watchdog.watch(http, options.writeSeconds())) {
      boolean head = method().equals("HEAD");
      http.sendResponseHeaders(code, head || body.length == 0 ? -1 : body.length);
      if (!head && body.length > 0) {
        // Not closed here: if that failed, the JDK's server would keep the connection for ever.
        http.getResponseBody().write(body);
      }
    } finally {
      http.close();
    }
  }

  /**
   * Sends a value as JSON; if an answer has begun by {@link #sendSpace}, this is the rest of it.
   */
  void send(int code, Object value) throws IOException {
    byte[] json = Json.line(value).getBytes(StandardCharsets.UTF_8);
    if (!spaced) {
      send(code, JSON, json);
      return;
    }
    try {
      write(json);
    } finally {
      http.close();
    }
  }

  /**
   * Sends a space, which may stand before a value of JSON, so that a client that has gone is
   * noticed: the first begins an answer of status 200.
   *
   * @throws IOException if the client has gone
   */
  void sendSpace() throws IOException {
    if (!spaced) {
      spaced = true;
      status = 200;
      setHeaders(JSON);
      http.sendResponseHeaders(200, 0);
    }
    write(new byte[] {' '});
  }

  /** Returns whether nothing but spaces has been sent. */
  boolean isSpaced() {
    return spaced;
  }

  private void write(byte[] bytes) throws IOException {
    try (Watchdog.Watch _ = watchdog.watch(http, options.writeSeconds())) {
      http.getResponseBody().write(bytes);
      http.getResponseBody().flush();
    }
  }

  private void setHeaders(String type) {
    Headers headers = http.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cache-Control", "no-store");
  }

  /** Sends a header of the answer, before the rest. */
  void header(String name, String value) {
    http.getResponseHeaders().set(name, value);
  }

  /** Begins an answer that is a stream of events; the caller closes it. */
  EventStream events() throws IOException {
    status = 200;
    Headers headers = http.getResponseHeaders();
    headers.set("Content-Type", "text/event-stream; charset=utf-8");
    headers.set("Cache-Control", "no-store");
    headers.set("X-Accel-Buffering", "no");
    http.sendResponseHeaders(200, 0);
    http.getResponseBody().flush(); // now, and not with the first event
    return new EventStream(http, watchdog, options.writeSeconds());
  }

  /** Ends the connection. */
  void close() {
    http.close();
  }
}
