package org.lm4j.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lm4j.InputException;

/** Chooses and orders the tokens of a new vocabulary from counts in the training text. */
final class VocabularyBuilder {
  private VocabularyBuilder() {}

  /**
   * Builds the vocabulary of a training text.
   *
   * @param types the distinct token texts, in order of first appearance
   * @param counts the number of occurrences of each type in the training text; 0 for types that
   *     only the validation text has
   */
  static Vocabulary build(CorpusSpec spec, List<String> types, long[] counts) {
    return switch (spec.level()) {
      case BYTE -> Vocabulary.bytes();
      case CHAR -> characters(spec, types, counts);
      case WORD -> words(spec, types, counts);
      case SUBWORD -> throw new IllegalArgumentException("subwords are learned, not chosen");
    };
  }

  private static Vocabulary characters(CorpusSpec spec, List<String> types, long[] counts) {
    List<Integer> kept =
        IntStream.range(0, types.size())
            .filter(type -> counts[type] >= Math.max(1, spec.minCount()))
            .boxed()
            .sorted(
                Comparator.comparingLong((Integer type) -> -counts[type])
                    .thenComparingInt(type -> types.get(type).codePointAt(0)))
            .toList();
    boolean left = kept.size() < types.size() || kept.size() > spec.largestSize();
    int room = spec.largestSize() - (left ? 1 : 0);
    Stream<String> characters =
        kept.stream()
            .limit(Math.max(0, room))
            .map(types::get)
            .sorted(Comparator.comparingInt(character -> character.codePointAt(0)));
    Stream<String> unknown = left ? Stream.of(Vocabulary.UNKNOWN) : Stream.empty();
    return checked(Stream.concat(characters, unknown).toList(), spec);
  }

  private static Vocabulary words(CorpusSpec spec, List<String> types, long[] counts) {
    List<String> special = List.of(Vocabulary.END_OF_SENTENCE, Vocabulary.UNKNOWN);
    List<Integer> words =
        IntStream.range(0, types.size())
            .filter(type -> counts[type] > 0)
            .boxed()
            .sorted(Comparator.comparingLong((Integer type) -> -counts[type]))
            .toList();
    List<String> found = words.stream().map(types::get).toList();
    List<Integer> ordinary =
        words.stream()
            .filter(type -> !special.contains(types.get(type)) && counts[type] >= spec.minCount())
            .limit(Math.max(0, spec.largestSize() - special.size()))
            .toList();
    Set<String> kept =
        Stream.concat(ordinary.stream().map(types::get), special.stream())
            .collect(Collectors.toSet());
    if (spec.unknownByCount()) {
      found = withUnknown(types, counts, words, kept);
    }
    Stream<String> present = found.stream().filter(kept::contains);
    List<String> all = found;
    Stream<String> absent = special.stream().filter(token -> !all.contains(token));
    return checked(Stream.concat(present, absent).toList(), spec);
  }

  /**
   * Returns words in order of falling frequency, in which {@code <unk>} counts for all that are not
   * kept.
   */
  private static List<String> withUnknown(
      List<String> types, long[] counts, List<Integer> words, Set<String> kept) {
    long unknown =
        words.stream()
            .filter(
                type ->
                    !kept.contains(types.get(type)) || types.get(type).equals(Vocabulary.UNKNOWN))
            .mapToLong(type -> counts[type])
            .sum();
    List<String> sorted = new ArrayList<>(words.size() + 1);
    boolean placed = unknown == 0;
    for (int type : words) {
      if (!placed && counts[type] < unknown) {
        sorted.add(Vocabulary.UNKNOWN);
        placed = true;
      }
      if (!types.get(type).equals(Vocabulary.UNKNOWN)) {
        sorted.add(types.get(type));
      }
    }
    if (!placed) {
      sorted.add(Vocabulary.UNKNOWN);
    }
    return sorted;
  }

  private static Vocabulary checked(List<String> tokens, CorpusSpec spec) {
    boolean onlyUnknown = tokens.equals(List.of(Vocabulary.UNKNOWN));
    if (tokens.size() > spec.largestSize() || onlyUnknown) {
      throw InputException.naming(
          "{vocabularySize} "
              + spec.vocabularySize()
              + " or {minCount} "
              + spec.minCount()
              + " leaves no token but <unk> and <eos>; give a larger size or a smaller count.");
    }
    return Vocabulary.of(spec.level(), tokens);
  }
}
