package org.lm4j.task.classify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.lm4j.data.DataFixtures.assertRefused;
import static org.lm4j.data.DataFixtures.assertRefusedSaying;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.data.DataFixtures;

/** The forms in which the known sets of pairs come; the rows are our own. */
class LabelledPairsTest {
  @TempDir private Path folder;
  private final List<String> notes = new ArrayList<>();

  private Path file(String text) {
    return DataFixtures.write(folder.resolve("x"), text);
  }

  private List<String> read(String text) {
    notes.clear();
    return LabelledPairs.read(file(text), notes::add).all().stream()
        .map(each -> each.label() + ":" + each.text())
        .toList();
  }

  @Test
  void threeColumnsNeedNoHeader() {
    assertThat(read("yes\tA dog runs .\tAn animal moves .\nno\tA cat\tA dog\n"))
        .containsExactly("yes:A dog runs .\tAn animal moves .", "no:A cat\tA dog");
    assertThat(notes).isEmpty();
    assertThat(LabelledPairs.read(file("yes\ta\tb\n"), notes::add).all().getFirst().place())
        .endsWith("x, line 1");
  }

  @Test
  void theHeaderSaysWhichColumnsAreMeant() {
    String snli =
        "gold_label\tsentence1_parse\tsentence2_parse\tsentence1\tsentence2\tpairID\tlabel1\n";
    assertThat(read(snli + "neutral\t(A)\t(B)\tA man\tA tall man\t7\tneutral\n"))
        .containsExactly("neutral:A man\tA tall man");
    assertThat(notes.getFirst())
        .endsWith(
            "reading label from column 1, first text from column 4, second text from column 5");
    assertThat(
            read("id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\tHow ?\tWhy ?\t0\n"))
        .containsExactly("0:How ?\tWhy ?");
    assertThat(
            read("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t8\t9\tHe \"left\" .\tGone .\n"))
        .containsExactly("1:He \"left\" .\tGone .");
    assertThat(read("index\tquestion\tsentence\tlabel\n0\tWho ?\tShe .\tentailment\n"))
        .containsExactly("entailment:Who ?\tShe .");
  }

  @Test
  void oneObjectOnEachLine() {
    assertThat(
            read(
                """
                {"sentence1": "A\\tman", "gold_label": "neutral", "sentence2": "B", "x": [1]}

                {"label": 0, "premise": "C", "hypothesis": "D\\nE"}
                """))
        .containsExactly("neutral:A man\tB", "0:C\tD E");
    assertRefusedSaying(
        () -> read("{\"label\": \"a\", \"sentence1\": \"b\"}\n"),
        "x, line 1: no field for the second text, as 'label', 'sentence1' and 'sentence2' are");
    assertRefusedSaying(
        () -> read("{\"label\": [1], \"text1\": \"b\", \"text2\": \"c\"}"),
        "x, line 1: the field 'label' is not a text or a number");
    assertRefusedSaying(
        () -> read("{\"label\": 1, \"text1\": \"b\", \"text2\": \" \"}"),
        "x, line 1: the second text is empty");
    assertRefusedSaying(
        () -> read("{\"label\": 1, \"text1\": \"b\", \"text2\": \"c\"}\n{\"label\""),
        "x, line 2, column 9: it ends in the middle of a value");
  }

  @Test
  void pairsWithoutAgreementAreSkipped() {
    assertThat(read("-\ta b\tc\nyes\td e\tf\n-\tg h\ti\n")).containsExactly("yes:d e\tf");
    assertThat(notes).hasSize(1);
    assertThat(notes.getFirst()).contains("2 pairs with the label '-' are skipped");
    assertRefusedSaying(
        () -> read("-\ta b\tc\n"), " holds no pairs; it needs label<TAB>first<TAB>second");
  }

  @Test
  void whatIsMissingIsRefused() {
    assertRefusedSaying(
        () -> read("yes\ta\n"),
        "x, line 1: label, first text and second text with tabs between them are needed, not 2"
            + " columns");
    assertRefusedSaying(() -> read("yes a b\n"), "no tabs between label, first text and second");
    assertRefusedSaying(() -> read("yes\ta\t \n"), "x, line 1: the second text is empty");
    assertRefusedSaying(() -> read("yes\ta\tb\tc\n"), "are needed, not 4 columns");
    assertRefusedSaying(
        () -> read("a b c\tyes\tx\nd e f\tno\tx\ng h i\tyes\tx\nj k\tno\tx\nl m\tno\tx\n"),
        "the columns seem to be swapped");
  }

  @Test
  void aLineToClassifyIsTwoTexts() {
    Set<String> labels = Set.of("yes", "no");
    assertThatCode(() -> LabelledPairs.requirePair("yes\tno", "p", labels))
        .doesNotThrowAnyException();
    assertRefused(
        () -> LabelledPairs.requirePair("a b", "p", labels),
        "p: no tab; a pair is two texts with a tab between them");
    assertRefused(
        () -> LabelledPairs.requirePair("a\tb\tc", "p", labels),
        "p: 2 tabs; a pair is two texts with a tab between them");
    assertRefused(
        () -> LabelledPairs.requirePair("no\tb\tc", "p", labels),
        "p: a label before the two texts; give the texts alone, with a tab between them");
    assertRefused(
        () -> LabelledPairs.requirePair(" \tc", "p", labels), "p: the first text is empty");
  }
}
