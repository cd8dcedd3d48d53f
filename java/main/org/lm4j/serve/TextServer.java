package org.lm4j.serve;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/**
 * An HTTP server for language models: completions as in OpenAI's API, scores, embeddings, tokens,
 * and a page to try them. {@code /openapi.json} describes what it answers.
 *
 * <p>It listens on this machine's own address unless it has a token, sends no headers that allow
 * pages of other origins to use it, and reads nothing from the file system for a request.
 */
public final class TextServer implements AutoCloseable {
  static {
    // Read once, when the JDK's server is first used. Seconds, but for the last three.
    setDefault("sun.net.httpserver.maxReqTime", "60");
    setDefault("sun.net.httpserver.idleInterval", "60");
    setDefault("sun.net.httpserver.nodelay", "true");
    setDefault("jdk.httpserver.maxConnections", "8192");
    // More would be closed after an answer, though their clients keep them for the next request.
    setDefault("sun.net.httpserver.maxIdleConnections", "8192");
  }

  /** Sets the limits of the JDK's server for all servers here: initializing this class does. */
  static void prepare() {}

  private static final int BACKLOG = 1024;
  private static final double AFTER_CANCELLING = 5; // seconds
  private static final long RELOAD_MILLIS = 2000;
  static final String STOPPING = "the server is stopping";
  private static final String ONE_MODEL = ModelList.ONE + "{model}";
  private static final String CHAT = "/v1/chat/completions";

  private final ServerOptions options;
  private final ServedModels models;
  private final Consumer<String> log;
  private final @Nullable Consumer<String> accessLog;
  private final Access access;
  private final HttpServer http;
  private final ExecutorService threads;
  private final Watchdog watchdog = new Watchdog();
  private final Metrics metrics = new Metrics();
  private final Map<String, Route> routes = new LinkedHashMap<>();
  private final Completions completions;
  private final Thread reloader;
  private volatile boolean stopping;

  /** Answers a request. */
  @FunctionalInterface
  private interface Handler {
    void answer(Exchange exchange) throws IOException, InterruptedException;
  }

  /**
   * What is answered at a path.
   *
   * @param open whether no token is needed
   */
  private record Route(String method, boolean open, Handler handler) {}

  /**
   * Starts a server.
   *
   * @param models which the caller closes after the server
   * @param log receives a line for each failure of the server itself
   * @throws InputException if the address is not this machine's own and there is no token, or it
   *     cannot be listened on
   */
  public TextServer(ServerOptions options, ServedModels models, Consumer<String> log) {
    this(options, models, log, null);
  }

  /**
   * Starts a server that reports each request.
   *
   * @param models which the caller closes after the server
   * @param log receives a line for each failure of the server itself
   * @param accessLog receives a line for each request once it is answered: time, client, method,
   *     path, status, milliseconds, id of the request; null for none
   * @throws InputException if the address is not this machine's own and there is no token, or it
   *     cannot be listened on
   */
  public TextServer(
      ServerOptions options,
      ServedModels models,
      Consumer<String> log,
      @Nullable Consumer<String> accessLog) {
    this.options = options;
    this.models = models;
    this.log = log;
    this.accessLog = accessLog;
    this.access = new Access(options);
    this.completions = new Completions(options, models);
    addRoutes();
    InetSocketAddress address = address(options);
    try {
      this.http = HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      watchdog.close();
      throw new InputException(
          "cannot listen on %s, port %d: %s"
              .formatted(options.host(), options.port(), e.getMessage()),
          e);
    }
    this.threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lm4j-http-", 0).factory());
    http.setExecutor(threads);
    http.createContext("/", this::handle);
    if (options.warmUpSeconds() > 0) { // clients that come meanwhile are kept waiting
      WarmUp.run(options, models, log);
    }
    http.start();
    this.reloader = Thread.ofVirtual().name("lm4j-reload").start(this::reload);
  }

  private static void setDefault(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static InetSocketAddress address(ServerOptions options) {
    if (options.host().isBlank()) {
      throw InputException.naming("{host} is empty: give an address, such as 127.0.0.1.");
    }
    InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
    InetAddress resolved = address.getAddress();
    if (resolved == null) {
      throw new InputException("there is no address " + options.host());
    }
    if (!resolved.isLoopbackAddress() && options.token() == null) {
      throw InputException.naming(
          "%s can be reached from other machines: give a {tokenFile}, or listen on 127.0.0.1."
              .formatted(options.host()));
    }
    return address;
  }

  private void addRoutes() {
    LineScores scores = new LineScores(options, models);
    Embeddings embeddings = new Embeddings(options, models);
    Tokens tokens = new Tokens(options, models);
    ModelList list = new ModelList(models);
    post("/v1/completions", completions::answer);
    post("/v1/score", scores::answer);
    post("/v1/embeddings", embeddings::answer);
    post("/tokenize", tokens::tokenize);
    post("/detokenize", tokens::detokenize);
    get("/tokenizer_info", false, tokens::info);
    get("/v1/models", false, list::all);
    get(ONE_MODEL, false, list::one);
    get("/metrics", false, this::figures);
    get("/health", true, this::health);
    get("/openapi.json", true, exchange -> file(exchange, "openapi.json", "application/json"));
    get("/", true, exchange -> file(exchange, "page.html", "text/html; charset=utf-8"));
  }

  private void post(String path, Handler handler) {
    routes.put(path, new Route("POST", false, handler));
  }

  private void get(String path, boolean open, Handler handler) {
    routes.put(path, new Route("GET", open, handler));
  }

  /** Returns the port, also where a free one was taken. */
  public int port() {
    return http.getAddress().getPort();
  }

  /** Returns the address of the page. */
  public String url() {
    String host = http.getAddress().getAddress().isAnyLocalAddress() ? "localhost" : options.host();
    return "http://%s:%d/".formatted(host.contains(":") ? "[" + host + "]" : host, port());
  }

  private void reload() {
    while (!stopping) {
      try {
        Thread.sleep(RELOAD_MILLIS);
        models.reload();
      } catch (InterruptedException _) {
        return;
      } catch (RuntimeException e) {
        log.accept("the models could not be looked at: " + e.getMessage());
      }
    }
  }

  private void handle(HttpExchange request) {
    long start = System.nanoTime();
    metrics.begin();
    Exchange exchange = new Exchange(request, options, watchdog);
    String path = routeOf(exchange.path());
    Route route = routes.get(path);
    try {
      answer(exchange, route);
    } catch (ApiException e) {
      refuse(exchange, e);
    } catch (InterruptedException e) {
      refuse(exchange, ApiException.of(503, STOPPING));
    } catch (IOException e) { // the client has gone
      exchange.close();
    } catch (RuntimeException | Error e) {
      log.accept("%s failed: %s".formatted(path, e));
      refuse(exchange, ApiException.of(500, "the request could not be answered"));
    } finally {
      exchange.close();
      long nanos = System.nanoTime() - start;
      metrics.end(route == null ? "other" : path, exchange.status(), nanos);
      if (accessLog != null) {
        accessLog.accept(exchange.logged(Instant.now().truncatedTo(ChronoUnit.MILLIS), nanos));
      }
    }
  }

  private static String routeOf(String path) {
    boolean one = path.startsWith(ModelList.ONE) && path.length() > ModelList.ONE.length();
    return one ? ONE_MODEL : path;
  }

  private void answer(Exchange exchange, @Nullable Route route)
      throws IOException, InterruptedException {
    access.requireOwnHost(exchange);
    if (route == null) {
      throw ApiException.of(404, nothingAt(exchange.path()));
    }
    boolean head = exchange.method().equals("HEAD") && route.method().equals("GET");
    if (!route.method().equals(exchange.method()) && !head) {
      exchange.header("Allow", (route.method().equals("GET") ? "GET, HEAD" : "POST") + ", OPTIONS");
      if (exchange.method().equals("OPTIONS")) {
        exchange.send(204, "text/plain", new byte[0]);
        return;
      }
      throw ApiException.of(405, "this path takes %s".formatted(route.method()));
    }
    if (!route.open()) {
      access.requireToken(exchange);
    }
    if (route.method().equals("POST")) {
      access.requireOwnPage(exchange);
    }
    if (stopping) {
      exchange.header("Retry-After", "10");
      throw ApiException.of(503, STOPPING);
    }
    route.handler().answer(exchange);
  }

  private String nothingAt(String path) {
    if (path.equals(CHAT)) {
      return "the models of this server continue texts and have no form of a chat: use"
          + " /v1/completions";
    }
    List<String> paths =
        routes.keySet().stream().filter(known -> !known.equals(ONE_MODEL)).toList();
    return "there is nothing at this path; there are %s, which /openapi.json describes"
        .formatted(String.join(", ", paths));
  }

  private void refuse(Exchange exchange, ApiException error) {
    if (exchange.status() != 0 && !exchange.isSpaced()) {
      return; // an answer has begun
    }
    try {
      if (error.status() == 503) {
        exchange.header("Retry-After", "1");
      }
      exchange.send(error.status(), error.body());
    } catch (IOException _) { // the client has gone
      exchange.close();
    }
  }

  private void health(Exchange exchange) throws IOException {
    exchange.send(200, Map.of("status", "ok"));
  }

  private void figures(Exchange exchange) throws IOException {
    byte[] text = metrics.text(models).getBytes(StandardCharsets.UTF_8);
    exchange.send(200, "text/plain; version=0.0.4; charset=utf-8", text);
  }

  private static void file(Exchange exchange, String name, String type) throws IOException {
    if (name.endsWith(".html")) {
      exchange.header(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
              + " connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none';"
              + " frame-ancestors 'none'");
      exchange.header("Referrer-Policy", "no-referrer");
    }
    exchange.send(200, type, Resources.bytes(name));
  }

  /**
   * Stops: new requests are refused, those under way may finish until {@code seconds} are over, and
   * are then ended.
   */
  public void stop(double seconds) {
    stopping = true;
    reloader.interrupt();
    boolean interrupted = awaitRequests(seconds);
    completions.cancelAll();
    interrupted |= awaitRequests(AFTER_CANCELLING);
    threads.shutdownNow();
    http.stop(0);
    watchdog.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until no request is under way; returns whether the thread was interrupted. */
  private boolean awaitRequests(double seconds) {
    long deadline = System.nanoTime() + (long) (seconds * 1e9);
    while (metrics.active() > 0 && System.nanoTime() < deadline) {
      try {
        Thread.sleep(20);
      } catch (InterruptedException _) {
        return true;
      }
    }
    return false;
  }

  /** Stops at once: ends what is under way. */
  @Override
  public void close() {
    stop(0);
  }
}
