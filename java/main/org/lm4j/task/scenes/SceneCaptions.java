package org.lm4j.task.scenes;

import java.util.ArrayList;
import java.util.List;

/**
 * Generates the captions of a scene.
 *
 * <p>Objects are named in reading order, and each is related to the one before it: that one is
 * {@code above} it if it lies in a higher row, and {@code left of} it if both lie in one row. The
 * canonical caption consists of just that:
 *
 * <pre>
 *   a red circle above a blue square left of an orange cross
 * </pre>
 *
 * <p>The other forms have the same meaning: {@code there is …}, {@code i see …}, and one that
 * begins with the opposite relation, {@code below a red circle is a blue square left of an orange
 * cross} (of a single object, {@code this is a red circle}). The first word decides the form, so a
 * captioner that has learned all forms can tell at every later word which object is next.
 */
public final class SceneCaptions {
  private SceneCaptions() {}

  /** Returns the canonical caption, which is used to measure exact matches. */
  public static SceneCaption canonical(Scene scene) {
    Sentence sentence = new Sentence();
    sentence.chain(scene.objects());
    return sentence.caption();
  }

  /** Returns all forms, all different, the canonical one first. */
  public static List<SceneCaption> all(Scene scene) {
    List<SceneCaption> captions = new ArrayList<>();
    captions.add(canonical(scene));
    for (String opening : List.of("there is", "i see")) {
      Sentence sentence = new Sentence();
      sentence.say(opening, -1);
      sentence.chain(scene.objects());
      captions.add(sentence.caption());
    }
    List<SceneObject> objects = scene.objects();
    Sentence turned = new Sentence();
    if (objects.size() == 1) {
      turned.say("this is", -1);
      turned.chain(objects);
    } else {
      turned.say(sameRow(objects.get(0), objects.get(1)) ? "right of" : "below", -1);
      turned.object(objects.get(0));
      turned.say("is", -1);
      turned.chain(objects.subList(1, objects.size()));
    }
    captions.add(turned.caption());
    return List.copyOf(captions);
  }

  private static boolean sameRow(SceneObject a, SceneObject b) {
    return a.row() == b.row();
  }

  private static final class Sentence {
    private final List<String> words = new ArrayList<>();
    private final List<Integer> cells = new ArrayList<>();

    void chain(List<SceneObject> objects) {
      for (int i = 0; i < objects.size(); i++) {
        if (i > 0) {
          say(sameRow(objects.get(i - 1), objects.get(i)) ? "left of" : "above", -1);
        }
        object(objects.get(i));
      }
    }

    void object(SceneObject object) {
      say(object.colour().article(), -1);
      say(object.words(), object.cell());
    }

    void say(String text, int cell) {
      for (String word : text.split(" ", -1)) {
        words.add(word);
        cells.add(cell);
      }
    }

    SceneCaption caption() {
      return new SceneCaption(words, cells);
    }
  }
}
