package org.lm4j.serve.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.lm4j.task.lm.adapt.AdaptedModel;
import org.lm4j.task.lm.line.LineScorer;
import org.lm4j.text.Detokenizer;

/** Scores prompts by a model that learns from the text that it reads, and so generates none. */
public final class PromptScores {
  private PromptScores() {}

  /**
   * Scores the prompt of a request, and reports its tokens and its end to the listener before it
   * returns. Each prompt is scored by the model as it was trained.
   *
   * @throws org.lm4j.compute.BackendException if a score is not a finite number
   */
  public static void report(AdaptedModel model, TextRequest request, TextListener listener) {
    int[] ids = request.prompt();
    if (request.scoring().prompt()) {
      double[] nats = new double[ids.length];
      Arrays.fill(nats, Double.NaN);
      List<List<TextToken.Alternative>> top =
          new ArrayList<>(Collections.nCopies(ids.length, List.of()));
      if (ids.length > 1) {
        read(model, request, nats, top);
      }
      Detokenizer detokenizer = new Detokenizer(model.vocabulary());
      for (int i = 0; i < ids.length; i++) {
        byte[] bytes = detokenizer.next(ids[i]);
        if (i >= request.context()) {
          listener.token(new TextToken(ids[i], false, bytes, "", -nats[i], top.get(i)));
        }
      }
    }
    listener.end(TextListener.Ending.LENGTH, "", new double[0]);
  }

  private static void read(
      AdaptedModel model,
      TextRequest request,
      double[] nats,
      List<List<TextToken.Alternative>> top) {
    int count = request.scoring().top();
    int first = Math.max(1, request.context());
    try (LineScorer.Reader reader = model.tokenReader(count > 0)) {
      reader.read(
          request.prompt(),
          true,
          first,
          nats,
          count == 0 ? null : (index, all) -> top.set(index, new TokenLogits(all).top(count)));
    }
  }
}
