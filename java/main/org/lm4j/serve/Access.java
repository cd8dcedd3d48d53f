package org.lm4j.serve;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Decides who may ask a server. */
final class Access {
  private static final String BEARER = "Bearer ";
  private static final List<String> OWN_SITES = List.of("same-origin", "none");

  private final ServerOptions options;

  Access(ServerOptions options) {
    this.options = options;
  }

  /**
   * Refuses requests for another host, which a page of another site sends whose name leads to this
   * machine. With a token none of this is needed, since such a page does not know it.
   *
   * @throws ApiException if the request is refused
   */
  void requireOwnHost(Exchange exchange) {
    String host = exchange.headers().getFirst("Host");
    if (options.token() != null || host == null) {
      return;
    }
    String name = host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
    List<String> own = List.of("localhost", "127.0.0.1", "[::1]", options.host());
    if (!own.contains(name)) {
      throw ApiException.of(403, "this server is asked as localhost only");
    }
  }

  /**
   * Refuses requests that a browser sends for a page of another site, which cannot read the answer,
   * but make this machine compute. With a token none of this is needed.
   *
   * @throws ApiException if the request is refused
   */
  void requireOwnPage(Exchange exchange) {
    String site = exchange.headers().getFirst("Sec-Fetch-Site"); // of browsers alone
    if (options.token() == null && site != null && !OWN_SITES.contains(site)) {
      throw ApiException.of(
          403, "pages of other sites may not use this server, unless it has a token");
    }
  }

  /**
   * Requires the token if there is one.
   *
   * @throws ApiException if it is missing or wrong
   */
  void requireToken(Exchange exchange) {
    String token = options.token();
    if (token == null) {
      return;
    }
    String given = exchange.headers().getFirst("Authorization");
    boolean bearer = given != null && given.regionMatches(true, 0, BEARER, 0, BEARER.length());
    String value = bearer ? Objects.requireNonNull(given).substring(BEARER.length()).strip() : "";
    byte[] expected = token.getBytes(StandardCharsets.UTF_8);
    if (!MessageDigest.isEqual(expected, value.getBytes(StandardCharsets.UTF_8))) {
      exchange.header("WWW-Authenticate", "Bearer");
      throw ApiException.of(401, "the token is missing or wrong: send Authorization: Bearer TOKEN");
    }
  }
}
