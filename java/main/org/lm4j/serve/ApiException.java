package org.lm4j.serve;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Thrown for a request that gets an error as its answer: a status, and a sentence for its sender.
 */
final class ApiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final @Nullable String field;

  private ApiException(int status, String sentence, @Nullable String field) {
    super(sentence);
    this.status = status;
    this.field = field;
  }

  /** Returns an error of the request as a whole. */
  static ApiException of(int status, String sentence) {
    return new ApiException(status, sentence, null);
  }

  /** Returns an error of the request whose sentence is that of an exception. */
  static ApiException of(int status, RuntimeException cause) {
    return new ApiException(status, sentence(cause), null);
  }

  /** Returns an error of one field, whose sentence is that of an exception. */
  static ApiException field(String field, RuntimeException cause) {
    return new ApiException(400, sentence(cause), field);
  }

  private static String sentence(RuntimeException cause) {
    return Objects.requireNonNullElse(cause.getMessage(), cause.toString());
  }

  /** Returns an error of one field of the request. */
  static ApiException field(String field, String sentence) {
    return new ApiException(400, sentence, field);
  }

  int status() {
    return status;
  }

  /** Returns the answer's body, in the form of OpenAI's API. */
  Map<String, Object> body() {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("message", getMessage());
    error.put("type", status >= 500 ? "server_error" : "invalid_request_error");
    error.put("param", field);
    error.put("code", status);
    return Map.of("error", error);
  }
}
