package org.lm4j.data;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lm4j.InputException;
import org.lm4j.io.IoErrors;
import org.lm4j.io.JsonArrays;
import org.lm4j.io.TextLines;

/**
 * Reads captions from the three kinds of files people have them in.
 *
 * <ul>
 *   <li>Flickr8k's token file (Flickr30k's is the same): {@code image.jpg#0<TAB>caption};
 *   <li>a table: {@code image<TAB>caption}, one caption on each line;
 *   <li>COCO's annotations: a JSON object with {@code images} (of {@code id} and {@code file_name})
 *       and {@code annotations} (of {@code image_id} and {@code caption}), read as a stream.
 * </ul>
 */
public final class CaptionFiles {
  private static final Pattern NUMBERED = Pattern.compile("(.+)#(\\d{1,4})");

  private CaptionFiles() {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record CocoImage(long id, @JsonProperty("file_name") String fileName) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record CocoAnnotation(@JsonProperty("image_id") long imageId, String caption) {}

  /**
   * Reads a file of any of the three kinds: one that begins with <code>{</code> is COCO's; one
   * whose first image ends with a number after {@code #} is Flickr8k's; any other is a table.
   *
   * @throws InputException if the file cannot be read, a line or a record is not as its kind
   *     demands, or there are no captions
   */
  public static Captions read(Path file) {
    return firstByte(file) == '{' ? readCoco(file) : readLines(file);
  }

  private static int firstByte(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      int first = in.read();
      if (first == 0xef) { // a byte order mark: its other two bytes follow
        in.skipNBytes(2);
        first = in.read();
      }
      while (first == ' ' || first == '\n' || first == '\r' || first == '\t') {
        first = in.read();
      }
      return first;
    } catch (EOFException e) {
      return -1;
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
  }

  private static Captions readLines(Path file) {
    List<Caption> captions = new ArrayList<>();
    boolean[] numbered = new boolean[1];
    TextLines.read(
        file,
        (line, number) -> {
          if (line.isBlank()) {
            return;
          }
          String place = TextLines.place(file, number);
          int tab = line.indexOf('\t');
          if (tab < 0) {
            throw new InputException(place + ": no tab between an image and its caption");
          }
          String image = line.substring(0, tab).strip();
          Matcher matcher = NUMBERED.matcher(image);
          if (captions.isEmpty()) {
            numbered[0] = matcher.matches();
          }
          if (numbered[0]) {
            if (!matcher.matches()) {
              throw new InputException(
                  place + ": '" + image + "' does not end with # and a number as the first line's");
            }
            image = matcher.group(1);
          }
          captions.add(caption(image, line.substring(tab + 1), place));
        });
    return new Captions(file, captions);
  }

  private static Captions readCoco(Path file) {
    Map<Long, String> images = new HashMap<>();
    JsonArrays.read(
        file,
        "images",
        CocoImage.class,
        (image, index) -> {
          if (images.put(image.id(), image.fileName()) != null) {
            throw new InputException(
                JsonArrays.place(file, "images", index) + ": a second image with id " + image.id());
          }
        });
    List<Caption> captions = new ArrayList<>();
    JsonArrays.read(
        file,
        "annotations",
        CocoAnnotation.class,
        (annotation, index) -> {
          String place = JsonArrays.place(file, "annotations", index);
          String image = images.get(annotation.imageId());
          if (image == null) {
            throw new InputException(
                place + ": no image has the id " + annotation.imageId() + " named here");
          }
          captions.add(caption(image, annotation.caption(), place));
        });
    return new Captions(file, captions);
  }

  private static Caption caption(String image, String text, String place) {
    if (image.isBlank()) {
      throw new InputException(place + ": the name of the image is empty");
    }
    // COCO's people left line ends in some captions; a caption is one line here.
    String oneLine = text.strip().replaceAll("\\s+", " ");
    if (oneLine.isEmpty()) {
      throw new InputException(place + ": the caption of image '" + image + "' is empty");
    }
    return new Caption(image, oneLine, place);
  }
}
