package org.lm4j.serve;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;
import org.lm4j.text.Detokenizer;
import org.lm4j.text.Vocabulary;

/** Answers requests for the scores of lines: the surprisal of each token, word and line. */
final class LineScores {
  private static final double LN2 = Math.log(2);
  private static final int MOST_TOP = 100;

  private final ServerOptions options;
  private final ServedModels models;

  LineScores(ServerOptions options, ServedModels models) {
    this.options = options;
    this.models = models;
  }

  /** Answers one request. */
  void answer(Exchange exchange) throws IOException, InterruptedException {
    JsonFields fields = exchange.body();
    String name = fields.text("model", "");
    List<String> lines = fields.texts("lines", options.texts());
    if (lines.isEmpty()) {
      throw ApiException.field("lines", "'lines' is missing: a list of texts to score");
    }
    LineScoring scoring = scoring(fields);
    fields.requireNoOther();
    long characters = 0;
    for (String line : lines) {
      int read = line.length() + scoring.context().length();
      if (read > options.promptTokens()) {
        throw ApiException.field(
            "lines",
            "a line has %,d characters, its context included; at most %,d are allowed"
                .formatted(read, options.promptTokens()));
      }
      characters += line.length();
      if (line.indexOf('\n') >= 0) {
        throw ApiException.field("lines", "a line has a line end: give each line as a text");
      }
    }
    CompletionRequest.requireFew(
        characters * (1 + (scoring.predictions() ? scoring.top() : 0)), "lines");
    try (ServedModel.Hold hold = models.hold(name)) {
      List<Object> data = new ArrayList<>();
      List<LineScore> scores;
      try {
        scores = hold.model().score(lines, scoring);
      } catch (InputException e) {
        throw ApiException.of(400, e);
      }
      for (LineScore score : scores) {
        data.add(line(data.size(), score, scoring.predictions(), hold.model().vocabulary()));
      }
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("object", "list");
      answer.put("model", hold.model().name());
      answer.put("data", data);
      exchange.send(200, answer);
    }
  }

  private static LineScoring scoring(JsonFields fields) {
    LineScoring scoring = LineScoring.defaults().withContext(fields.text("context", ""));
    if (fields.get("begin") != null) {
      scoring = scoring.withBegin(fields.flag("begin", true));
    }
    if (fields.flag("end", false)) {
      scoring = scoring.withEnd();
    }
    int top = (int) fields.whole("top", 0, 0, MOST_TOP);
    return fields.flag("predictions", top > 0) ? scoring.withPredictions(top) : scoring;
  }

  private static Map<String, Object> line(
      int index, LineScore score, boolean predictions, Vocabulary vocabulary) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("index", index);
    line.put("line", score.line());
    double nats = 0;
    List<Object> tokens = new ArrayList<>();
    for (LineScore.Token token : score.tokens()) {
      nats += token.scored() ? token.nats() : 0;
      tokens.add(token(token, predictions, vocabulary));
    }
    line.put("nats", nats);
    line.put("bits", nats / LN2);
    line.put("tokens", tokens);
    line.put("words", words(score));
    return line;
  }

  private static Map<String, @Nullable Object> token(
      LineScore.Token token, boolean predictions, Vocabulary vocabulary) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    values.put("text", token.text());
    values.put("id", token.id());
    values.put("start", token.start());
    values.put("end", token.end());
    values.put("known", token.known());
    values.put("nats", token.scored() ? token.nats() : null);
    values.put("bits", token.scored() ? token.bits() : null);
    LineScore.Prediction prediction = token.prediction();
    if (predictions) {
      values.put("rank", prediction == null ? null : prediction.rank());
      values.put("entropy", prediction == null ? null : prediction.entropy());
      List<Object> top = new ArrayList<>();
      if (prediction != null) {
        for (LineScore.Alternative other : prediction.top()) {
          Map<String, Object> alternative = new LinkedHashMap<>();
          alternative.put("text", Detokenizer.text(vocabulary, new int[] {other.id()}));
          alternative.put("id", other.id());
          alternative.put("nats", other.nats());
          top.add(alternative);
        }
      }
      values.put("top", top);
    }
    return values;
  }

  /** Returns the words, each with the white space before it; the last also has the line's end. */
  private static List<Object> words(LineScore score) {
    List<Object> words = new ArrayList<>();
    String line = score.line();
    int token = 0;
    int end = 0;
    while (end < line.length()) {
      int start = end;
      while (start < line.length() && Character.isWhitespace(line.charAt(start))) {
        start++;
      }
      end = start;
      while (end < line.length() && !Character.isWhitespace(line.charAt(end))) {
        end++;
      }
      boolean last = line.substring(end).isBlank();
      double nats = 0;
      boolean scored = true;
      boolean known = true;
      while (token < score.tokens().size() && (last || score.tokens().get(token).start() < end)) {
        LineScore.Token part = score.tokens().get(token++);
        scored &= part.scored();
        known &= part.known();
        nats += part.scored() ? part.nats() : 0;
      }
      Map<String, @Nullable Object> word = new LinkedHashMap<>();
      word.put("text", line.substring(start, end));
      word.put("start", start);
      word.put("end", end);
      word.put("known", known);
      word.put("nats", scored ? nats : null);
      word.put("bits", scored ? nats / LN2 : null);
      words.add(word);
      end = last ? line.length() : end;
    }
    return words;
  }
}
