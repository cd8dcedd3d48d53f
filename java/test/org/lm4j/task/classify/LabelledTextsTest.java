package org.lm4j.task.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.data.DataFixtures.assertRefused;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.data.DataFixtures;
import org.lm4j.task.classify.LabelledTexts.ClassFile;

class LabelledTextsTest {
  @TempDir Path folder;

  private Path file(String name, String text) {
    return DataFixtures.write(folder.resolve(name), text);
  }

  @Test
  void aTable() {
    Path file = file("x.tsv", "pos\t a good\tone \r\nneg\tbad\npos\tfine");
    LabelledTexts texts = LabelledTexts.table(file);
    assertThat(texts.all())
        .containsExactly(
            new LabelledText("pos", "a good\tone", file + ", line 1"),
            new LabelledText("neg", "bad", file + ", line 2"),
            new LabelledText("pos", "fine", file + ", line 3"));
    assertThat(texts.labels()).containsExactly("neg", "pos");
  }

  @Test
  void filesOfOneClassEach() {
    Path good = file("good", "fine\nvery fine\n");
    Path bad = file("bad", "poor\n");
    LabelledTexts texts =
        LabelledTexts.files(List.of(new ClassFile("pos", good), new ClassFile("neg", bad)));
    assertThat(texts.all()).extracting(LabelledText::label).containsExactly("pos", "pos", "neg");
    assertThat(texts.all()).extracting(LabelledText::place).contains(good + ", line 2");
    assertThat(texts.source()).isEqualTo(good + ", " + bad);
  }

  @Test
  void whatIsMissingIsRefused() {
    Path noTab = file("a", "pos\tx\nneg y\n");
    assertRefused(
        () -> LabelledTexts.table(noTab), noTab + ", line 2: no tab between a label and its text");
    Path noText = file("b", "pos\tx\nneg\t \n");
    assertRefused(() -> LabelledTexts.table(noText), noText + ", line 2: the text is empty");
    Path blank = file("c", "pos\tx\n\n \t\n");
    assertThat(LabelledTexts.table(blank).all()).hasSize(1);
    Path noLabel = file("d", " \tx\n");
    assertRefused(() -> LabelledTexts.table(noLabel), noLabel + ", line 1: the label is empty");
    Path nothing = file("e", "");
    assertRefused(
        () -> LabelledTexts.table(nothing),
        nothing + " holds no texts; it needs label<TAB>text on each line");
    assertRefused(
        () -> LabelledTexts.files(List.of(new ClassFile("pos", nothing))),
        nothing + " holds no text of class 'pos'");
    Path gap = file("f", "x\n \ny\n");
    assertRefused(
        () -> LabelledTexts.files(List.of(new ClassFile("pos", gap))),
        gap + ", line 2: the text is empty");
    Path blankEnd = file("g", "x\ny\n\n \n");
    assertThat(LabelledTexts.files(List.of(new ClassFile("pos", blankEnd))).all()).hasSize(2);
  }

  @Test
  void aTableIsNotAFileOfOneClass() {
    Path good = file("good", "fine\npos\tvery fine\n");
    Path bad = file("bad", "poor\n");
    assertRefused(
        () -> LabelledTexts.files(List.of(new ClassFile("pos", good), new ClassFile("neg", bad))),
        good
            + ", line 2: a line of a table, a label and a text with a tab between them; read tables"
            + " with corpus");
  }

  /** The counts that the authors name. */
  @Test
  void rtPolarity() {
    LabelledTexts texts =
        LabelledTexts.files(
            List.of(
                new ClassFile("pos", DataFixtures.data("rt-polarity/rt-polarity.pos")),
                new ClassFile("neg", DataFixtures.data("rt-polarity/rt-polarity.neg"))));
    assertThat(texts.all()).hasSize(2 * 5331);
  }
}
