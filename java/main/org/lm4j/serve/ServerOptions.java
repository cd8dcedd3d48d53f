package org.lm4j.serve;

import org.jspecify.annotations.Nullable;

/**
 * Where a server listens, and what it grants.
 *
 * @param host name or address to listen on
 * @param port from 0, which takes a free one, to 65535
 * @param token that every request must bring as {@code Authorization: Bearer TOKEN}, but for the
 *     page and {@code /health}; null for none, which is possible on this machine's own address only
 * @param bodyBytes largest body of a request
 * @param promptTokens most tokens of a prompt
 * @param generatedTokens most tokens to generate for one text
 * @param texts most texts of one request
 * @param writeSeconds most time that a client may take to receive what was sent
 * @param warmUpSeconds time in which texts are computed for nobody before the first request is
 *     taken, so that the JVM has compiled by then what answers requests; 0 for none
 * @param spaceSeconds time after which an unfinished answer that is sent whole begins with a space,
 *     and gets another one, so that a client that has gone is noticed
 */
public record ServerOptions(
    String host,
    int port,
    @Nullable String token,
    int bodyBytes,
    int promptTokens,
    int generatedTokens,
    int texts,
    double writeSeconds,
    double warmUpSeconds,
    double spaceSeconds) {
  /** Listens on this machine's own address, at port 8080. */
  public static ServerOptions defaults() {
    return new ServerOptions("127.0.0.1", 8080, null, 8 << 20, 65_536, 65_536, 1024, 30, 0, 5);
  }

  /** Returns a copy with another address. */
  public ServerOptions at(String newHost, int newPort) {
    return new ServerOptions(
        newHost,
        newPort,
        token,
        bodyBytes,
        promptTokens,
        generatedTokens,
        texts,
        writeSeconds,
        warmUpSeconds,
        spaceSeconds);
  }

  /** Returns a copy with a token. */
  public ServerOptions withToken(@Nullable String secret) {
    return new ServerOptions(
        host,
        port,
        secret,
        bodyBytes,
        promptTokens,
        generatedTokens,
        texts,
        writeSeconds,
        warmUpSeconds,
        spaceSeconds);
  }

  /** Returns a copy with another time to warm up. */
  public ServerOptions warmingUp(double seconds) {
    return new ServerOptions(
        host,
        port,
        token,
        bodyBytes,
        promptTokens,
        generatedTokens,
        texts,
        writeSeconds,
        seconds,
        spaceSeconds);
  }
}
