package org.lm4j.task.vqa;

import java.util.List;
import org.lm4j.data.Features;

/**
 * Questions and the images they are about, as they were read.
 *
 * @param features closed by whoever opened them
 * @param name of the questions in messages, a path say
 */
public record VqaSource(Features features, List<Question> questions, String name) {
  /** Keeps its own list. */
  public VqaSource {
    questions = List.copyOf(questions);
  }
}
