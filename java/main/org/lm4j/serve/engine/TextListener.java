package org.lm4j.serve.engine;

/**
 * Receives a text while it is computed, in the thread that computes all texts: an implementation
 * returns at once, and leaves waiting to others.
 */
public interface TextListener {
  /** Why a text ended. */
  enum Ending {
    /** A stop text appeared. */
    STOP,
    /** It has as many tokens as were asked for. */
    LENGTH,
    /** The time of a text is over. */
    TIME,
    /** It was cancelled. */
    CANCELLED
  }

  /** Receives the next token: first those of the prompt if they are scored, then the generated. */
  void token(TextToken token);

  /**
   * Receives the end of the text, after which nothing comes.
   *
   * @param rest text that was held back because it could have been the beginning of a stop text
   * @param hidden the last layer's hidden state after the prompt if it was asked for; else empty
   */
  void end(Ending ending, String rest, double[] hidden);

  /** Receives the exception that ended the text, after which nothing comes. */
  void failed(RuntimeException exception);
}
