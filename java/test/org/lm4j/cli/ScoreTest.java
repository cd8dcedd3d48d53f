package org.lm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.lm4j.cli.Commands.assertRefused;
import static org.lm4j.cli.Commands.lm;
import static org.lm4j.cli.Commands.output;
import static org.lm4j.cli.Commands.train;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lm4j.backend.reference.ReferenceBackend;
import org.lm4j.compute.Backend;
import org.lm4j.io.Json;
import org.lm4j.task.lm.LanguageModel;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.task.lm.line.LineScoring;

/** Tests what {@code lm score} prints, against the library's scores. */
class ScoreTest {
  @TempDir private static Path folder;
  private static Path words;
  private static Path chars;

  @BeforeAll
  static void trainTwo() throws IOException {
    Path corpus =
        Files.writeString(
            folder.resolve("corpus.txt"), "the cat, sat\nthe \"dog\" ran\n".repeat(30));
    words = folder.resolve("words");
    chars = folder.resolve("chars");
    assertThat(train(corpus, words, "--level", "word", "--min-count", "2").code()).isZero();
    assertThat(train(corpus, chars).code()).isZero();
  }

  private static String score(Path model, String text, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("text.txt"), text);
    List<String> arguments =
        new ArrayList<>(List.of("score", "--model", model.toString(), file.toString()));
    arguments.addAll(List.of("--device", "reference"));
    arguments.addAll(List.of(more));
    return output(arguments.toArray(String[]::new));
  }

  private static LineScore expected(Path model, String line, LineScoring options) {
    try (Backend backend = new ReferenceBackend();
        LanguageModel loaded = LanguageModel.load(model, backend);
        var scores = loaded.score(List.of(line).stream(), options)) {
      return scores.toList().getFirst();
    }
  }

  @Test
  void aRowPerWordNamesItsUnitAndFlagsUnknownWords() throws IOException {
    LineScore score = expected(words, "the bird ran", LineScoring.defaults());
    String printed = score(words, "the bird ran\n\nran\n");
    List<String> lines = printed.lines().toList();
    assertThat(lines.getFirst()).isEqualTo("line\tposition\ttext\tsurprisal_bits\toov");
    for (int i = 0; i < 3; i++) {
      LineScore.Token token = score.tokens().get(i);
      String[] cells = lines.get(i + 1).split("\t", -1);
      assertThat(cells).startsWith("1", "" + (i + 1), token.text()).endsWith(i == 1 ? "1" : "0");
      assertThat(Double.parseDouble(cells[3])).isCloseTo(token.bits(), within(1e-6));
    }
    assertThat(lines).hasSize(5);
    assertThat(lines.get(4)).startsWith("3\t1\tran\t");
  }

  @Test
  void aRowPerLineSumsWhatHasAScore() throws IOException {
    LineScore score = expected(chars, "the", LineScoring.defaults().withBegin(false));
    String printed = score(chars, "the\n", "--per", "line", "--begin", "none", "--in", "nats");
    assertThat(printed).startsWith("line\ttext\ttokens\tsurprisal_nats\toov\n1\tthe\t2\t");
    assertThat(Double.parseDouble(printed.split("\t", -1)[7]))
        .isCloseTo(score.nats(), within(1e-6));
  }

  @Test
  void theFirstTokenWithoutContextIsAnEmptyCellOrNull() throws IOException {
    String[] some = {"--per", "token", "--begin", "none", "--columns", "text,surprisal,rank,start"};
    assertThat(score(chars, "ac\n", some)).contains("\na\t\t\t0\nc\t");
    List<String> json = new ArrayList<>(List.of(some));
    json.addAll(List.of("--format", "jsonl", "--top", "2"));
    String first = score(chars, "ac\n", json.toArray(String[]::new)).lines().findFirst().orElse("");
    assertThat(first)
        .isEqualTo("{\"text\":\"a\",\"surprisal_bits\":null,\"rank\":null,\"start\":0,\"top\":[]}");
  }

  @Test
  void entropyFallsByWhatTheReductionSays() throws IOException {
    String[] some = {"--columns", "entropy,reduction", "--format", "jsonl"};
    List<Map<?, ?>> rows = new ArrayList<>();
    for (String line : score(words, "the cat, sat\n", some).lines().toList()) {
      rows.add(Json.parse(line, "a row", Map.class));
    }
    for (int i = 0; i < 2; i++) {
      double fall = number(rows.get(i), "entropy_bits") - number(rows.get(i + 1), "entropy_bits");
      assertThat(number(rows.get(i), "reduction_bits")).isCloseTo(Math.max(0, fall), within(2e-6));
    }
    assertThat(rows.get(2).get("reduction_bits")).isNull();
  }

  private static double number(Map<?, ?> row, String name) {
    return row.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  @Test
  void textIsEscapedInTabsAndQuotedInCommas() throws IOException {
    String[] tsv = {"--per", "token", "--columns", "text", "--end", "newline"};
    assertThat(score(chars, "a\t\\\n", tsv)).isEqualTo("text\na\n\\t\n\\\\\n\\n\n");
    String[] csv = {"--columns", "text,oov", "--format", "csv"};
    assertThat(score(words, "cat, \"dog\" ran\n", csv))
        .isEqualTo("text,oov\n\"cat,\",0\n\"\"\"dog\"\"\",0\nran,0\n");
  }

  @Test
  void idsAreCarriedThroughATable() throws IOException {
    String table = "item\tkind\tsentence\r\nx7\tgood\tthe cat,\r\ny\tbad\n\nz\tbad\tran\n";
    Path file = Files.writeString(folder.resolve("table.tsv"), table);
    String[] call = {
      "score",
      "--model",
      words.toString(),
      file.toString(),
      "--device",
      "reference",
      "--id-column",
      "item",
      "--text-column",
      "sentence",
      "--columns",
      "id,line,text"
    };
    Commands.Outcome outcome = lm(call);
    assertThat(outcome.out()).isEqualTo("id\tline\ttext\nx7\t1\tthe\nx7\t1\tcat,\nz\t4\tran\n");
    assertThat(outcome.err())
        .contains("line 3: too few columns (2 of at least 3)", "line 4: too few columns (1 of")
        .hasLineCount(2);
    assertThat(outcome.code()).isEqualTo(1);
    call[7] = "number";
    assertRefused(lm(call), "has no column 'number'", "item, kind, sentence");
  }

  @Test
  void aLineThatIsNotUtf8IsNamedAndTheRestIsScored() throws IOException {
    Path file = folder.resolve("mixed.txt");
    Files.write(file, "ran\n\u00e9\nsat".getBytes(StandardCharsets.ISO_8859_1));
    Commands.Outcome outcome =
        lm("score", words.toString(), file.toString(), "--columns", "line,text");
    assertThat(outcome.out()).isEqualTo("line\ttext\n1\tran\n3\tsat\n");
    assertThat(outcome.err()).contains("mixed.txt, line 2: not UTF-8").hasLineCount(1);
    assertThat(outcome.code()).isEqualTo(1);
  }

  @Test
  void whatCannotBeIsRefused() throws IOException {
    String file = Files.writeString(folder.resolve("some.txt"), "ran\n").toString();
    String[] call = {"score", chars.toString(), file, "--columns", "line,nonesuch"};
    assertRefused(lm(call), "'nonesuch' is none of line, id, position");
    assertRefused(
        lm("score", chars.toString(), file, "--per", "line", "--columns", "start"),
        "a row per line has no column start; it has line, id, text");
    assertRefused(lm("score", chars.toString(), "nosuchfile"), "nosuchfile");
    assertRefused(lm("score", words.toString(), file, "--id-column", "x", "--per", "line"), "'x'");
  }

  @Test
  void aWordOfSeveralTokensHasNeitherRankNorEntropy() throws IOException {
    String file = Files.writeString(folder.resolve("some.txt"), "a ran\n").toString();
    Commands.Outcome outcome =
        lm("score", chars.toString(), file, "--columns", "text,rank,entropy,reduction");
    assertThat(outcome.out())
        .isEqualTo("text\trank\tentropy_bits\treduction_bits\na\t\t\t\nran\t\t\t\n");
    assertThat(outcome.err()).contains("at level char a word is several").hasLineCount(1);
    assertThat(outcome.code()).isZero();
  }

  @Test
  void aPresetPrintsNothingButItsToolsLines() throws IOException {
    String zoo = score(words, "the bird\nran\n", "--preset", "lm-zoo", "--end", "newline");
    assertThat(zoo.lines().map(line -> line.replaceFirst("[0-9.]+$", "N")))
        .containsExactly(
            "sentence_id\ttoken_id\ttoken\tsurprisal",
            "1\t1\tthe\tN",
            "1\t2\t<unk>\tN",
            "1\t3\t<eos>\tN",
            "2\t1\tran\tN",
            "2\t2\t<eos>\tN");
    String[] complex = {"--preset", "neural-complexity", "--csep", "|"};
    assertThat(score(words, "the bird\n\nran\n", complex))
        .startsWith("word|sentid|sentpos|wlen|surp|entropy|entred\nthe|0|0|3|")
        .contains("\n<unk>|0|1|5|", "\nran|2|0|3|");
    String kenlm = score(words, "the bird\n", "--preset", "kenlm");
    assertThat(kenlm.replaceAll("-[0-9.]+", "N").replaceAll("\t[0-9.]+\n", "\tP\n"))
        .matches("the=[0-9]+ 2 N\tbird=0 3 N\t</s>=[0-9]+ 4 N\tTotal: N OOV: 1\n(?s:.*)")
        .endsWith("OOVs:\tP\nTokens:\tP\n");
  }

  @Test
  void aPresetCarriesTheColumnsOfACommaSeparatedTable() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("items.csv"),
            ",item,Sentence\n0,1,\"the cat, sat\"\n1,\"a\"\"b\",ran\n2,\"x,ran\n");
    String[] call = {
      "score",
      "--model",
      words.toString(),
      file.toString(),
      "--device",
      "reference",
      "--text-column",
      "Sentence",
      "--preset",
      "sap"
    };
    Commands.Outcome outcome = lm(call);
    List<String> lines = outcome.out().lines().toList();
    assertThat(lines.getFirst())
        .isEqualTo(
            ",item,Sentence,sum_surprisal,sum_surprisal_base2,mean_surprisal,"
                + "mean_surprisal_base2,token,word,word_pos");
    assertThat(lines.get(2)).startsWith("0,1,\"the cat, sat\",").endsWith(",\"cat,\",\"cat,\",1");
    assertThat(lines.get(4)).startsWith("1,\"a\"\"b\",ran,").endsWith(",ran,ran,0");
    assertThat(lines).hasSize(5);
    assertThat(outcome.err()).contains("items.csv, line 4: a quotation mark").hasLineCount(1);
    assertThat(outcome.code()).isEqualTo(1);
  }

  @Test
  void aPresetDecidesTheColumns() throws IOException {
    String file = Files.writeString(folder.resolve("some.txt"), "ran\n").toString();
    assertRefused(
        lm("score", words.toString(), file, "--preset", "sap", "--per", "word"),
        "--preset sap decides the columns; leave out --per.");
    assertRefused(lm("score", words.toString(), file, "--csep", ";"), "--csep is of");
    assertRefused(lm("score", chars.toString(), file, "--preset", "kenlm"), "at level char");
  }

  @Test
  void anOptionThatWouldHaveNoEffectIsRefused() throws IOException {
    String file = Files.writeString(folder.resolve("some.txt"), "ran\n").toString();
    assertRefused(lm("score", words.toString(), file, "--svg-width", "80"), "needs --svg");
    assertRefused(lm("score", words.toString(), file, "--columns", "line,id"), "--id-column");
    assertRefused(
        lm("score", words.toString(), file, "--space", "trailing", "--per", "token"),
        "--space is for rows per word");
    assertRefused(
        lm("score", words.toString(), file, "--space", "leading", "--preset", "lm-zoo"),
        "--space is for rows per word");
  }

  @Test
  void theNoteOnTheFirstTokenIsTrueOfCarriedLines() throws IOException {
    String file = Files.writeString(folder.resolve("two.txt"), "ran\nran\n").toString();
    String[] call = {"score", words.toString(), file, "--begin", "none"};
    assertThat(lm(call).err())
        .contains("nothing is read before a line, so its first token has no score");
    String[] carried = Arrays.copyOf(call, call.length + 2);
    carried[call.length] = "--state";
    carried[call.length + 1] = "carry";
    Commands.Outcome outcome = lm(carried);
    assertThat(outcome.err())
        .contains("nothing is read before the first line, so its first token has no score");
    assertThat(outcome.out().lines().toList().get(1)).isEqualTo("1\t1\tran\t\t0");
    assertThat(outcome.out().lines().toList().get(2)).matches("2\t1\tran\t[0-9.]+\t0");
  }

  @Test
  void aRowOfATableThatIsTooShortIsReported() throws IOException {
    String table = Files.writeString(folder.resolve("t.tsv"), "id\ttext\nA\n").toString();
    Commands.Outcome outcome = lm("score", words.toString(), table, "--text-column", "text");
    assertThat(outcome.err()).contains("t.tsv, line 2: too few columns (1 of at least 2), skipped");
    assertThat(outcome.code()).isEqualTo(1);
  }

  @Test
  void aFigureIsOneFileAndStandardErrorSaysWhereItIs() throws IOException {
    Path figure = folder.resolve("figure.svg");
    Path page = folder.resolve("where.html");
    String file = Files.writeString(folder.resolve("some.txt"), "the <b> ran\n").toString();
    Commands.Outcome outcome =
        lm(
            "score",
            words.toString(),
            file,
            "--svg",
            figure.toString(),
            "--svg-width",
            "80",
            "--page",
            page.toString());
    assertThat(outcome.err())
        .contains("the page is in " + page, "the figure is in " + figure)
        .hasLineCount(2);
    assertThat(Files.readString(figure))
        .contains("width=\"80mm\"", ">&lt;b&gt;<", "surprisal, bits per word");
    assertRefused(
        lm("score", words.toString(), file, "--svg", figure.toString(), "--per", "line"),
        "--svg draws words or tokens");
    assertRefused(
        lm("score", words.toString(), file, "--svg", figure.toString(), "--svg-width", "5"),
        "30 and 2000");
  }

  @Test
  void thePageColoursWordsAndNothingInTheTextActsOnIt() throws IOException {
    Path page = folder.resolve("page.html");
    String text = "<script>alert(1)</script> \u202e\u0001 the\n שלום \n\n";
    String[] some = {"--page", page.toString(), "--top", "1", "--end", "newline"};
    score(words, text, some);
    String html = Files.readString(page);
    assertThat(html)
        .containsOnlyOnce("<script")
        .doesNotContain("\u0001")
        .contains("&lt;script&gt;alert(1)&lt;/script&gt;", "שלום", "dir=\"auto\"", "↵")
        .containsPattern(
            "<span class=\"word s[0-9]+\" tabindex=\"0\">the"
                + "<span class=\"tip\">the: [0-9.]+ bits, rank [0-9]+, entropy [0-9.]+; most likely: ")
        .containsPattern("<span class=\"word s[0-9]+ flagged\"")
        .contains("not in the vocabulary", "bits per word");
  }

  @Test
  void aPageOfBytesAndWholeLinesKeepsItsText() throws IOException {
    Path corpus = Files.writeString(folder.resolve("bytes.txt"), "é𝄞é\n".repeat(40));
    Path bytes = folder.resolve("bytes");
    assertThat(train(corpus, bytes, "--level", "byte").code()).isZero();
    Path page = folder.resolve("bytes.html");
    String printed = score(bytes, "aé𝄞\n", "--per", "token", "--page", page.toString());
    assertThat(printed.lines()).hasSize(8);
    assertThat(Files.readString(page)).contains(">a<", ">é<", "\\xA9", ">𝄞<", "\\x9D");
    score(bytes, "aé𝄞\n", "--per", "line", "--page", page.toString());
    assertThat(Files.readString(page)).contains(">aé𝄞<", "bits per line");
  }

  /** Tests that each line is answered before the next is typed, without reading ahead. */
  @Test
  void whatIsTypedIsAnsweredAtOnce() throws Exception {
    InputStream before = System.in;
    StringWriter out = new StringWriter();
    try (PipedInputStream typed = new PipedInputStream()) {
      System.setIn(typed);
      Runnable score =
          () ->
              Lm.run(
                  Lm.commandLine(new PrintWriter(out), new PrintWriter(new StringWriter())),
                  "score",
                  words.toString(),
                  "--columns",
                  "text");
      Thread command;
      try (OutputStream keyboard = new PipedOutputStream(typed)) {
        command = Thread.ofPlatform().start(score);
        String expected = "text\n";
        for (String word : List.of("ran", "sat")) {
          keyboard.write((word + "\n").getBytes(StandardCharsets.UTF_8));
          keyboard.flush();
          expected += word + "\n";
          for (int i = 0; i < 2000 && out.toString().length() < expected.length(); i++) {
            Thread.sleep(10);
          }
          assertThat(out).hasToString(expected);
        }
      }
      command.join();
    } finally {
      System.setIn(before);
    }
  }
}
