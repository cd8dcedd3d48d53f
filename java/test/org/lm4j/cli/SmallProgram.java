package org.lm4j.cli;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A program to be started by tests, which loads some classes. */
final class SmallProgram {
  private SmallProgram() {}

  public static void main(String[] arguments) {
    System.out.println(
        IntStream.range(0, 100).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
  }
}
