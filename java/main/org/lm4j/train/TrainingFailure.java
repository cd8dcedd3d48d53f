package org.lm4j.train;

import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.lm4j.InputException;

/**
 * Thrown when a run cannot continue; the last good checkpoint is kept. The message suggests what to
 * try, and names parameters as {@link InputException} does.
 */
public class TrainingFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final InputException sentence;

  /** Creates the exception with the sentence that the user reads. */
  public TrainingFailure(String message) {
    this(new InputException(message));
  }

  private TrainingFailure(InputException sentence) {
    super(sentence.getMessage());
    this.sentence = sentence;
  }

  /** Creates the exception with a sentence that names parameters, each in braces. */
  public static TrainingFailure naming(String message) {
    return new TrainingFailure(InputException.naming(message));
  }

  /**
   * Returns the exception for a number that is no longer finite.
   *
   * @param what the number and what it became
   * @param step at which it did
   * @param savedStep the step of the last checkpoint
   */
  static TrainingFailure diverged(String what, long step, Path folder, long savedStep) {
    return naming(
        ("the %s at step %d; %s keeps the checkpoint of step %d, which is good: continue from"
                + " there with {resume} and a lower {learningRate} or {clip}, or start anew with {force}")
            .formatted(what, step, folder, savedStep));
  }

  /**
   * Returns the message with other names for its parameters, see {@link InputException#message}.
   */
  public String message(UnaryOperator<String> nameOf) {
    return sentence.message(nameOf);
  }
}
