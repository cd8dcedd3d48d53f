package org.lm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.lm4j.data.DataFixtures.assertRefused;
import static org.lm4j.data.DataFixtures.assertRefusedSaying;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lm4j.task.caption.CaptionFiles;
import org.lm4j.task.classify.LabelledTexts;
import org.lm4j.task.classify.LabelledTexts.Beside;
import org.lm4j.task.scenes.SceneFiles;
import org.lm4j.task.scenes.WordCells;
import org.lm4j.task.seq2seq.Pair;
import org.lm4j.task.seq2seq.PairFile;
import org.lm4j.task.vqa.Question;
import org.lm4j.task.vqa.QuestionFile;

/** The forms in which people have tables. */
class TableTest {
  private static final String ROWS = "pos\tgood nice\nneg\tbad dull\n".repeat(5);

  @TempDir private Path folder;
  private final List<String> notes = new ArrayList<>();

  private Path file(String text) {
    return DataFixtures.write(folder.resolve("x.tsv"), text);
  }

  private List<String> labelled(String text) {
    notes.clear();
    return LabelledTexts.table(file(text), notes::add).all().stream()
        .map(each -> each.label() + ":" + each.text())
        .toList();
  }

  private List<Pair> pairs(String text) {
    notes.clear();
    return PairFile.read(file(text), notes::add);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "label\ttext",
        "Sentiment\tReview",
        "\"class\"\t\"comment text\"",
        "label\twas",
        "Kategorie\ttext",
        "gold_label\tsentence"
      })
  void aHeaderIsNotAClass(String header) {
    List<String> read = labelled(header + "\n" + ROWS.replace("neg\tbad dull", "neg\t\"bad\""));
    assertThat(read).hasSize(10).startsWith("pos:good nice").contains("neg:bad");
    assertThat(notes).anyMatch(note -> note.contains("x.tsv, line 1 is a header ("));
  }

  @Test
  void aHeaderSaysWhichColumnIsWhich() {
    assertThat(labelled("sentence\tlabel\nso good\tpos\nbad\tneg\n"))
        .containsExactly("pos:so good", "neg:bad");
    assertThat(notes)
        .singleElement()
        .asString()
        .endsWith("reading label from column 2, text from column 1");
    assertThat(labelled("\"id\"\t\"sentiment\"\t\"review\"\n\"5_8\"\t1\t\"It \\\"is\\\" so\"\n"))
        .containsExactly("1:It \"is\" so");
    assertThat(labelled("id\tlabel\ttext\n1\tpos\ta\tb\n2\tneg\tc\n"))
        .containsExactly("pos:a\tb", "neg:c");
    Path ragged = file("text\tlabel\na\tpos\tx\n");
    assertRefused(
        () -> LabelledTexts.table(ragged), ragged + ", line 2: 3 columns, but the header has 2");
    assertRefusedSaying(() -> LabelledTexts.table(file("label\ttext\n")), "holds no texts");
  }

  @Test
  void aHeaderThatComesAgainIsSkipped() {
    assertThat(labelled("label\ttext\n" + ROWS + "label\ttext\n" + ROWS)).hasSize(20);
    assertThat(notes).anyMatch(note -> note.contains("line 12 is the header again"));
    assertThat(pairs("source\ttarget\na\tb\nsource\ttarget\n")).hasSize(1);
  }

  /** A class of one text elsewhere in the file hides that the first line is unlike all others. */
  @Test
  void aFirstLineAloneInItsClassIsNamed() {
    LabelledTexts texts = LabelledTexts.table(file("etiqueta\ttexto\n" + ROWS + "rare\tone\n"));
    notes.clear();
    texts.requireLearnable(notes::add);
    assertThat(notes).singleElement().asString().contains("line 1 ('etiqueta', 'texto')");
  }

  /** Some answers have several words, and there are nearly as many as questions. */
  @Test
  void answersBeforeQuestionsAreNamed() {
    String line = "1\tno\tis it so?\n2\tred square\twhat is left of it?\n3\t2\thow many?\n";
    assertRefusedSaying(
        () -> QuestionFile.read(file(line.repeat(2)), notes::add),
        "the columns seem to be swapped");
  }

  @Test
  void classesAreNotAHeader() {
    assertThat(labelled("class\ta b\npos\tc\nclass\td\npos\te\n")).hasSize(4);
    assertThat(labelled("title\ttext of it\nbody\tb\ntitle\tc\nbody\td\n")).hasSize(4);
    assertThat(notes).isEmpty();
  }

  @Test
  void aHeaderInAnotherLanguageIsNotLearned() {
    LabelledTexts texts = LabelledTexts.table(file("Kategorie\tInhalt\n" + ROWS));
    assertRefused(
        () -> texts.requireLearnable(note -> {}),
        folder.resolve("x.tsv")
            + ", line 1: seems to be a header ('Kategorie', 'Inhalt'), since its class alone has"
            + " one text; remove the line, or move it if it is a text");
    LabelledTexts.table(file(ROWS + "rare\tInhalt\n")).requireLearnable(notes::add);
    assertThat(notes).isEmpty();
  }

  @Test
  void swappedColumnsAndRowNumbersAreNotLabels() {
    StringBuilder swapped = new StringBuilder();
    StringBuilder numbered = new StringBuilder();
    StringBuilder plain = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      swapped.append("good film number ").append(i).append(i % 2 == 0 ? "\tpos\n" : "\tneg\n");
      numbered.append(i).append("\tpos\ta text\n");
      plain.append(i).append("\ta text of ").append(i).append('\n');
    }
    Path file = file(swapped.toString());
    assertRefused(
        () -> LabelledTexts.table(file),
        file
            + ": 20 different values where labels should be, and 2 where texts should be; the"
            + " columns seem to be swapped, a line is label<TAB>text");
    LabelledTexts.table(file("good nice\tpos\nbad dull\tneg\n".repeat(5)))
        .requireLearnable(notes::add);
    assertThat(notes).singleElement().asString().contains("are the columns swapped?");
    file(numbered.toString());
    assertRefused(
        () -> LabelledTexts.table(file),
        file
            + ": the first column, '0' and so on, differs in each line, as numbers of lines do; a"
            + " line is label<TAB>text");
    LabelledTexts ids = LabelledTexts.table(file(plain.toString()));
    assertRefusedSaying(
        () -> ids.requireLearnable(note -> {}),
        "has 20 different labels for 20 texts, such as '0'");
    assertThat(labelled("gj04\t1\ta b c\ngj04\t0\tb c d\nbc01\t1\tc d e\n")).hasSize(3);
    assertThat(notes)
        .singleElement()
        .asString()
        .endsWith("has 3 columns: the first is read as the label, all others as the text");
    notes.clear();
    labelled("a\tx y\nb\tz\nc\tx z\nd\tu v\na\tv\nb\tw x\n");
    LabelledTexts.table(file).requireLearnable(notes::add);
    assertThat(notes).singleElement().asString().endsWith("has 4 different labels for 6 texts");
  }

  @Test
  void quotesOfSpreadsheetsAreTakenOff() {
    assertThat(labelled("pos\t\"good nice\"\nneg\t\"bad \"\"dull\"\"\"\n".repeat(3)))
        .contains("pos:good nice", "neg:bad \"dull\"");
    assertThat(notes)
        .singleElement()
        .asString()
        .contains("fields in double quotes, which are read");
    assertThat(labelled("pos\t\"a\tb\"\nneg\tc\n")).containsExactly("pos:a\tb", "neg:c");
    // As spreadsheets do: where there is a comma, and nowhere else.
    assertThat(labelled("pos\t\"a, b\"\nneg\tc\nneg\td\npos\te\npos\t\"f, g\"\n"))
        .startsWith("pos:a, b");
    // What somebody says stays as it is.
    String said = "pos\t\"a\" he said\nneg\t\"b\"\nneg\tc, d\npos\te\n";
    assertThat(labelled(said)).startsWith("pos:\"a\" he said", "neg:\"b\"");
    assertThat(notes).singleElement().asString().contains("1 fields begin and end with a double");
    assertThat(labelled("pos\t5\" pipe\nneg\t\"\n")).containsExactly("pos:5\" pipe", "neg:\"");
    Path lines = file("pos\t\"good\nnice\"\n");
    assertRefusedSaying(
        () -> LabelledTexts.table(lines),
        "line 2: the quoted field that begins in line 1 goes over several lines");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pos,good nice|by commas",
        "pos;good|by semicolons",
        "__label__pos good|fastText",
        "{\"label\": 1}|JSON",
        "pos ||| good|separated by |||"
      })
  void otherFormsAreNamed(String lineAndName) {
    int bar = lineAndName.lastIndexOf(lineAndName.endsWith("|||") ? "|separated" : "|");
    String line = lineAndName.substring(0, bar);
    String name = lineAndName.substring(bar + 1);
    Path file = file(line + "\n" + line + "\n");
    assertRefusedSaying(
        () -> LabelledTexts.table(file), "line 1: no tab between a label and its text; ");
    assertRefusedSaying(() -> LabelledTexts.table(file), name);
    assertRefusedSaying(() -> PairFile.read(file), name);
    assertRefusedSaying(() -> QuestionFile.read(file), name);
    assertRefusedSaying(() -> CaptionFiles.read(file("x\t1\n" + line)), name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "source\ttarget",
        "Input\tOutput",
        "English\tFrench",
        "Deutsch\tEnglisch",
        "en\tfr",
        "src_text\ttgt_text",
        "sentence_en\tsentence_fr",
        "English sentence\tFrench sentence",
        "text1\ttext2",
        "source\treference",
        "input.en\toutput.fr"
      })
  void headersOfPairs(String header) {
    assertThat(pairs(header + "\nGo.\tVa !\n\n")).containsExactly(new Pair("Go.", "Va !"));
    assertThat(notes).singleElement().asString().contains("x.tsv, line 1 is a header (");
  }

  @Test
  void pairsThatHeadersResembleAreRead() {
    for (String pair :
        List.of(
            "text\tTexte",
            "word\tmot",
            "line\tinput",
            "it\tligne",
            "B1\tB1",
            "German-French\tDeutsch-Französisch")) {
      assertThat(pairs(pair + "\nGo.\tVa !\n")).as(pair).hasSize(2);
    }
    assertThat(pairs("a1\ta2\nb3\tb4\n")).hasSize(2);
    assertThat(notes).isEmpty();
  }

  @Test
  void aFirstLineUnlikeAllOthersIsShown() {
    String rows = "I go now.\tJe pars.\n".repeat(20);
    assertThat(pairs("col_a\tcol_b\n" + rows)).hasSize(21);
    assertThat(notes)
        .singleElement()
        .asString()
        .contains("line 1 (col_a, col_b) is read as a pair; if it is a header, take it out");
    notes.clear();
    assertThat(pairs("Go\tPars\nRun\tCours\nSit\tAssis\n" + rows)).hasSize(23);
    assertThat(notes).isEmpty();
  }

  @Test
  void pairsOfOtherForms() {
    assertThat(pairs("French\tfrançais\nsource\tQuelle\n")).hasSize(2);
    assertThat(pairs("id\tsrc\ttgt\n1\ta\tb\n")).containsExactly(new Pair("a", "b"));
    assertThat(pairs("target\tsource\nb\ta\n")).containsExactly(new Pair("a", "b"));
    assertThat(pairs(" a\tb \n")).containsExactly(new Pair(" a", "b "));
    assertThat(pairs("Go.\tVa !\tCC-BY 2.0 (France)\nHi.\tSalut !\tCC-BY 2.0\n"))
        .containsExactly(new Pair("Go.", "Va !"), new Pair("Hi.", "Salut !"));
    assertThat(notes).singleElement().asString().contains("a third column with a licence");
    Path three = file("Go.\tVa !\tx\n");
    assertRefused(
        () -> PairFile.read(three),
        three + ", line 1: 3 columns, but a pair has two, source and target; cut the others off");
  }

  @Test
  void questionsOfOtherForms() {
    List<Question> read =
        QuestionFile.read(
            file("question\timage_id\tAnswer\nwhat is it\ta.jpg\tdog\n\n"), notes::add);
    assertThat(read).hasSize(1);
    assertThat(read.getFirst().image()).isEqualTo("a.jpg");
    assertThat(read.getFirst().text()).isEqualTo("what is it");
    assertThat(read.getFirst().answer()).isEqualTo("dog");
    StringBuilder swapped = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      swapped.append("a.jpg\tdog\twhat is number ").append(i).append('\n');
    }
    assertRefusedSaying(
        () -> QuestionFile.read(file(swapped.toString())),
        "10 different values where answers should be, and 1 where questions should be");
  }

  @Test
  void linesOfTablesAreNotTexts() {
    Set<String> labels = Set.of("pos", "neg");
    assertThat(LabelledTexts.beside("good nice", labels)).isEqualTo(Beside.NOTHING);
    assertThat(LabelledTexts.beside("pos of it, good", labels)).isEqualTo(Beside.NOTHING);
    for (String line :
        List.of("pos\tgood", "good\tneg", "\"pos\"\t\"a\"", "label\ttext", "1\ta\tpos")) {
      assertThat(LabelledTexts.beside(line, labels)).as(line).isEqualTo(Beside.LABEL);
    }
    assertThat(LabelledTexts.beside("\"good nice\"", labels)).isEqualTo(Beside.QUOTES);
    assertThat(LabelledTexts.beside("\"a\" or \"b\"", labels)).isEqualTo(Beside.NOTHING);
    assertThat(LabelledTexts.isHeader("\"Review\"")).isTrue();
    assertThat(LabelledTexts.isHeader("a review")).isFalse();
    assertThat(PairFile.isHeader("Source")).isTrue();
    assertThat(PairFile.isQuoted("\"a \"\"b\"\"\"")).isTrue();
    assertThat(LabelledTexts.beside("other\tgood", labels)).isEqualTo(Beside.TAB);
    for (String line : List.of("pos,good", "__label__pos a", "\"neg\",\"a\"")) {
      assertThat(LabelledTexts.beside(line, labels)).as(line).isEqualTo(Beside.PERHAPS_LABEL);
    }
  }

  @Test
  void longJsonIsNamed() {
    Path json = file("{\"questions\": [" + "1, ".repeat(400_000));
    assertRefusedSaying(
        () -> QuestionFile.read(json), "line 1: longer than 1048576 bytes; this seems to be JSON");
  }

  @Test
  void blankLinesAreNotRows() {
    assertThat(labelled("\na\tx\n \n\nb\ty\n\n")).containsExactly("a:x", "b:y");
    assertThat(LabelledTexts.table(folder.resolve("x.tsv")).all().getLast().place())
        .endsWith("x.tsv, line 5");
    assertThat(WordCells.read(file("a\ta dog\t- 3\n\n")).of("a", List.of("a", "dog")))
        .containsExactly(-1, 3);
    assertThat(SceneFiles.readScenes(file("\n"))).isEmpty();
  }
}
