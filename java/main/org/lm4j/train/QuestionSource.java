package org.lm4j.train;

import java.util.List;
import org.lm4j.data.Features;
import org.lm4j.data.Question;

/**
 * Questions and the images they are about, as they were read.
 *
 * @param features closed by whoever opened them
 * @param name of the questions in messages, a path say
 */
public record QuestionSource(Features features, List<Question> questions, String name) {
  /** Keeps its own list. */
  public QuestionSource {
    questions = List.copyOf(questions);
  }
}
