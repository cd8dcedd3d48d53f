package org.lm4j.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Makes requests that a server has to refuse, by mutation of those that it answers. */
final class RequestFuzzer {
  private static final List<String> HEADS =
      List.of(
          "POST /v1/completions",
          "POST /v1/score",
          "POST /v1/embeddings",
          "POST /tokenize",
          "POST /detokenize",
          "GET /v1/models",
          "GET /metrics");

  private static final List<String> BODIES =
      List.of(
          "{\"prompt\": \"  public \", \"max_tokens\": 8, \"seed\": 1, \"stop\": [\";\"]}",
          "{\"lines\": [\"int x = 1;\", \"☃ é\"], \"top\": 2, \"context\": \"a\"}",
          "{\"input\": [\"public\", \"static\"], \"encoding_format\": \"base64\"}",
          "{\"prompt\": \"import java\"}",
          "{\"tokens\": [1, 2, 3]}",
          "{\"prompt\": [[1, 2], [3]], \"max_tokens\": 4, \"n\": 2, \"logprobs\": 3,"
              + " \"echo\": true}",
          "{\"prompt\": [\"a\", \"b\"], \"max_tokens\": 5, \"stream\": true, \"temperature\": 0.5,"
              + " \"top_p\": 0.9, \"top_k\": 5, \"stream_options\": {\"include_usage\": true}}");

  private static final List<String> PARTS =
      List.of(
          "\0",
          "\r\n",
          "\r\n\r\n",
          "[".repeat(3000),
          "{\"a\":".repeat(1500),
          "1e999",
          "-1",
          "99999999999999999999",
          "NaN",
          "null",
          "true",
          "\"\\ud800\"",
          "\"\\u0000\"",
          "%00",
          "%2e%2e%2f",
          "/../../etc/passwd",
          "\u00ff\u00fe",
          "\u00c0\u0080",
          "\u00ed\u00a0\u0080",
          "Transfer-Encoding: chunked\r\n",
          "Content-Length: 5\r\n",
          "Expect: 100-continue\r\n",
          "ffffffffffffffff\r\n",
          "A".repeat(70_000));

  private final SplittableRandom random;

  RequestFuzzer(long seed) {
    this.random = new SplittableRandom(seed);
  }

  private <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** Returns the bytes of a request. */
  byte[] next() {
    String head = any(HEADS);
    byte[] body = head.startsWith("GET") ? new byte[0] : any(BODIES).getBytes(UTF_8);
    int changes = 1 + random.nextInt(3);
    boolean bodyOnly = body.length > 0 && random.nextInt(3) > 0; // its length is then right
    for (int i = 0; bodyOnly && i < changes; i++) {
      body = mutated(body);
    }
    byte[] request = request(head, body);
    for (int i = 0; !bodyOnly && i < changes; i++) {
      request = mutated(request);
    }
    return request;
  }

  /** Returns a request whose body is not UTF-8. */
  byte[] invalidText() {
    byte[] body = any(BODIES).getBytes(UTF_8);
    int at = body.length - 3;
    System.arraycopy(new byte[] {(byte) 0xc3, (byte) 0x28}, 0, body, at, 2);
    return request("POST /v1/completions", body);
  }

  /** Returns a request. */
  static byte[] request(String head, byte[] body) {
    String lines = head + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n";
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(lines.formatted(body.length).getBytes(ISO_8859_1));
    out.writeBytes(body);
    return out.toByteArray();
  }

  private byte[] mutated(byte[] given) {
    int size = given.length;
    if (size == 0) {
      return any(PARTS).getBytes(ISO_8859_1);
    }
    int from = random.nextInt(size);
    int to = from + random.nextInt(Math.min(size - from, 40) + 1);
    return switch (random.nextInt(6)) {
      case 0 -> {
        byte[] flipped = given.clone();
        flipped[from] ^= (byte) (1 + random.nextInt(255));
        yield flipped;
      }
      case 1 -> replaced(given, from, to, new byte[0]);
      case 2 -> replaced(given, from, from, Arrays.copyOfRange(given, from, to));
      case 3 -> replaced(given, from, to, any(PARTS).getBytes(ISO_8859_1));
      case 4 -> replaced(given, from, from, any(PARTS).getBytes(ISO_8859_1));
      default -> Arrays.copyOf(given, from); // cut short
    };
  }

  private static byte[] replaced(byte[] given, int from, int to, byte[] by) {
    byte[] result = new byte[given.length - (to - from) + by.length];
    System.arraycopy(given, 0, result, 0, from);
    System.arraycopy(by, 0, result, from, by.length);
    System.arraycopy(given, to, result, from + by.length, given.length - to);
    return result;
  }
}
