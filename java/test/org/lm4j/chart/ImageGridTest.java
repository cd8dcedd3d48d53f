package org.lm4j.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ImageGridTest {
  private static BufferedImage decode(byte[] png) throws IOException {
    return Objects.requireNonNull(ImageIO.read(new ByteArrayInputStream(png)));
  }

  private static int rgb(BufferedImage image, int x, int y) {
    return image.getRGB(x, y) & 0xFFFFFF;
  }

  @Test
  void greyIsStretchedFromTheLowestToTheHighest() throws IOException {
    Picture picture = Picture.stretched(new double[] {-1, 0, 1, Double.NaN, 0.5, 1}, 2, 3, 1);
    BufferedImage image = decode(picture.png());
    assertThat(image.getWidth()).isEqualTo(3);
    assertThat(image.getHeight()).isEqualTo(2);
    assertThat(image.getRaster().getPixels(0, 0, 3, 2, (int[]) null))
        .containsExactly(0, 128, 255, 0, 191, 255);
    assertThat(picture.low()).isEqualTo(-1);
    assertThat(picture.high()).isEqualTo(1);
  }

  @Test
  void channelsAreRedGreenAndBlue() throws IOException {
    BufferedImage image =
        decode(Picture.of(new double[] {255, 0, 0, 0, 128, 300}, 1, 2, 3, 0, 255).png());
    assertThat(rgb(image, 0, 0)).isEqualTo(0xFF0000);
    assertThat(rgb(image, 1, 0)).isEqualTo(0x0080FF);
  }

  @Test
  void constantAndMeaninglessPicturesAreDrawnToo() throws IOException {
    BufferedImage constant = decode(Picture.stretched(new double[] {7, 7}, 1, 2, 1).png());
    assertThat(constant.getRaster().getSample(1, 0, 0)).isEqualTo(128);
    double[] none = {Double.NaN, Double.NaN};
    assertThat(decode(Picture.stretched(none, 2, 1, 1).png()).getRaster().getSample(0, 1, 0))
        .isZero();
  }

  @Test
  void sizesMustFit() {
    for (int[] shape : new int[][] {{2, 2, 1}, {1, 3, 2}, {0, 6, 1}, {65_536, 65_536, 1}}) {
      assertThatThrownBy(() -> Picture.stretched(new double[6], shape[0], shape[1], shape[2]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void picturesStandInRowsWithTheirNames() throws Exception {
    ImageGrid grid = ImageGrid.of("weights", 2).side(50);
    for (String name : List.of("a", "<b>", "c")) {
      grid.add(name, Picture.stretched(new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 2, 4, 1));
    }
    Document svg = Xml.parse(grid.html());
    List<Element> images = Xml.all(svg, "img");
    assertThat(images).extracting(image -> Xml.number(image, "width")).containsOnly(50.0);
    assertThat(images).extracting(image -> Xml.number(image, "height")).containsOnly(25.0);
    assertThat(images)
        .extracting(image -> image.getAttribute("alt"))
        .containsExactly("a", "<b>", "c");
    assertThat(Xml.all(svg, "div", "album").getFirst().getAttribute("style"))
        .isEqualTo("max-width:108px");
    String href = images.getFirst().getAttribute("src");
    assertThat(href).startsWith("data:image/png;base64,");
    byte[] png = Base64.getDecoder().decode(href.substring(href.indexOf(',') + 1));
    assertThat(decode(png).getWidth()).isEqualTo(4);
    assertThat(svg.getDocumentElement().getTextContent().strip().lines())
        .containsExactly("a", "<b>", "c");
    assertThat(grid.table().rows()).containsExactly(List.of("all", "3", "4 × 2", "1", "8"));
  }

  @Test
  void aGridWithoutPicturesSaysSo() throws Exception {
    Document svg = Xml.parse(ImageGrid.of("weights", 3).html());
    assertThat(Xml.texts(Xml.all(svg, "p"))).containsExactly("There is no picture to draw.");
  }
}
