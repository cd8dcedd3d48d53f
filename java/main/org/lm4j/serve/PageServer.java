package org.lm4j.serve;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.lm4j.InputException;
import org.lm4j.train.watch.LivePage;

/**
 * A server of a live page, on this machine's own address: {@code /} is the page, {@code /events}
 * sends it again whenever it has changed.
 *
 * <p>The run that the page is about never waits for a viewer: each viewer's thread looks by itself
 * whether there is something new, and skips what it was too slow for. One that does not receive in
 * time is disconnected.
 */
public final class PageServer implements AutoCloseable {
  private static final String EVENTS = "/events";
  private static final String HOST = "127.0.0.1";
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final int BACKLOG = 64;
  private static final int MOST_VIEWERS = 64;
  private static final long LOOK_MILLIS = 1000;
  private static final long PING_MILLIS = 10_000;
  private static final long FAREWELL_MILLIS = 3000;

  private final LivePage page;
  private final HttpServer http;
  private final ExecutorService threads;
  private final Watchdog watchdog = new Watchdog();
  private final ServerOptions options;
  private final AtomicInteger viewers = new AtomicInteger();
  private volatile boolean closing;
  private long drawnVersion = -1;
  private String drawn = "";

  /**
   * Starts a server.
   *
   * @param port from 0, which takes a free one, to 65535
   * @throws InputException if the port cannot be listened on
   */
  public PageServer(int port, LivePage page) {
    TextServer.prepare();
    this.page = page;
    this.options = ServerOptions.defaults().at(HOST, port);
    try {
      this.http =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), BACKLOG);
    } catch (IOException e) {
      watchdog.close();
      throw new InputException(
          "cannot listen on port %d of %s: %s; 0 takes a free port"
              .formatted(port, HOST, e.getMessage()),
          e);
    }
    this.threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("lm4j-page-", 0).factory());
    http.setExecutor(threads);
    http.createContext("/", this::handle);
    http.start();
  }

  /** Returns the address of the page. */
  public String url() {
    return "http://%s:%d/".formatted(HOST, http.getAddress().getPort());
  }

  private void handle(HttpExchange request) {
    Exchange exchange = new Exchange(request, options, watchdog);
    try {
      answer(exchange);
    } catch (ApiException e) {
      refuse(exchange, e);
    } catch (IOException e) { // the viewer has gone
      exchange.close();
    } catch (InterruptedException e) { // the server has ended
      Thread.currentThread().interrupt();
    } finally {
      exchange.close();
    }
  }

  private void answer(Exchange exchange) throws IOException, InterruptedException {
    requireOwnHost(exchange);
    String path = exchange.path();
    if (!path.equals("/") && !path.equals(EVENTS)) {
      throw ApiException.of(404, "there is nothing here but the page, at /");
    }
    if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
      exchange.header("Allow", "GET");
      throw ApiException.of(405, "this path takes GET");
    }
    if (path.equals("/")) {
      exchange.header("Content-Security-Policy", "frame-ancestors 'none'");
      exchange.header("Referrer-Policy", "no-referrer");
      byte[] html = html().getBytes(StandardCharsets.UTF_8);
      exchange.send(200, "text/html; charset=utf-8", html);
      return;
    }
    if (viewers.incrementAndGet() > MOST_VIEWERS) {
      viewers.decrementAndGet();
      throw ApiException.of(503, "%d viewers are all that there can be".formatted(MOST_VIEWERS));
    }
    try (EventStream events = exchange.events()) {
      follow(events);
    } finally {
      viewers.decrementAndGet();
    }
  }

  /** Refuses requests for another host, which a page of another site can send by a browser. */
  private static void requireOwnHost(Exchange exchange) {
    String host = exchange.headers().getFirst("Host");
    String name = host == null ? HOST : host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
    if (!List.of("localhost", HOST).contains(name)) {
      throw ApiException.of(403, "this server is asked as localhost only");
    }
  }

  private void follow(EventStream events) throws IOException, InterruptedException {
    long seen = -1;
    long quiet = 0;
    while (true) {
      boolean last = closing; // read first: what was new before it is sent
      long version = page.version();
      if (version != seen) {
        events.send(Map.of("page", html()));
        seen = version;
        quiet = 0;
      } else if (quiet > PING_MILLIS) {
        events.ping();
        quiet = 0;
      }
      if (last) {
        return;
      }
      Thread.sleep(LOOK_MILLIS);
      quiet += LOOK_MILLIS;
    }
  }

  /** Returns the page as it is now, which is drawn once for all viewers. */
  private synchronized String html() {
    long version = page.version();
    if (version != drawnVersion) {
      drawn = page.html();
      drawnVersion = version;
    }
    return drawn;
  }

  private static void refuse(Exchange exchange, ApiException error) {
    try {
      exchange.send(error.status(), error.body());
    } catch (IOException e) { // the viewer has gone
      exchange.close();
    }
  }

  /** Ends the server, once its viewers have the page as it is now, or do not receive it in time. */
  @Override
  public void close() {
    closing = true;
    long deadline = System.nanoTime() + FAREWELL_MILLIS * 1_000_000;
    boolean interrupted = false;
    while (viewers.get() > 0 && System.nanoTime() < deadline && !interrupted) {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    threads.shutdownNow();
    http.stop(0);
    watchdog.close();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
