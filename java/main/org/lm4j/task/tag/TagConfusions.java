package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.lm4j.metric.ConfusionMatrix;

/**
 * Which tags a tagger confuses, with examples of each confusion. Tags that the tagger has not
 * learned are counted too.
 */
public final class TagConfusions {
  private static final int MOST = 3; // examples of a confusion

  private final List<String> tags;
  private final ConfusionMatrix matrix;
  private final Map<List<Integer>, List<Example>> examples = new HashMap<>();

  /**
   * A token with a wrong tag.
   *
   * @param words of its sentence
   * @param place its index in the sentence
   */
  public record Example(List<String> words, int place) {
    /** Returns the words before the token, with the space that follows them. */
    public String before() {
      return place == 0 ? "" : String.join(" ", words.subList(0, place)) + " ";
    }

    /** Returns the word of the token. */
    public String word() {
      return words.get(place);
    }

    /** Returns the words after the token, with the space before them. */
    public String after() {
      return place + 1 == words.size()
          ? ""
          : " " + String.join(" ", words.subList(place + 1, words.size()));
    }
  }

  /**
   * The tags of a sentence.
   *
   * @param words at least one
   * @param gold the correct tag of each
   * @param answer the tag that each was given
   */
  public record Sentence(List<String> words, List<String> gold, List<String> answer) {
    /** Checks and copies. */
    public Sentence {
      words = List.copyOf(words);
      gold = List.copyOf(gold);
      answer = List.copyOf(answer);
      if (gold.size() != words.size() || answer.size() != words.size()) {
        throw new IllegalArgumentException(
            "%d words, %d tags and %d answers".formatted(words.size(), gold.size(), answer.size()));
      }
    }
  }

  /**
   * Counts the confusions of these sentences.
   *
   * @throws IllegalArgumentException if there are no sentences
   */
  public TagConfusions(List<Sentence> sentences) {
    Set<String> names = new TreeSet<>();
    for (Sentence sentence : sentences) {
      names.addAll(sentence.gold());
      names.addAll(sentence.answer());
    }
    this.tags = List.copyOf(names);
    this.matrix = new ConfusionMatrix(tags.size());
    Map<String, Integer> numbers = HashMap.newHashMap(tags.size());
    tags.forEach(tag -> numbers.put(tag, numbers.size()));
    for (Sentence sentence : sentences) {
      for (int t = 0; t < sentence.words().size(); t++) {
        int actual = numbers.getOrDefault(sentence.gold().get(t), -1);
        int predicted = numbers.getOrDefault(sentence.answer().get(t), -1);
        matrix.add(actual, predicted);
        if (actual != predicted) {
          note(actual, predicted, new Example(sentence.words(), t));
        }
      }
    }
  }

  /** Keeps the first examples of a confusion whose words differ. */
  private void note(int actual, int predicted, Example example) {
    List<Example> kept =
        examples.computeIfAbsent(List.of(actual, predicted), pair -> new ArrayList<>());
    Set<String> words = new HashSet<>();
    kept.forEach(each -> words.add(each.word()));
    if (kept.size() < MOST && !words.contains(example.word())) {
      kept.add(example);
    }
  }

  /** Returns the tags, in the order of their names: the classes of {@link #matrix}. */
  public List<String> tags() {
    return tags;
  }

  /** Returns how often each tag was answered for each other one. */
  public ConfusionMatrix matrix() {
    return matrix;
  }

  /** Returns up to three examples of a confusion, with different words. */
  public List<Example> examples(ConfusionMatrix.Confusion confusion) {
    return List.copyOf(
        examples.getOrDefault(List.of(confusion.actual(), confusion.predicted()), List.of()));
  }
}
