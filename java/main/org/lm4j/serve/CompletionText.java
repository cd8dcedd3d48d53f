package org.lm4j.serve;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.serve.engine.TextListener;
import org.lm4j.serve.engine.TextToken;
import org.lm4j.text.Detokenizer;
import org.lm4j.text.Vocabulary;

/**
 * One text of an answer, or the part of it that has come since the last part was taken. Offsets
 * count code points from the beginning of the text.
 */
final class CompletionText {
  private static final double IMPOSSIBLE = -9999; // JSON has no infinity

  private final Vocabulary vocabulary;
  private final int index;
  private final boolean logprobs;
  private final StringBuilder text = new StringBuilder();
  private final List<String> tokens = new ArrayList<>();
  private final List<@Nullable Double> scores = new ArrayList<>();
  private final List<@Nullable Map<String, Double>> top = new ArrayList<>();
  private final List<Integer> offsets = new ArrayList<>();
  private int at; // the code points of all tokens so far
  private int generated;
  private int shown; // code points of the text that were taken, or are here
  private @Nullable String finish;
  private boolean taken; // whether the end was taken

  /**
   * Creates an empty text.
   *
   * @param index of the text in the answer
   * @param echo text with which it begins
   * @param echoed whether the tokens of that text come as tokens too
   */
  CompletionText(Vocabulary vocabulary, int index, boolean logprobs, String echo, boolean echoed) {
    this.vocabulary = vocabulary;
    this.index = index;
    this.logprobs = logprobs;
    append(echo);
    this.at = echoed ? 0 : shown;
  }

  private void append(String more) {
    text.append(more);
    shown += more.codePointCount(0, more.length());
  }

  /** Returns the number of tokens that were generated. */
  int generated() {
    return generated;
  }

  /** Returns whether there is anything to send. */
  boolean hasNews() {
    return !text.isEmpty() || !tokens.isEmpty() || (finish != null && !taken);
  }

  void add(TextToken token) {
    generated += token.generated() ? 1 : 0;
    append(token.text());
    if (!logprobs) {
      return;
    }
    String own = string(token.bytes());
    tokens.add(own);
    scores.add(Double.isNaN(token.logProbability()) ? null : number(token.logProbability()));
    offsets.add(at);
    at += own.startsWith("bytes:") ? 0 : own.codePointCount(0, own.length());
    boolean spaced = token.bytes().length > 1 && token.bytes()[0] == ' ';
    if (token.top().isEmpty()) {
      top.add(null);
      return;
    }
    Map<String, Double> alternatives = new LinkedHashMap<>();
    for (TextToken.Alternative alternative : token.top()) {
      String name = string(new Detokenizer(vocabulary).next(alternative.id()));
      String placed = spaced && !name.startsWith(" ") && !name.equals("\n") ? " " + name : name;
      alternatives.putIfAbsent(placed, number(alternative.logProbability()));
    }
    top.add(alternatives);
  }

  private static double number(double logProbability) {
    return Math.max(IMPOSSIBLE, logProbability);
  }

  void end(TextListener.Ending ending, String rest) {
    append(rest);
    finish = ending.name().toLowerCase(Locale.ROOT);
    while (ending == TextListener.Ending.STOP
        && !offsets.isEmpty()
        && offsets.getLast() >= shown) { // tokens of the stop text
      tokens.removeLast();
      scores.removeLast();
      top.removeLast();
      offsets.removeLast();
    }
  }

  /** Returns bytes as text, or escaped where they are only a part of a character. */
  private static String string(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      StringBuilder escaped = new StringBuilder("bytes:");
      for (byte octet : bytes) {
        escaped.append("\\x%02x".formatted(octet & 0xff));
      }
      return escaped.toString();
    }
  }

  /** Returns what is here as a choice of an answer, and begins the next part. */
  Map<String, @Nullable Object> take() {
    Map<String, @Nullable Object> choice = new LinkedHashMap<>();
    choice.put("text", text.toString());
    choice.put("index", index);
    Map<String, @Nullable Object> details = null;
    if (logprobs) {
      details = new LinkedHashMap<>();
      details.put("tokens", List.copyOf(tokens));
      details.put("token_logprobs", new ArrayList<>(scores));
      details.put("top_logprobs", new ArrayList<>(top));
      details.put("text_offset", List.copyOf(offsets));
    }
    choice.put("logprobs", details);
    choice.put("finish_reason", finish);
    taken = finish != null;
    text.setLength(0);
    tokens.clear();
    scores.clear();
    top.clear();
    offsets.clear();
    return choice;
  }
}
