package org.lm4j.task.seq2seq;

/**
 * A source line and its target line.
 *
 * @param source the source; not blank, without tabs and line ends
 * @param target the target; likewise
 */
public record Pair(String source, String target) {}
