package org.lm4j.task.tag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.data.DataFixtures.assertRefused;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.data.DataFixtures;

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
  void inputThatIsNotATableIsRefused() {
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
        file
            + ", line 2: there is no tag column besides the input columns; the file has 2 columns");
    assertRefused(
        () -> new ConllColumns(2, 2, List.of()), "column 2 cannot hold the words and the tags.");
    assertRefused(
        () -> new ConllColumns(1, 2, List.of(2)), "column 2 cannot hold the tags and a feature.");
    assertRefused(() -> new ConllColumns(1, 2, List.of(0)), "columns are counted from 1.");
    new ConllColumns(1, 9, List.of()).requireInput(sentence); // no tags are needed to be tagged
  }

  private List<List<String>> column(String text, int column) {
    return ConllFile.read(file(text)).stream().map(sentence -> sentence.column(column)).toList();
  }

  @Test
  void commentsAreSkippedAndHashesStay() {
    ConllFile.Contents named =
        ConllFile.readAll(file("# id 5f3a\tdomain=en\nit _ _ O\nin _ _ B-X\n\n# id 7\na _ _ O\n"));
    assertThat(named.comments()).isEqualTo(2);
    assertThat(named.sentences()).extracting(ConllSentence::size).containsExactly(2, 1);
    // The pound sign of CoNLL-2000, and the words of tweets.
    assertThat(column("# # B-NP\n1 CD I-NP\n\na DT B-NP\n# # I-NP\n", 0))
        .containsExactly(List.of("#", "1"), List.of("a", "#"));
    assertThat(column("#\tO\n#go\tO\n#1 now\tB\n\n# 1\tO\nx\tO\n", 0))
        .containsExactly(List.of("#", "#go", "#1 now"), List.of("# 1", "x"));
    assertThat(column("#begin document (a/b); part 000\na 0 NN\n\n#end document\n", 0))
        .containsExactly(List.of("a"));
    assertThat(column("#\n#a\n\n# b c\nd\n", 0))
        .as("one column")
        .containsExactly(List.of("#", "#a"), List.of("d"));
    Path cut = file("a X\n\n#b\n");
    assertRefused(
        () -> ConllFile.read(cut),
        cut
            + ", line 3: 1 columns, but line 1 has 2; each line needs as many; a comment begins"
            + " with '# ' and stands before a sentence");
  }

  @Test
  void conllU() {
    String text =
        """
        # sent_id = 1
        # text = du
        1-2\tdu\t_\t_
        1\tde\tde\tADP
        2\tle le\tle\tDET
        2.1\tx\tx\tX
        3\t#\t#\tSYM

        1\tOui\toui\tINTJ
        """;
    ConllFile.Contents contents = ConllFile.readAll(file(text));
    assertThat(contents.numbered()).isTrue();
    assertThat(List.of(contents.comments(), contents.ranges(), contents.emptyNodes()))
        .containsExactly(2, 1, 1);
    assertThat(contents.sentences())
        .extracting(sentence -> sentence.column(1))
        .containsExactly(List.of("de", "le le", "#"), List.of("Oui"));
    // Numbers that are words.
    assertThat(ConllFile.readAll(file("3.5 CD\n1-2 CD\nx NN\n")).ranges()).isZero();
  }

  @Test
  void tabsAloneSeparateWhereThereAreAny() {
    assertThat(column("New York\tB-LOC\n San Jose \tB-LOC\r\n\nParis\tB-LOC\t\n", 0))
        .containsExactly(List.of("New York", "San Jose"), List.of("Paris"));
    Path mixed = file("New York\tB-LOC\n\nhe ran O\n");
    assertRefused(
        () -> ConllFile.read(mixed),
        mixed
            + ", line 3: 1 columns, but line 1 has 2; each line needs as many, separated by tabs");
    Path commas = file("Sentence: 1,Thousands,NNS,O\n,of,IN,O\n");
    assertRefused(
        () -> ConllFile.read(commas),
        commas
            + ", line 2: 1 columns, but line 1 has 2; each line needs as many, separated by tabs or"
            + " spaces, not by commas");
    for (String[] other :
        new String[][] {
          {"EU,B-ORG\nx,O\n\na,O\n", "columns seem to be separated by commas"},
          {"The/DT cat/NN\nA/DT dog/NN\n", "words and tags seem to have slashes between them"},
          {"{\"tokens\": [\"a\"]}\n", "this seems to be JSON"}
        }) {
      Path file = file(other[0]);
      assertRefused(
          () -> ConllFile.read(file),
          file
              + ": "
              + other[1]
              + "; a token a line is needed, its columns separated by tabs or spaces");
    }
    assertThat(column("1/2 CD\n, ,\n1,000 CD\n{\" X\n", 0)).hasSize(1);
    Path swapped = file("NN word\nVB run\n\n".replace("word", "1") + words(20));
    assertRefused(
        () -> new ConllColumns(1, 2, List.of()).requireLearnable(ConllFile.read(swapped)),
        swapped
            + " has 22 different tags for 22 tokens, such as '1'; is column 2 that of the tags?");
    Path empty = file("a\tX\n\nb\tX\n\t Y\n");
    assertRefused(
        () -> new ConllColumns(1, 2, List.of()).require(ConllFile.readAll(empty)),
        empty + ", line 3: the word of token 2 of the sentence that begins here is empty");
  }

  private static String words(int count) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append("NN word").append(i).append('\n');
    }
    return lines.toString();
  }

  /** Each line of a file is in one block, in order. */
  @Test
  void blocksHoldAllLines() {
    String text = "\n# c\n1-2\tab\n1\ta\n2\tb\n\n\n-DOCSTART-\n\n1\tc\n\n# end\n\n";
    List<ConllBlock> blocks = new ArrayList<>();
    ConllFile.readBlocks(file(text), blocks::add);
    List<ConllBlock.Line> lines = blocks.stream().flatMap(b -> b.lines().stream()).toList();
    assertThat(lines)
        .extracting(ConllBlock.Line::text)
        .containsExactlyElementsOf(text.lines().toList());
    assertThat(lines)
        .extracting(ConllBlock.Line::token)
        .containsExactly(-2, -2, -1, 0, 1, -2, -2, -2, -2, 0, -2, -2, -2);
    assertThat(blocks.getFirst().separator()).isEqualTo("\t");
  }

  /** The form is found out from the first lines; errors come with what stands before them. */
  @Test
  void longFilesAreReadAsShortOnes() {
    String many = "a X\n\n".repeat(11_000);
    Path commented = file(many + "# a comment\nb X\n# X\n");
    assertThat(ConllFile.read(commented)).hasSize(11_001);
    Path bad = file(many + "b\n");
    int[] sentences = new int[1];
    assertRefused(
        () -> ConllFile.readBlocks(bad, block -> sentences[0]++),
        bad + ", line 22001: 1 columns, but line 1 has 2; each line needs as many");
    assertThat(sentences[0]).isEqualTo(11_000);
  }

  @Test
  void aStreamIsReadLikeAFile() {
    List<ConllSentence> sentences = new ArrayList<>();
    byte[] text = "a X\n\nb Y\n".getBytes(StandardCharsets.UTF_8);
    ConllFile.readBlocks(
        new ByteArrayInputStream(text),
        "the standard input",
        block -> sentences.add(Objects.requireNonNull(block.sentence())));
    assertThat(sentences).extracting(ConllSentence::line).containsExactly(1, 3);
    assertRefused(
        () ->
            ConllFile.readBlocks(
                new ByteArrayInputStream("a X\nb\n".getBytes(StandardCharsets.UTF_8)),
                "the standard input",
                block -> {}),
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
