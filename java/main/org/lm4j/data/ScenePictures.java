package org.lm4j.data;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import org.lm4j.tensor.DType;
import org.lm4j.tensor.HostStorage;
import org.lm4j.tensor.Shape;
import org.lm4j.tensor.Tensor;

/**
 * What is seen of a scene: for each cell, a small picture of it and where it is.
 *
 * <p>A cell is painted as 6 × 6 points of red, green and blue, dark where nothing lies. The object
 * in it is moved by up to a tenth of the cell, between 0.6 and 0.8 of the cell wide, and lit
 * between 0.7 and 1; noise lies over everything. Then come one number for each row and one for each
 * column of the grid, 1 for those the cell lies in, 0 for the others.
 *
 * <p>Why painted, and not a code of shape and colour: two pictures of the same object differ, no
 * single number says what it is, and shapes differ at their edges only, so there is something to
 * learn, as there is from the features of a convolutional network. Why rows and columns: attention
 * adds cells up and forgets where they were, and without them no captioner could tell above from
 * left. Features of convolutional networks carry some of that too, from the borders.
 */
final class ScenePictures {
  /** Points along each side of a cell. */
  static final int POINTS = 6;

  /** Numbers for each cell: F. */
  static final int WIDTH = POINTS * POINTS * 3 + 2 * Scene.GRID;

  /** Each point is the mean of 4 × 4 samples. */
  private static final int SAMPLES = 4;

  private static final double DARK = 0.05;
  private static final double NOISE = 0.1;
  private static final int SITE = 2;

  private ScenePictures() {}

  /**
   * Paints scenes as F32 (N, 16, {@link #WIDTH}) in memory that the caller closes.
   *
   * @param seed of what differs between two pictures of the same scene
   */
  static Tensor paint(List<Scene> scenes, long seed, ScenePart part) {
    Shape shape = Shape.of(scenes.size(), Scene.CELLS, WIDTH);
    Tensor features = new Tensor(new HostStorage(4 * shape.size()), 0, shape, DType.F32);
    MemorySegment segment = features.segment();
    for (int i = 0; i < scenes.size(); i++) {
      long start = (long) i * Scene.CELLS * WIDTH;
      paint(scenes.get(i), Scenes.random(seed, SITE + part.ordinal() * 16, i), segment, start);
    }
    return features;
  }

  private static void paint(Scene scene, SplittableRandom random, MemorySegment into, long start) {
    double[] points = new double[POINTS * POINTS * 3];
    for (int cell = 0; cell < Scene.CELLS; cell++) {
      for (int i = 0; i < points.length; i++) {
        // Two uniform draws make a triangle of noise: no logarithm that differs between machines.
        points[i] = DARK + NOISE * (random.nextDouble() + random.nextDouble() - 1);
      }
      for (SceneObject object : scene.objects()) {
        if (object.cell() == cell) {
          paint(object, random, points);
        }
      }
      long at = start + (long) cell * WIDTH;
      for (int i = 0; i < points.length; i++) {
        into.setAtIndex(JAVA_FLOAT, at + i, (float) points[i]);
      }
      at += points.length;
      into.setAtIndex(JAVA_FLOAT, at + cell / Scene.GRID, 1);
      into.setAtIndex(JAVA_FLOAT, at + Scene.GRID + cell % Scene.GRID, 1);
    }
  }

  private static void paint(SceneObject object, SplittableRandom random, double[] points) {
    double radius = 0.30 + 0.10 * random.nextDouble();
    double x = 0.5 + 0.2 * (random.nextDouble() - 0.5);
    double y = 0.5 + 0.2 * (random.nextDouble() - 0.5);
    double light = 0.7 + 0.3 * random.nextDouble();
    for (int point = 0; point < POINTS * POINTS; point++) {
      int covered = 0;
      for (int sample = 0; sample < SAMPLES * SAMPLES; sample++) {
        double down = (point / POINTS + (sample / SAMPLES + 0.5) / SAMPLES) / POINTS;
        double right = (point % POINTS + (sample % SAMPLES + 0.5) / SAMPLES) / POINTS;
        if (object.shape().covers((right - x) / radius, (down - y) / radius)) {
          covered++;
        }
      }
      double share = (double) covered / (SAMPLES * SAMPLES);
      for (int channel = 0; channel < 3; channel++) {
        points[3 * point + channel] += share * (light * object.colour().channel(channel) - DARK);
      }
    }
  }
}
