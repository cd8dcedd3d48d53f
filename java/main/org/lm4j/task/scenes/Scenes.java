package org.lm4j.task.scenes;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Generates scenes from a seed, the same ones on every machine.
 *
 * <p>One scene in ten has one object, the others two or three, equally often. Within a part no two
 * are the same; since there are only 480 scenes of one object, large sets have relatively fewer of
 * them.
 */
public final class Scenes {
  /** The largest number of scenes in one part: far below the number that exist. */
  public static final int MAX_COUNT = 100_000;

  private Scenes() {}

  /**
   * Returns the first {@code count} scenes of a part. A larger count only adds scenes at the end.
   *
   * @throws IllegalArgumentException if the count is below 0 or above {@link #MAX_COUNT}
   */
  public static List<Scene> draw(long seed, ScenePart part, int count) {
    if (count < 0 || count > MAX_COUNT) {
      throw new IllegalArgumentException("from 0 to " + MAX_COUNT + " scenes, not " + count);
    }
    SplittableRandom random = random(seed, "objects of " + part.word(), 0);
    List<Scene> scenes = new ArrayList<>(count);
    Set<Scene> known = new HashSet<>();
    while (scenes.size() < count) {
      Scene scene = draw(random);
      if (ScenePart.of(scene) == part && known.add(scene)) {
        scenes.add(scene);
      }
    }
    return List.copyOf(scenes);
  }

  private static Scene draw(SplittableRandom random) {
    int kind = random.nextInt(20);
    int objects = kind < 2 ? 1 : kind < 11 ? 2 : 3;
    SceneColour[] colours = SceneColour.values();
    SceneShape[] shapes = SceneShape.values();
    Set<Integer> cells = new HashSet<>();
    Set<Integer> looks = new HashSet<>();
    List<SceneObject> all = new ArrayList<>();
    while (all.size() < objects) {
      int cell = random.nextInt(Scene.CELLS);
      int look = random.nextInt(colours.length * shapes.length);
      if (!cells.contains(cell) && !looks.contains(look)) {
        cells.add(cell);
        looks.add(look);
        all.add(new SceneObject(cell, colours[look / shapes.length], shapes[look % shapes.length]));
      }
    }
    return new Scene(all);
  }

  /** Returns a generator for one use of randomness and one index, independent of all others. */
  public static SplittableRandom random(long seed, String use, long index) {
    return new SplittableRandom(mix(mix(seed, use), index));
  }

  /** Returns a hash of a number and a string. */
  public static long mix(long hash, String text) {
    long mixed = hash;
    for (int i = 0; i < text.length(); i++) {
      mixed = mix(mixed, text.charAt(i));
    }
    return mixed;
  }

  /** Returns a hash of two numbers, by the finalizer of MurmurHash3 (Appleby). */
  private static long mix(long hash, long value) {
    long z = hash * 31 + value + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 33) * 0xFF51AFD7ED558CCDL;
    z = (z ^ z >>> 33) * 0xC4CEB9FE1A85EC53L;
    return z ^ z >>> 33;
  }
}
