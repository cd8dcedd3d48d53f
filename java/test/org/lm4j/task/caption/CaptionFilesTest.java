package org.lm4j.task.caption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.data.DataFixtures.assertRefused;
import static org.lm4j.data.DataFixtures.assertRefusedSaying;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.Need;
import org.lm4j.data.Caption;
import org.lm4j.data.DataFixtures;
import org.lm4j.data.ImageNames;

class CaptionFilesTest {
  private static final String IMAGES =
      "{'info': {'year': 2014, 'x': [1, {'y': null}]}, 'images': [{'id': 7, 'file_name': 'b.jpg',"
          + " 'height': 4}, {'license': 3, 'file_name': 'a.jpg', 'id': 9}],";
  private static final String NOTES =
      "'annotations': [{'image_id': 9, 'id': 1, 'caption': 'A dog.\\n'},"
          + " {'image_id': 7, 'id': 2, 'caption': ' Two\\n cats '},"
          + " {'image_id': 9, 'id': 3, 'caption': 'a dog'}]}";

  @TempDir Path folder;

  @Test
  void flickrsTokenFile() {
    Path file = file("x.token.txt", "b.jpg#0\tA dog .\r\nb.jpg#1\t Two\tdogs\n\na.jpg.1#0\tA cat");
    Captions captions = CaptionFiles.read(file);
    assertThat(captions.all())
        .containsExactly(
            new Caption("b.jpg", "A dog .", file + ", line 1"),
            new Caption("b.jpg", "Two dogs", file + ", line 2"),
            new Caption("a.jpg.1", "A cat", file + ", line 4"));
    assertThat(captions.images()).containsExactly("b.jpg", "a.jpg.1");
    assertThat(captions.of("b.jpg")).hasSize(2);
    assertThat(captions.of("c.jpg")).isEmpty();
  }

  @Test
  void aTable() {
    Path file = file("x.tsv", "\uFEFFa\tone\nb\ttwo\na\tone\nc#1\tthree\n");
    Captions captions = CaptionFiles.read(file);
    assertThat(captions.of("a")).extracting(Caption::text).containsExactly("one", "one");
    assertThat(captions.images()).containsExactly("a", "b", "c#1");
  }

  @Test
  void cocosAnnotationsInEitherOrder() {
    String turned = NOTES.replace("]}", "],") + IMAGES.substring(1).replace("],", "]}");
    for (String json : new String[] {IMAGES + NOTES, "{" + turned, "\uFEFF\n " + IMAGES + NOTES}) {
      Path file = json(json);
      Captions captions = CaptionFiles.read(file);
      assertThat(captions.all())
          .containsExactly(
              new Caption("a.jpg", "A dog.", file + ", annotations[0]"),
              new Caption("b.jpg", "Two cats", file + ", annotations[1]"),
              new Caption("a.jpg", "a dog", file + ", annotations[2]"));
    }
  }

  @Test
  void brokenLinesAreNamed() {
    Path file = file("x.tsv", "a\tone\nb two\n");
    assertRefused(
        () -> CaptionFiles.read(file), file + ", line 2: no tab between an image and its caption");
    file("x.tsv", "a\tone\n\tone\n");
    assertRefused(() -> CaptionFiles.read(file), file + ", line 2: the name of the image is empty");
    file("x.tsv", "a\tone\nb\t  \n");
    assertRefused(
        () -> CaptionFiles.read(file), file + ", line 2: the caption of image 'b' is empty");
    file("x.tsv", "a#0\tone\nb\ttwo\n");
    assertRefusedSaying(() -> CaptionFiles.read(file), ", line 2: 'b' does not end with #");
    file("x.tsv", "\n\n");
    assertRefused(() -> CaptionFiles.read(file), file + " has no captions");
    DataFixtures.write(file, new byte[] {'a', '\t', 'b', '\n', 'c', '\t', (byte) 0xff, '\n'});
    assertRefused(
        () -> CaptionFiles.read(file), file + ", line 2: not UTF-8 text; save the file as UTF-8");
    file("x.tsv", "a\t" + "b".repeat(1 << 20));
    assertRefusedSaying(() -> CaptionFiles.read(file), ", line 1: longer than 1048576 bytes");
    Path nowhere = folder.resolve("nowhere");
    assertRefused(() -> CaptionFiles.read(nowhere), "Cannot read " + nowhere + ": no such file.");
  }

  @Test
  void brokenRecordsAreNamed() {
    assertJson(
        IMAGES + NOTES.replace("'image_id': 7", "'image_id': 8"), ", annotations[1]: no imag");
    assertJson(IMAGES + NOTES.replace("'image_id': 7, ", ""), ", annotations[1], line 1, col");
    assertJson(IMAGES + NOTES.replace("'image_id': 7, ", ""), "missing field 'image_id'");
    assertJson(IMAGES + NOTES.replace("'image_id': 7", "'image_id': '7'"), ", annotations[1], l");
    assertJson(IMAGES + NOTES.replace("'a dog'", "[7]"), ", annotations[2]");
    assertJson(IMAGES + NOTES.replace("' Two\\n cats '", "null"), ", annotations[1]");
    assertJson(
        IMAGES + NOTES.replace("' Two\\n cats '", "' '"), "caption of image 'b.jpg' is empty");
    assertJson(IMAGES + "'annotations': [null]}", ", annotations[0] is null");
    assertJson(IMAGES + "'annotations': 3}", "field 'annotations' is not an array");
    assertJson(IMAGES + "'annotations': []}", "has no captions");
    assertJson(IMAGES + "'end': 0}", "has no array 'annotations'");
    assertJson(
        IMAGES.replace("'id': 9", "'id': 7") + NOTES, ", images[1]: a second image with id 7");
    assertJson(IMAGES + NOTES.substring(0, 60), "line 1, column");
    assertJson(IMAGES + NOTES + "x", "line 1, column");
    assertJson(IMAGES + NOTES + " {}", "something follows the JSON object");
    assertJson("{" + "'a':[".repeat(100_000), "line 1, column");
  }

  private static final String KARPATHY =
      "{'images': [{'filename': 'a.jpg', 'imgid': 0, 'split': 'train', 'sentences': [{'raw': 'A dog.',"
          + " 'tokens': ['a', 'dog']}, {'raw': ' One\\n dog '}]}, {'filepath': 'val2014',"
          + " 'filename': 'b.jpg', 'cocoid': 5, 'split': 'restval', 'sentences': [{'raw': 'B'}]},"
          + " {'filename': 'c.jpg', 'split': 'val', 'sentences': [{'raw': 'C'}]}], 'dataset': 'x'}";

  @Test
  void karpathysDataSets() {
    Captions captions = CaptionFiles.read(json(KARPATHY));
    assertThat(captions.all())
        .extracting(caption -> caption.image() + ":" + caption.text())
        .containsExactly("a.jpg:A dog.", "a.jpg:One dog", "b.jpg:B", "c.jpg:C");
    assertThat(captions.all().get(1).place()).endsWith("captions.json, images[0].sentences[1]");
    assertThat(captions.splits()).containsExactly("restval", "train", "val");
    assertThat(captions.ofSplits(Set.of("train", "restval")).images())
        .containsExactly("a.jpg", "b.jpg");
    assertRefused(
        () -> captions.ofSplits(Set.of("test")),
        captions.file() + " has no captions of the split test; it has restval, train, val");
    assertJson(KARPATHY.replace("'raw': 'B'", "'raw': ''"), "caption of image 'b.jpg' is empty");
    assertJson(KARPATHY.replace("{'raw': 'B'}", "null"), "images[1].sentences[0] is null");
    assertJson(KARPATHY.replace("'filename': 'c.jpg', ", ""), "images[2]: it has neither id and");
    assertJson(KARPATHY.replace("'filename': 'c.jpg'", "'id': 1, 'file_name': 'c'"), "no array 'a");
    assertJson("[{'image_id': 1, 'caption': 'a'}]", "is a JSON array; captions are read from COCO");
    DataFixtures.write(folder.resolve("captions.json"), gzip(KARPATHY.replace('\'', '"')));
    assertThat(CaptionFiles.read(folder.resolve("captions.json")).all()).hasSize(4);
  }

  private static byte[] gzip(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(bytes)) {
      packed.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** A pipe has its bytes only once. */
  @Test
  void aPipeIsReadOnce() throws Exception {
    Path pipe = folder.resolve("pipe");
    Process made = new ProcessBuilder("mkfifo", pipe.toString()).start();
    Need.PROGRAMS.check(made.waitFor() == 0, "needs mkfifo");
    Thread writer = Thread.ofPlatform().start(() -> DataFixtures.write(pipe, "a\tone\nb\ttwo\n"));
    assertThat(CaptionFiles.read(pipe).all())
        .extracting(Caption::text)
        .containsExactly("one", "two");
    writer.join();
  }

  @Test
  void otherFormsOfTables() {
    List<String> notes = new ArrayList<>();
    Path header = file("x.tsv", "image\tcaption\na\tone\n\n");
    assertThat(CaptionFiles.read(header, notes::add).all()).hasSize(1);
    assertThat(notes)
        .containsExactly(header + ", line 1 is a header (image, caption), not a caption");
    Path kaggle = file("x.csv", "image,caption\n1.jpg,A child , climbing .\n");
    assertRefused(
        () -> CaptionFiles.read(kaggle),
        kaggle
            + ", line 1: no tab between an image and its caption; columns seem to be separated by"
            + " commas, save the table with tabs");
    Path results = file("r.csv", "a.jpg| 0| Two men .\n");
    assertRefusedSaying(() -> CaptionFiles.read(results), "seem to be separated by |, save");
  }

  @Test
  void aListChoosesImages() {
    Captions captions = CaptionFiles.read(file("x.tsv", "a\tone\nb\ttwo\na\tthree\n"));
    Path list = file("list.txt", "a\n\n");
    assertThat(captions.of(ImageNames.read(list)).all())
        .extracting(Caption::text)
        .containsExactly("one", "three");
    file("list.txt", "a\nc\n");
    assertRefused(
        () -> captions.of(ImageNames.read(list)),
        list + ", line 2: image 'c' has no caption in " + captions.file());
    file("list.txt", "a\nb\na\n");
    assertRefused(
        () -> ImageNames.read(list), list + ", line 3: image 'a' stands in line 1 already");
    file("list.txt", "\n");
    assertRefused(() -> ImageNames.read(list), list + " has no names of images");
  }

  /** The counts that Flickr8k is published with. */
  @Test
  void flickr8kHasItsImagesAndCaptions() {
    Captions captions =
        CaptionFiles.read(DataFixtures.data("flickr8k-captions/Flickr8k.token.txt"));
    assertThat(captions.all()).hasSize(40_460);
    assertThat(captions.images()).hasSize(8_092);
    assertThat(captions.images()).allSatisfy(image -> assertThat(captions.of(image)).hasSize(5));
    assertThat(captions.all()).noneMatch(caption -> CaptionWords.of(caption.text()).isEmpty());
    int[] sizes = {6_000, 1_000, 1_000};
    String[] parts = {"train", "dev", "test"};
    for (int i = 0; i < parts.length; i++) {
      ImageNames list =
          ImageNames.read(
              DataFixtures.data("flickr8k-captions/Flickr_8k." + parts[i] + "Images.txt"));
      assertThat(captions.of(list).images()).hasSize(sizes[i]);
      assertThat(captions.of(list).all()).hasSize(5 * sizes[i]);
    }
  }

  /**
   * Scores what one person wrote about each of Flickr8k's test images against what the other four
   * wrote: coco-caption's formulas, written down once more in Python for the same words, give
   * these.
   */
  @Test
  void peopleScoreEachOtherAsCocoCaptionHasIt() {
    Captions captions =
        CaptionFiles.read(DataFixtures.data("flickr8k-captions/Flickr8k.token.txt"));
    Path test = DataFixtures.data("flickr8k-captions/Flickr_8k.testImages.txt");
    List<ScoredCaption> scored = new ArrayList<>();
    for (String image : captions.of(ImageNames.read(test)).images()) {
      List<List<String>> words =
          captions.of(image).stream().map(caption -> CaptionWords.of(caption.text())).toList();
      scored.add(new ScoredCaption(words.getFirst(), words.subList(1, words.size())));
    }
    assertThat(Bleu.score(scored))
        .containsExactly(
            new double[] {
              0.6364127012682705, 0.4457777185666552, 0.30549035362497284, 0.20945675889555992
            },
            within(1e-9));
    assertThat(RougeL.score(scored)).isCloseTo(0.4875924503200095, within(1e-9));
    assertThat(CiderD.score(scored)).isCloseTo(0.7886754251977479, within(1e-9));
  }

  private void assertJson(String json, String says) {
    Path file = json(json);
    assertRefusedSaying(() -> CaptionFiles.read(file), says);
    assertRefusedSaying(() -> CaptionFiles.read(file), file.toString());
  }

  private Path json(String json) {
    return file("captions.json", json.replace('\'', '"'));
  }

  private Path file(String name, String text) {
    return DataFixtures.write(folder.resolve(name), text);
  }
}
