package org.lm4j.task.scenes;

/** Draws a scene for people, with every object in the centre of its cell. */
public final class SceneDrawing {
  private SceneDrawing() {}

  /**
   * Returns a self-contained SVG element for a page or a separate file.
   *
   * @param size width and height in pixels
   */
  public static String svg(Scene scene, int size) {
    StringBuilder svg = new StringBuilder();
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"")
        .append(size)
        .append("\" height=\"")
        .append(size)
        .append("\" viewBox=\"0 0 ")
        .append(Scene.GRID)
        .append(' ')
        .append(Scene.GRID)
        .append("\" role=\"img\"><title>")
        .append(SceneCaptions.canonical(scene).text())
        .append("</title><rect width=\"")
        .append(Scene.GRID)
        .append("\" height=\"")
        .append(Scene.GRID)
        .append("\" fill=\"#1c1c1c\"/><path d=\"");
    for (int i = 1; i < Scene.GRID; i++) {
      svg.append('M').append(i).append(" 0v").append(Scene.GRID);
      svg.append("M0 ").append(i).append('h').append(Scene.GRID);
    }
    svg.append("\" stroke=\"#3a3a3a\" stroke-width=\"0.02\"/>");
    for (SceneObject object : scene.objects()) {
      svg.append("<g fill=\"")
          .append(object.colour().hex())
          .append("\" transform=\"translate(")
          .append(object.column())
          .append(".5 ")
          .append(object.row())
          .append(".5) scale(0.36)\">")
          .append(object.shape().svg())
          .append("</g>");
    }
    return svg.append("</svg>").toString();
  }
}
