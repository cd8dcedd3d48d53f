package org.lm4j.task.caption;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.data.Caption;
import org.lm4j.data.Table;
import org.lm4j.data.TableColumns;
import org.lm4j.io.IoErrors;
import org.lm4j.io.JsonArrays;
import org.lm4j.text.source.TextSource;
import org.lm4j.text.source.TextStream;

/**
 * Reads captions from the common file formats.
 *
 * <ul>
 *   <li>Flickr8k's token file (Flickr30k's is the same): {@code image.jpg#0<TAB>caption};
 *   <li>a table: {@code image<TAB>caption}, one caption on each line;
 *   <li>COCO's annotations: a JSON object with {@code images} (of {@code id} and {@code file_name})
 *       and {@code annotations} (of {@code image_id} and {@code caption}), read as a stream;
 *   <li>Karpathy's data sets ({@code dataset_flickr8k.json}): a JSON object with {@code images} (of
 *       {@code filename}, {@code split} and {@code sentences} with {@code raw}).
 * </ul>
 */
public final class CaptionFiles {
  private static final int MOST_SPACE = 4096; // before the first record
  private static final Pattern NUMBERED = Pattern.compile("(.+)#(\\d{1,4})");

  private CaptionFiles() {}

  /** An image of COCO's or of Karpathy's. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Image(
      @Nullable Long id,
      @JsonProperty("file_name") @Nullable String fileName,
      @JsonProperty("filename") @Nullable String name,
      @Nullable String split,
      @Nullable List<Sentence> sentences) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Sentence(String raw) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record CocoAnnotation(@JsonProperty("image_id") long imageId, String caption) {}

  /**
   * Reads a file of any of these formats, ignoring notes about its form.
   *
   * @throws InputException as {@link #read(Path, Consumer)}
   */
  public static Captions read(Path file) {
    return read(file, note -> {});
  }

  /**
   * Reads a file of any of these formats: one that begins with <code>{</code> is COCO's or
   * Karpathy's; one whose first image ends with a number after {@code #} is Flickr8k's; any other
   * is a table.
   *
   * @param notes receives one sentence for each notable fact about its form
   * @throws InputException if the file cannot be read, a line or a record is malformed, or there
   *     are no captions
   */
  public static Captions read(Path file, Consumer<String> notes) {
    try (TextStream in = TextSource.open(file)) { // once: a pipe has its bytes only once
      int first = firstByte(in);
      if (first != '{' && first != '[') {
        return readLines(in, file, notes);
      }
      if (first == '[') {
        throw new InputException(
            file
                + " is a JSON array; captions are read from COCO's annotations or Karpathy's data"
                + " sets, which are objects with images, or from lines of image<TAB>caption");
      }
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    }
    if (!Files.isRegularFile(file)) {
      throw new InputException(
          file + " is not a regular file: captions in JSON are read twice, save them as a file");
    }
    return readJson(file);
  }

  /**
   * Returns the first byte that is not white space, without consuming it; -1 if there is none
   * nearby.
   */
  private static int firstByte(TextStream in) throws IOException {
    in.mark(MOST_SPACE);
    int first = in.read();
    if (first == 0xef) { // a byte order mark: its other two bytes follow
      first = in.readNBytes(2).length < 2 ? -1 : in.read();
    }
    for (int i = 4;
        i < MOST_SPACE && (first == ' ' || first == '\n' || first == '\r' || first == '\t');
        i++) {
      first = in.read();
    }
    in.reset();
    return first;
  }

  private static Captions readLines(TextStream in, Path file, Consumer<String> notes)
      throws IOException {
    List<Caption> captions = new ArrayList<>();
    List<Table.Row> rows = Table.read(in, file, TableColumns.CAPTIONS, notes);
    boolean numbered =
        !rows.isEmpty() && NUMBERED.matcher(rows.getFirst().cells().getFirst()).matches();
    for (Table.Row row : rows) {
      String image = row.cells().get(0);
      if (numbered) {
        Matcher matcher = NUMBERED.matcher(image);
        if (!matcher.matches()) {
          throw new InputException(
              row.place()
                  + ": '"
                  + image
                  + "' does not end with # and a number as the first line's");
        }
        image = matcher.group(1);
      }
      captions.add(caption(image, row.cells().get(1), row.place()));
    }
    return new Captions(file, captions);
  }

  private static Captions readJson(Path file) {
    Map<Long, String> images = new HashMap<>();
    List<Caption> captions = new ArrayList<>();
    Map<String, String> splits = new HashMap<>();
    JsonArrays.read(
        file,
        "images",
        Image.class,
        (image, index) -> {
          String place = JsonArrays.place(file, "images", index);
          if (image.sentences() != null && image.name() != null) {
            addSentences(image.name(), image.sentences(), place, captions);
            splits.put(image.name(), image.split() == null ? "" : image.split());
          } else if (image.id() == null || image.fileName() == null) {
            throw new InputException(
                "%s: it has neither id and file_name, as in COCO's annotations, nor filename and sentences, as in Karpathy's data sets"
                    .formatted(place));
          } else if (images.put(image.id(), image.fileName()) != null) {
            throw new InputException(place + ": a second image with id " + image.id());
          }
        });
    if (!splits.isEmpty() && images.isEmpty()) {
      return new Captions(file, captions, splits);
    }
    readAnnotations(file, images, captions);
    return new Captions(file, captions);
  }

  private static void addSentences(
      String image, List<Sentence> sentences, String place, List<Caption> captions) {
    for (int i = 0; i < sentences.size(); i++) {
      String where = place + ".sentences[" + i + "]";
      if (sentences.get(i) == null) {
        throw new InputException(where + " is null");
      }
      captions.add(caption(image, sentences.get(i).raw(), where));
    }
  }

  private static void readAnnotations(Path file, Map<Long, String> images, List<Caption> captions) {
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
