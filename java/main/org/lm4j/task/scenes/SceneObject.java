package org.lm4j.task.scenes;

/**
 * One object of a scene.
 *
 * @param cell where it lies: row · 4 + column, both from 0, from the top left
 */
public record SceneObject(int cell, SceneColour colour, SceneShape shape) {
  /**
   * Checks the cell.
   *
   * @throws IllegalArgumentException if it is not on the grid
   */
  public SceneObject {
    if (cell < 0 || cell >= Scene.CELLS) {
      throw new IllegalArgumentException("cell " + cell + " of " + Scene.CELLS);
    }
  }

  /** From 0, at the top. */
  public int row() {
    return cell / Scene.GRID;
  }

  /** From 0, at the left. */
  public int column() {
    return cell % Scene.GRID;
  }

  /** As {@code red circle}. */
  public String words() {
    return colour.word() + " " + shape.word();
  }

  /** As {@code a red circle}. */
  String withArticle() {
    return colour.article() + " " + words();
  }
}
