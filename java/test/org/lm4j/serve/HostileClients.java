package org.lm4j.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.lm4j.backend.cpu.CpuBackend;
import org.lm4j.compute.Backend;
import org.lm4j.decode.Sampling;
import org.lm4j.io.Json;
import org.lm4j.serve.engine.Limits;
import org.lm4j.task.lm.LanguageModel;
import tools.jackson.databind.JsonNode;

/**
 * Clients that misbehave in every way at once, and good ones among them, whose texts must be those
 * that the model generates alone. Run by hand, with the number of malformed requests:
 *
 * <pre>java … org.lm4j.serve.HostileClients models/java-source 600 100000</pre>
 *
 * <p>The exit code is 1 if the server leaked, sent a stack trace, failed, or let a good client
 * down, or the malformed requests were not all sent.
 */
final class HostileClients {
  private static final int LARGE = 100_000_000; // bytes of a body
  private static final int AT_ONCE =
      256; // fuzzed requests: a busy machine does not hold up the next
  private static final int TEXTS = 64; // different texts of good clients
  private static final byte[] HALF = "POST /v1/completions HTTP/1.1\r\nHost: lo".getBytes(UTF_8);

  private final int port;
  private final long end;
  private final double pause; // seconds between the fuzzer's requests
  private final List<String> expected;
  private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
  private final List<String> wrong = Collections.synchronizedList(new ArrayList<>());
  private final Semaphore fuzzing = new Semaphore(AT_ONCE);
  private final List<Double> waits = Collections.synchronizedList(new ArrayList<>());

  private HostileClients(int port, double seconds, int malformed, List<String> expected) {
    this.port = port;
    this.end = System.nanoTime() + (long) (seconds * 1e9);
    this.pause = seconds / Math.max(1, malformed);
    this.expected = expected;
  }

  /** Runs the clients for a time, and returns what went wrong. */
  static List<String> run(
      int port, LanguageModel alone, double seconds, int malformed, List<String> report)
      throws InterruptedException {
    List<String> expected = new ArrayList<>();
    for (int seed = 0; seed < TEXTS; seed++) {
      expected.add(alone.generate("  public ", Sampling.defaults().seed(seed).length(24)));
    }
    HostileClients clients = new HostileClients(port, seconds, malformed, expected);
    clients.run(seconds);
    List<Double> sorted = clients.waits.stream().sorted().toList();
    clients.counts.forEach((what, count) -> report.add(what + " " + count.sum()));
    if (!sorted.isEmpty()) {
      report.add(
          "good answers after %.3f s (median), %.3f s (99 %%), %.3f s (all)"
              .formatted(
                  sorted.get(sorted.size() / 2),
                  sorted.get((int) (sorted.size() * 0.99)),
                  sorted.getLast()));
    } else {
      clients.wrong.add("no good client had an answer");
    }
    return clients.wrong;
  }

  /** A way to misbehave, once. */
  @FunctionalInterface
  private interface Deed {
    void run() throws IOException, InterruptedException;
  }

  private void run(double seconds) {
    double hold = Math.min(90, seconds / 3);
    RequestFuzzer fuzzer = new RequestFuzzer(1);
    long start = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 40; i++) {
        threads.execute(() -> again("half-open", () -> halfOpen(hold)));
      }
      for (int i = 0; i < 10; i++) {
        threads.execute(() -> again("a byte a second", this::drip));
        threads.execute(() -> again("gone after the first event", this::leave));
      }
      for (int i = 0; i < 5; i++) {
        threads.execute(() -> again("never reading", () -> neverRead(hold)));
      }
      threads.execute(() -> again("100 MB", () -> large(false)));
      threads.execute(() -> again("100 MB in chunks", () -> large(true)));
      threads.execute(() -> again("invalid UTF-8", () -> invalidText(fuzzer)));
      threads.execute(() -> again("good", this::good));
      threads.execute(() -> again("good", this::good));
      long sent = 0;
      while (left() > 0) {
        double early = sent++ * pause - (System.nanoTime() - start) / 1e9;
        sleep(early);
        byte[] request;
        synchronized (fuzzer) {
          request = fuzzer.next();
        }
        fuzzing.acquireUninterruptibly();
        threads.execute(
            () -> {
              once("fuzzed", () -> fuzz(request));
              fuzzing.release();
            });
      }
    }
  }

  private double left() {
    return (end - System.nanoTime()) / 1e9;
  }

  private void sleep(double seconds) {
    double most = Math.min(seconds, left());
    if (most > 0) {
      try {
        Thread.sleep((long) (most * 1000));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void again(String what, Deed deed) {
    while (left() > 0) {
      once(what, deed);
    }
  }

  private void once(String what, Deed deed) {
    try {
      count(what);
      deed.run();
    } catch (IOException e) {
      count(what + ": connection ended by the server");
      if (what.equals("good")) {
        wrong.add("a good client lost its connection: " + e);
      }
      sleep(0.02);
    } catch (InterruptedException | RuntimeException e) {
      wrong.add(what + ": " + e);
    }
  }

  private void count(String what) {
    counts.computeIfAbsent(what, _ -> new LongAdder()).increment();
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0); // closing resets the connection
  }

  private void halfOpen(double hold) throws IOException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    try (Socket socket = connect()) {
      socket.getOutputStream().write(HALF, 0, random.nextInt(HALF.length + 1));
      sleep(random.nextDouble(hold));
      if (random.nextBoolean()) {
        reset(socket);
      }
    }
  }

  private void drip() throws IOException {
    byte[] request = RequestFuzzer.request("POST /tokenize", "{\"prompt\": \"a\"}".getBytes(UTF_8));
    try (Socket socket = connect()) {
      for (byte octet : request) {
        if (left() > 0) {
          socket.getOutputStream().write(octet);
          sleep(1);
        }
      }
    }
  }

  private static byte[] stream(int tokens) {
    String body = "{\"prompt\": \"a\", \"max_tokens\": %d, \"stream\": true}".formatted(tokens);
    return RequestFuzzer.request("POST /v1/completions", body.getBytes(UTF_8));
  }

  private void leave() throws IOException {
    try (Socket socket = connect()) {
      socket.getOutputStream().write(stream(20_000));
      socket.getInputStream().readNBytes(400);
      reset(socket);
    }
    sleep(0.2);
  }

  private void neverRead(double hold) throws IOException {
    try (Socket socket = connect()) {
      socket.setReceiveBufferSize(4096);
      socket.getOutputStream().write(stream(60_000));
      sleep(hold);
    }
  }

  private void large(boolean chunked) throws IOException {
    String length = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + LARGE;
    String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n" + length + "\r\n\r\n";
    byte[] part = new byte[1 << 16];
    Arrays.fill(part, (byte) 'a');
    try (Socket socket = connect()) {
      OutputStream out = socket.getOutputStream();
      out.write(head.getBytes(ISO_8859_1));
      for (int sent = 0; sent < LARGE && left() > 0; sent += part.length) {
        if (chunked) {
          out.write("10000\r\n".getBytes(ISO_8859_1));
        }
        out.write(part);
        if (chunked) {
          out.write("\r\n".getBytes(ISO_8859_1));
        }
      }
    } finally {
      sleep(1);
    }
  }

  private void invalidText(RequestFuzzer fuzzer) throws IOException {
    byte[] request;
    synchronized (fuzzer) {
      request = fuzzer.invalidText();
    }
    String answer = ask(request);
    if (!answer.startsWith("HTTP/1.1 400 ") || !answer.contains("\"error\"")) {
      wrong.add("invalid UTF-8 had the answer " + answer);
    }
    sleep(0.1);
  }

  private void fuzz(byte[] request) throws IOException {
    String answer = ask(request);
    String status = answer.length() < 12 ? "no answer" : answer.substring(9, 12);
    count("fuzzed: " + status);
    boolean fine = status.startsWith("2");
    boolean trace = answer.contains("\tat ") || answer.contains("org.lm4j");
    boolean failed = status.startsWith("5") && !status.equals("501"); // a transfer encoding
    if (failed || (!fine && trace)) {
      wrong.add(
          printable(new String(request, ISO_8859_1)) + " had the answer " + printable(answer));
    }
  }

  private static String printable(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .limit(1000)
        .forEach(c -> shown.append(c >= ' ' && c < 127 ? "" + (char) c : "\\x%02x".formatted(c)));
    return shown.toString();
  }

  /** Sends bytes, and returns what comes until the server ends the connection. */
  private String ask(byte[] request) throws IOException {
    try (Socket socket = connect()) {
      socket.setSoTimeout(60_000);
      OutputStream out = socket.getOutputStream();
      out.write(request);
      out.flush();
      socket.shutdownOutput();
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      InputStream in = socket.getInputStream();
      in.transferTo(all);
      return all.toString(UTF_8);
    }
  }

  private void good() throws IOException {
    int seed = ThreadLocalRandom.current().nextInt(TEXTS);
    String body = "{\"prompt\": \"  public \", \"max_tokens\": 24, \"seed\": %d}".formatted(seed);
    long start = System.nanoTime();
    String answer = ask(RequestFuzzer.request("POST /v1/completions", body.getBytes(UTF_8)));
    waits.add((System.nanoTime() - start) / 1e9);
    int at = answer.indexOf("\r\n\r\n");
    if (!answer.startsWith("HTTP/1.1 200 ") || at < 0) {
      wrong.add("a good client had the answer " + answer);
      return;
    }
    JsonNode json = Json.parse(answer.substring(at), "the answer", JsonNode.class);
    String text = json.get("choices").get(0).get("text").stringValue();
    if (!text.equals(expected.get(seed))) {
      wrong.add("a good client had another text: " + text);
    }
    sleep(0.1);
  }

  /** Runs the clients, and prints what happened. */
  public static void main(String[] args) throws IOException, InterruptedException {
    double seconds = Double.parseDouble(args[1]);
    int malformed = Integer.parseInt(args[2]);
    List<String> log = Collections.synchronizedList(new ArrayList<>());
    List<String> report = new ArrayList<>();
    List<String> wrong;
    try (Backend backend = new CpuBackend(null, 2);
        LanguageModel alone = LanguageModel.load(Path.of(args[0]), backend);
        ServedModels models =
            new ServedModels(
                List.of(Path.of(args[0])), backend, new Limits(0, 4096, 8 << 20, 300), log::add);
        TextServer server =
            new TextServer(ServerOptions.defaults().at("127.0.0.1", 0), models, log::add)) {
      run(server.port(), alone, 5, 500, new ArrayList<>()); // loads what is loaded once
      AtRest before = AtRest.await(AtRest.now(), 70);
      System.out.println("before: " + before);
      wrong = run(server.port(), alone, seconds, malformed, report);
      AtRest after = AtRest.await(before, 100);
      System.out.println("after:  " + after);
      if (after.leaks(before)) {
        wrong.add("the server leaks");
      }
    }
    report.forEach(System.out::println);
    wrong.addAll(log);
    long sent =
        report.stream()
            .filter(line -> line.startsWith("fuzzed "))
            .mapToLong(line -> Long.parseLong(line.substring("fuzzed ".length())))
            .sum();
    if (sent < malformed) {
      wrong.add("only %,d of %,d malformed requests were sent in time".formatted(sent, malformed));
    }
    System.out.println("wrong: " + wrong.size());
    wrong.stream()
        .limit(20)
        .map(line -> line.substring(0, Math.min(600, line.length())))
        .forEach(System.out::println);
    System.exit(wrong.isEmpty() ? 0 : 1);
  }
}
