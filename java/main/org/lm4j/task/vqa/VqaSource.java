package org.lm4j.task.vqa;

import java.util.List;
import org.lm4j.data.Features;

/**
 * Questions and their images, as read from files.
 *
 * @param features the features, which the caller closes
 * @param name the name of the questions in messages, such as a path
 */
public record VqaSource(Features features, List<Question> questions, String name) {
  /** Keeps its own list. */
  public VqaSource {
    questions = List.copyOf(questions);
  }
}
