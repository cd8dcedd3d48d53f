package org.lm4j.task.scenes;

/**
 * An object of a scene.
 *
 * @param cell its cell: row · 4 + column, both from 0, from the top left
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

  /** Returns the row, from 0 at the top. */
  public int row() {
    return cell / Scene.GRID;
  }

  /** Returns the column, from 0 at the left. */
  public int column() {
    return cell % Scene.GRID;
  }

  /** Returns colour and shape, as {@code red circle}. */
  public String words() {
    return colour.word() + " " + shape.word();
  }

  /** Returns colour and shape with the article, as {@code a red circle}. */
  String withArticle() {
    return colour.article() + " " + words();
  }
}
