package org.lm4j.serve;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.lm4j.serve.engine.BusyException;
import org.lm4j.serve.engine.TextListener;
import org.lm4j.serve.engine.TextRequest;
import org.lm4j.serve.engine.TextToken;

/** Answers requests for completions: whole, or as a stream of events. */
final class Completions {
  private static final int PING_SECONDS = 10;

  private final ServerOptions options;
  private final ServedModels models;
  private final Set<Answer> running = ConcurrentHashMap.newKeySet();
  private final AtomicLong count = new AtomicLong(System.currentTimeMillis() << 16);

  Completions(ServerOptions options, ServedModels models) {
    this.options = options;
    this.models = models;
  }

  /**
   * What the engine reports about a text.
   *
   * @param text its index in the answer
   * @param tokens since the last event
   * @param ending null before the end, and after a failure
   */
  private record Event(
      int text,
      List<TextToken> tokens,
      TextListener.@Nullable Ending ending,
      String rest,
      @Nullable RuntimeException failure) {}

  /**
   * Puts what the engine reports into a queue: each token at once where they are sent as they come,
   * else all at the end, so that a thread that waits for the whole text is woken once. Tokens
   * without numbers are not kept until then, but what they add to the text.
   */
  private static final class Reporter implements TextListener {
    private final int text;
    private final Answer answer;
    private final boolean atOnce;
    private final boolean logprobs;
    private final List<TextToken> held = new ArrayList<>();

    Reporter(int text, Answer answer, CompletionRequest request) {
      this.text = text;
      this.answer = answer;
      this.atOnce = request.stream();
      this.logprobs = request.logprobs() >= 0;
    }

    @Override
    public void token(TextToken token) {
      if (atOnce) {
        answer.events.add(new Event(text, List.of(token), null, "", null));
      } else if (logprobs) {
        held.add(token);
      } else {
        answer.texts.get(text).add(token);
      }
    }

    @Override
    public void end(Ending ending, String rest, double[] hidden) {
      answer.events.add(new Event(text, held, ending, rest, null));
    }

    @Override
    public void failed(RuntimeException exception) {
      answer.events.add(new Event(text, List.of(), null, "", exception));
    }
  }

  /** The texts of an answer while they are computed. */
  private static final class Answer {
    final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    final List<CompletionText> texts = new ArrayList<>();
    final List<Runnable> cancels = new ArrayList<>();
    int running;
    long promptTokens;

    /** Takes in what has been reported. */
    void add(Event event) {
      CompletionText text = texts.get(event.text());
      if (event.failure() != null) {
        throw event.failure();
      }
      event.tokens().forEach(text::add);
      if (event.ending() != null) {
        text.end(event.ending(), event.rest());
        running--;
      }
    }

    Map<String, Object> usage() {
      long generated = texts.stream().mapToLong(CompletionText::generated).sum();
      Map<String, Object> usage = new LinkedHashMap<>();
      usage.put("prompt_tokens", promptTokens);
      usage.put("completion_tokens", generated);
      usage.put("total_tokens", promptTokens + generated);
      return usage;
    }
  }

  /** Ends the texts under way: clients get what there is, and that they were cancelled. */
  void cancelAll() {
    for (Answer answer : running) {
      answer.cancels.forEach(Runnable::run);
    }
  }

  /** Answers one request. */
  void answer(Exchange exchange) throws IOException, InterruptedException {
    CompletionRequest request = CompletionRequest.read(exchange.body(), options);
    try (ServedModel.Hold hold = models.hold(request.model())) {
      ServedModel model = hold.model();
      Map<String, @Nullable Object> head = new LinkedHashMap<>();
      head.put("id", "cmpl-" + Long.toHexString(count.incrementAndGet()));
      head.put("object", "text_completion");
      head.put("created", System.currentTimeMillis() / 1000);
      head.put("model", model.name());
      Answer answer = submit(request, model);
      running.add(answer);
      try {
        if (request.stream()) {
          stream(exchange, request, answer, head);
        } else {
          whole(exchange, answer, head);
        }
      } finally {
        running.remove(answer);
        answer.cancels.forEach(Runnable::run);
      }
    }
  }

  private Answer submit(CompletionRequest request, ServedModel model) throws InterruptedException {
    Answer answer = new Answer();
    List<TextRequest> texts = request.texts(model.vocabulary(), options);
    boolean logprobs = request.logprobs() >= 0;
    for (int i = 0; i < texts.size(); i++) { // all, before the engine reports any token
      CompletionRequest.Prompt prompt = request.prompts().get(i / request.count());
      String echo = request.echo() ? prompt.shown(model.vocabulary()) : "";
      answer.texts.add(
          new CompletionText(model.vocabulary(), i, logprobs, echo, request.echo() && logprobs));
    }
    try {
      for (int i = 0; i < texts.size(); i++) {
        TextRequest text = texts.get(i);
        answer.promptTokens += text.prompt().length - text.context();
        answer.cancels.add(model.submit(answer, text, new Reporter(i, answer, request)));
        answer.running++;
      }
    } catch (BusyException e) {
      answer.cancels.forEach(Runnable::run);
      throw ApiException.of(503, e);
    }
    return answer;
  }

  private void whole(Exchange exchange, Answer answer, Map<String, @Nullable Object> head)
      throws IOException, InterruptedException {
    while (answer.running > 0) {
      Event event = answer.events.poll((long) (options.spaceSeconds() * 1e9), TimeUnit.NANOSECONDS);
      if (event == null) {
        exchange.sendSpace(); // fails if the client has gone
        continue;
      }
      answer.add(event);
    }
    head.put("choices", answer.texts.stream().map(CompletionText::take).toList());
    head.put("usage", answer.usage());
    exchange.send(200, head);
  }

  private static void stream(
      Exchange exchange,
      CompletionRequest request,
      Answer answer,
      Map<String, @Nullable Object> head)
      throws IOException, InterruptedException {
    try (EventStream events = exchange.events()) {
      pass(events, request, answer, head);
    }
  }

  private static void pass(
      EventStream events,
      CompletionRequest request,
      Answer answer,
      Map<String, @Nullable Object> head)
      throws IOException, InterruptedException {
    List<Event> some = new ArrayList<>();
    if (request.usage()) {
      head.put("usage", null); // comes with the last event
    }
    while (answer.running > 0) {
      Event first = answer.events.poll(PING_SECONDS, TimeUnit.SECONDS);
      if (first == null) {
        events.ping(); // fails if the client has gone
        continue;
      }
      some.add(first);
      answer.events.drainTo(some); // more than one if the client is slower than the model
      try {
        some.forEach(answer::add);
      } catch (RuntimeException e) {
        events.send(
            ApiException.of(500, "the text could not be computed: " + e.getMessage()).body());
        return;
      }
      some.clear();
      for (CompletionText text : answer.texts) {
        if (text.hasNews()) {
          send(events, head, text);
        }
      }
    }
    if (request.usage()) {
      head.put("choices", List.of());
      head.put("usage", answer.usage());
      events.send(head);
    }
    events.done();
  }

  private static void send(
      EventStream events, Map<String, @Nullable Object> head, CompletionText text)
      throws IOException {
    Map<String, @Nullable Object> chunk = new LinkedHashMap<>(head);
    chunk.put("choices", List.of(text.take()));
    events.send(chunk);
  }
}
