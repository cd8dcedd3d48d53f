package org.lm4j.task.seq2seq;

/**
 * A line to read and the line to write for it.
 *
 * @param source what is read; not blank, without tabs and line ends
 * @param target what is to be written; likewise
 */
public record Pair(String source, String target) {}
