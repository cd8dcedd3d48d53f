package org.lm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.data.DataFixtures.assertRefused;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConllFileTest {
  @TempDir Path folder;

  private Path file(String text) {
    return DataFixtures.write(folder.resolve("x.txt"), text);
  }

  @Test
  void sentencesAndTheirPlaces() {
    Path file =
        file(
            "-DOCSTART- -X- O O\n\nThe DT  B-NP\r\nbox\tNN\tI-NP\n  \n\n"
                + "-DOCSTART-\nIt PRP B-NP\n-DOCSTART- x\nfell VBD B-VP");
    List<ConllSentence> sentences = ConllFile.read(file);
    assertThat(sentences)
        .containsExactly(
            new ConllSentence(
                List.of(List.of("The", "DT", "B-NP"), List.of("box", "NN", "I-NP")),
                file.toString(),
                3),
            new ConllSentence(List.of(List.of("It", "PRP", "B-NP")), file.toString(), 8),
            new ConllSentence(List.of(List.of("fell", "VBD", "B-VP")), file.toString(), 10));
  }

  @Test
  void columnsByNumber() {
    ConllSentence sentence = ConllFile.read(file("a 1 x u\nb 2 y v\n")).getFirst();
    ConllColumns last = new ConllColumns(1, ConllColumns.LAST, List.of(3, 2));
    assertThat(last.words(sentence)).containsExactly("a", "b");
    assertThat(last.tags(sentence)).containsExactly("u", "v");
    assertThat(last.feature(sentence, 0)).containsExactly("x", "y");
    assertThat(last.feature(sentence, 1)).containsExactly("1", "2");
    ConllColumns second = new ConllColumns(3, 2, List.of());
    assertThat(second.words(sentence)).containsExactly("x", "y");
    assertThat(second.tags(sentence)).containsExactly("1", "2");
  }

  @Test
  void whatIsNoTableIsRefused() {
    Path ragged = file("a X\nb Y\n\nc\n");
    assertRefused(
        () -> ConllFile.read(ragged),
        ragged + ", line 4: 1 columns, but line 1 has 2; each line needs as many");
    Path empty = file("\n \n-DOCSTART- -X-\n");
    assertRefused(
        () -> ConllFile.read(empty), empty + " holds no sentence; it needs a token on each line");
    Path endless = file("a X\n".repeat(ConllFile.MOST_TOKENS + 1));
    assertRefused(
        () -> ConllFile.read(endless),
        endless
            + ", line 4097: the sentence that begins at line 1 has more than 4096 tokens; a blank"
            + " line ends one");
    Path binary = DataFixtures.write(folder.resolve("b"), new byte[] {'a', ' ', (byte) 0xff, '\n'});
    assertRefused(
        () -> ConllFile.read(binary), binary + ", line 1: not UTF-8 text; save the file as UTF-8");
  }

  @Test
  void columnsThatAreNotThereAreRefused() {
    Path file = file("\na X\nb Y\n");
    ConllSentence sentence = ConllFile.read(file).getFirst();
    assertRefused(
        () -> new ConllColumns(1, 3, List.of()).require(sentence),
        file + ", line 2: 2 columns, but the tags should be in column 3");
    assertRefused(
        () -> new ConllColumns(4, 2, List.of()).require(sentence),
        file + ", line 2: 2 columns, but the words should be in column 4");
    assertRefused(
        () -> new ConllColumns(1, ConllColumns.LAST, List.of(2)).require(sentence),
        file + ", line 2: there is no column of tags besides those that are read, 2 in all");
    assertRefused(
        () -> new ConllColumns(2, 2, List.of()), "column 2 cannot hold the words and the tags.");
    assertRefused(
        () -> new ConllColumns(1, 2, List.of(2)), "column 2 cannot hold the tags and a feature.");
    assertRefused(() -> new ConllColumns(1, 2, List.of(0)), "columns are counted from 1.");
    new ConllColumns(1, 9, List.of()).requireInput(sentence); // no tags are needed to be tagged
  }

  @Test
  void aStreamIsReadLikeAFile() {
    List<ConllSentence> sentences = new ArrayList<>();
    byte[] text = "a X\n\nb Y\n".getBytes(StandardCharsets.UTF_8);
    ConllFile.read(new ByteArrayInputStream(text), "the standard input", sentences::add);
    assertThat(sentences).extracting(ConllSentence::line).containsExactly(1, 3);
    assertRefused(
        () ->
            ConllFile.read(
                new ByteArrayInputStream("a X\nb\n".getBytes(StandardCharsets.UTF_8)),
                "the standard input",
                sentence -> {}),
        "the standard input, line 2: 1 columns, but line 1 has 2; each line needs as many");
  }

  /** The counts that data/SOURCES names. */
  @Test
  void conll2000() {
    List<ConllSentence> train = ConllFile.read(DataFixtures.data("conll2000/train.txt"));
    List<ConllSentence> test = ConllFile.read(DataFixtures.data("conll2000/test.txt"));
    assertThat(train).hasSize(8936);
    assertThat(test).hasSize(2012);
    assertThat(train.stream().mapToInt(ConllSentence::size).sum()).isEqualTo(211_727);
    assertThat(test.stream().mapToInt(ConllSentence::size).sum()).isEqualTo(47_377);
  }
}
