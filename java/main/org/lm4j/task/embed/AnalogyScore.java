package org.lm4j.task.embed;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How many analogy questions word vectors answer correctly, by section. Questions with a word that
 * has no vector are not asked.
 */
public final class AnalogyScore {
  private static final int AT_ONCE = 64;

  private final List<Section> sections;
  private final List<Answer> errors;

  /**
   * The counts of a section.
   *
   * @param correct of those that were asked
   * @param asked questions whose words all have vectors
   * @param questions all of them
   */
  public record Section(String name, long correct, long asked, long questions) {
    /** Returns the share of correct answers among the questions asked; NaN if there are none. */
    public double accuracy() {
      return asked == 0 ? Double.NaN : (double) correct / asked;
    }
  }

  /**
   * A wrong answer.
   *
   * @param question four words, the last of which was expected
   * @param answer the word in its place; empty if there was none
   */
  public record Answer(String section, List<String> question, String answer) {}

  private AnalogyScore(List<Section> sections, List<Answer> errors) {
    this.sections = sections;
    this.errors = errors;
  }

  /** Asks all questions, see {@link KeyedVectors#analogy}. */
  public static AnalogyScore of(List<AnalogyQuestions.Section> sections, KeyedVectors space) {
    List<Section> scores = new ArrayList<>();
    List<Answer> errors = new ArrayList<>();
    for (AnalogyQuestions.Section section : sections) {
      scores.add(ask(section, space, errors));
    }
    return new AnalogyScore(scores, errors);
  }

  private static Section ask(
      AnalogyQuestions.Section section, KeyedVectors space, List<Answer> errors) {
    List<List<String>> known = new ArrayList<>();
    List<int[]> rows = new ArrayList<>();
    for (List<String> question : section.questions()) {
      int[] found = question.stream().mapToInt(space.table()::row).toArray();
      if (Arrays.stream(found).allMatch(row -> row >= 0)) {
        known.add(question);
        rows.add(found);
      }
    }
    long correct = 0;
    for (int from = 0; from < rows.size(); from += AT_ONCE) {
      List<int[]> some = rows.subList(from, Math.min(rows.size(), from + AT_ONCE));
      List<List<KeyedVectors.Neighbour>> answers = space.analogies(some, 1);
      for (int i = 0; i < some.size(); i++) {
        List<String> question = known.get(from + i);
        String answer = answers.get(i).isEmpty() ? "" : answers.get(i).getFirst().word();
        if (answer.equals(question.get(3))) {
          correct++;
        } else {
          errors.add(new Answer(section.name(), question, answer));
        }
      }
    }
    return new Section(section.name(), correct, known.size(), section.questions().size());
  }

  /** Returns the sections in the order of the file. */
  public List<Section> sections() {
    return List.copyOf(sections);
  }

  /** Returns the counts of all sections together. */
  public Section all() {
    long correct = 0;
    long asked = 0;
    long questions = 0;
    for (Section section : sections) {
      correct += section.correct();
      asked += section.asked();
      questions += section.questions();
    }
    return new Section("all", correct, asked, questions);
  }

  /** Returns the first wrong answers, at most {@code most}. */
  public List<Answer> errors(int most) {
    return List.copyOf(errors.subList(0, Math.min(most, errors.size())));
  }
}
