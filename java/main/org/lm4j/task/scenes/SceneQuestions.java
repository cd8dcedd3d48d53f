package org.lm4j.task.scenes;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.lm4j.task.scenes.SceneQuestion.Kind;

/**
 * Generates questions about a scene, with answers.
 *
 * <p>A question is asked only if it has a unique answer: the colour of "the square" where there is
 * one square, what is left of an object where at most one object is. {@code left of} means in a
 * column farther left, {@code above} in a row farther up, regardless of the other direction; so the
 * relations of captions also hold here.
 *
 * <p>The answers within a kind are balanced as far as scenes allow: half of the existence and
 * counting questions ask for something present, and a quarter of the relation questions have the
 * answer {@code nothing}.
 */
public final class SceneQuestions {
  private static final List<String> NUMBERS = List.of("zero", "one", "two", "three");
  private static final String NOTHING = "nothing";

  private SceneQuestions() {}

  /** Returns all possible answers, sorted. */
  public static List<String> answers() {
    Collection<String> answers = new TreeSet<>(NUMBERS);
    answers.addAll(List.of("yes", "no", NOTHING));
    for (SceneColour colour : SceneColour.values()) {
      answers.add(colour.word());
      for (SceneShape shape : SceneShape.values()) {
        answers.add(shape.word());
        answers.add(colour.word() + " " + shape.word());
      }
    }
    return List.copyOf(answers);
  }

  /**
   * Draws distinct questions: first a kind, all equally likely, then a question of that kind.
   *
   * @param kinds the kinds to draw from; not empty
   * @param count the largest number of questions; a scene may have fewer
   */
  public static List<SceneQuestion> draw(
      Scene scene, List<Kind> kinds, int count, SplittableRandom random) {
    Map<String, SceneQuestion> questions = new LinkedHashMap<>();
    for (int tries = 0; questions.size() < count && tries < 20 * count; tries++) {
      List<SceneQuestion> possible =
          switch (kinds.get(random.nextInt(kinds.size()))) {
            case COLOUR -> colours(scene);
            case SHAPE -> shapes(scene);
            case COUNT -> counts(scene, random);
            case EXISTENCE -> existence(scene, random);
            case RELATION -> relations(scene, random);
          };
      if (!possible.isEmpty()) {
        SceneQuestion question = possible.get(random.nextInt(possible.size()));
        questions.putIfAbsent(question.text(), question);
      }
    }
    return List.copyOf(questions.values());
  }

  private static List<SceneQuestion> colours(Scene scene) {
    List<SceneQuestion> questions = new ArrayList<>();
    for (SceneObject object : scene.objects()) {
      if (count(scene, other -> other.shape() == object.shape()) == 1) {
        questions.add(
            new SceneQuestion(
                "what colour is the " + object.shape().word(),
                object.colour().word(),
                Kind.COLOUR));
      }
    }
    return questions;
  }

  private static List<SceneQuestion> shapes(Scene scene) {
    List<SceneQuestion> questions = new ArrayList<>();
    for (SceneObject object : scene.objects()) {
      if (count(scene, other -> other.colour() == object.colour()) == 1) {
        questions.add(
            new SceneQuestion(
                "what shape is the " + object.colour().word() + " object",
                object.shape().word(),
                Kind.SHAPE));
      }
    }
    return questions;
  }

  private static List<SceneQuestion> counts(Scene scene, SplittableRandom random) {
    boolean present = random.nextBoolean();
    List<SceneQuestion> questions = new ArrayList<>();
    for (SceneShape shape : SceneShape.values()) {
      addCount(questions, shape.plural(), count(scene, object -> object.shape() == shape), present);
    }
    for (SceneColour colour : SceneColour.values()) {
      addCount(
          questions,
          colour.word() + " objects",
          count(scene, object -> object.colour() == colour),
          present);
    }
    addCount(questions, "objects", scene.objects().size(), present);
    return questions;
  }

  private static void addCount(
      List<SceneQuestion> questions, String what, int count, boolean present) {
    if (count > 0 == present) {
      questions.add(
          new SceneQuestion("how many " + what + " are there", NUMBERS.get(count), Kind.COUNT));
    }
  }

  /**
   * Returns questions of existence; an object that is absent shares its colour or shape with one
   * that is present.
   */
  private static List<SceneQuestion> existence(Scene scene, SplittableRandom random) {
    boolean present = random.nextBoolean();
    List<SceneQuestion> questions = new ArrayList<>();
    for (SceneColour colour : SceneColour.values()) {
      for (SceneShape shape : SceneShape.values()) {
        boolean there = count(scene, o -> o.colour() == colour && o.shape() == shape) > 0;
        boolean close = count(scene, o -> o.colour() == colour || o.shape() == shape) > 0;
        if (there == present && close) {
          questions.add(
              new SceneQuestion(
                  "is there " + new SceneObject(0, colour, shape).withArticle(),
                  there ? "yes" : "no",
                  Kind.EXISTENCE));
        }
      }
    }
    return questions;
  }

  private static List<SceneQuestion> relations(Scene scene, SplittableRandom random) {
    boolean none = random.nextInt(4) == 0;
    List<SceneQuestion> questions = new ArrayList<>();
    for (SceneObject object : scene.objects()) {
      addRelation(questions, scene, object, "left of", o -> o.column() < object.column(), none);
      addRelation(questions, scene, object, "right of", o -> o.column() > object.column(), none);
      addRelation(questions, scene, object, "above", o -> o.row() < object.row(), none);
      addRelation(questions, scene, object, "below", o -> o.row() > object.row(), none);
    }
    return questions;
  }

  private static void addRelation(
      List<SceneQuestion> questions,
      Scene scene,
      SceneObject object,
      String relation,
      Predicate<SceneObject> related,
      boolean none) {
    List<SceneObject> answers = scene.objects().stream().filter(related).toList();
    if (answers.size() == (none ? 0 : 1)) {
      questions.add(
          new SceneQuestion(
              "what is " + relation + " the " + object.words(),
              none ? NOTHING : answers.getFirst().words(),
              Kind.RELATION));
    }
  }

  private static int count(Scene scene, Predicate<SceneObject> which) {
    return (int) scene.objects().stream().filter(which).count();
  }
}
