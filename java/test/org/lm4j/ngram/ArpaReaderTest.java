package org.lm4j.ngram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.source.TextStream;

/** ARPA files: values that KenLM publishes for its test file, and files that are refused. */
class ArpaReaderTest {
  private static final long PLENTY = 1 << 22;

  /**
   * The numbers of KenLM's {@code lm/test.arpa} that its {@code lm/model_test.cc} asks for, in
   * another order of the lines.
   */
  private static final String KENLM =
      """

      \\data\\
      ngram 1=20
      ngram 2=16
      ngram 3=9
      ngram 4=6
      ngram 5=4

      \\1-grams:
      -1.995635\t<unk>\t-20
      -99\t<s>\t-0.4149733
      -1.029493\t</s>
      -1.383514\t,\t-0.30103
      -1.139057\t.\t-0.845098
      -1.285941\ta\t-0.69897
      -1.285941\tlittle\t-0.69897
      -1.285941\tlooking\t-0.4771212
      -1.206319\tmore\t-0.544068
      -1.383514\tloin\t-0.30103
      -1.687872\talso\t-0.30103
      -1.687872\twould\t-0.30103
      -1.687872\tconsider\t-0.30103
      -1.509559\thigher\t-0.30103
      -1.509559\ton\t-0.4771212
      -1.509559\tscreening\t-0.4771212
      -1.687872\tthe\t-0.30103
      -1.687872\tbiarritz\t-0.30103
      -1.687872\tto\t-0.30103
      -6.535897\tbaz\t-0.0

      \\2-grams:
      -0.4846522\t<s> looking\t-0.4771214
      -1.051485\t<s> screening
      -0.4638903\tlooking on\t-0.4771212
      -0.4638903\tlooking higher
      -0.1649931\ton a\t-0.4771213
      -0.1649931\tscreening a\t-0.4771213
      -0.09132547\ta little\t-0.69897
      -0.09021038\tlittle more\t-0.1998621
      -0.3561665\tmore loin
      -0.5136299\tmore .\t-0.4771212
      -0.0602359\t. </s>
      -0.6708385\tloin </s>
      -2\talso would\t-6
      -15\t<unk> <unk>\t-2
      -0.2705918\tbiarritz .
      -0.287799\tthe screening

      \\3-grams:
      -0.3488368\t<s> looking higher
      -0.3488368\t<s> looking on\t-0.4771212
      -0.04835128\tlooking on a\t-0.4771212
      -0.0283603\ton a little\t-0.4771212
      -0.0283603\tscreening a little\t-0.4771212
      -0.01660496\ta little more\t-0.09409451
      -0.1892331\tlittle more loin
      -0.01916512\tmore . </s>
      -3\talso would consider\t-7

      \\4-grams:
      -0.01552657\t<s> looking on a\t-0.4771212
      -0.009249173\tlooking on a little\t-0.4771212
      -0.005464747\ton a little more\t-0.4771212
      -0.005464747\tscreening a little more
      -0.1453306\ta little more loin
      -4\talso would consider higher\t-8

      \\5-grams:
      -0.003061223\t<s> looking on a little
      -0.001813953\tlooking on a little more
      -0.0432557\ton a little more loin
      -5\talso would consider higher looking

      \\end\\
      """;

  private static ArpaReader.Model read(String arpa, Level level) {
    byte[] bytes = arpa.getBytes(StandardCharsets.UTF_8);
    return ArpaReader.read(
        new TextStream(new ByteArrayInputStream(bytes), "test.arpa", false), level, PLENTY, null);
  }

  /** Asserts logarithms with the base 10 and lengths of n-grams, and reads the words. */
  private static void expect(
      NgramCursor cursor, Vocabulary vocabulary, String word, int length, double expected) {
    String known = word.equals("</s>") ? Vocabulary.END_OF_SENTENCE : word;
    int id = vocabulary.contains(known) ? vocabulary.id(known) : vocabulary.unknown();
    assertThat(cursor.logProbability(id) / Math.log(10))
        .as(word)
        .isCloseTo(expected, within(1e-5 * Math.abs(expected)));
    assertThat(cursor.matched()).as(word).isEqualTo(length);
    cursor.read(id);
  }

  @Test
  void logProbabilitiesAreThoseThatKenlmPublishes() {
    ArpaReader.Model model = read(KENLM, Level.WORD);
    Vocabulary words = model.vocabulary();
    try (NgramTable table = model.table()) {
      NgramCursor cursor = new NgramCursor(table);
      cursor.begin();
      expect(cursor, words, ",", 1, -1.383514 - 0.4149733);
      cursor.begin();
      expect(cursor, words, "this_is_not_found", 1, -1.995635 - 0.4149733);
      cursor.begin();
      expect(cursor, words, "looking", 2, -0.484652);
      expect(cursor, words, "on", 3, -0.348837);
      expect(cursor, words, "a", 4, -0.0155266);
      expect(cursor, words, "little", 5, -0.00306122);
      expect(cursor, words, "the", 1, -4.04005);
      expect(cursor, words, "biarritz", 1, -1.9889);
      expect(cursor, words, "not_found", 1, -2.29666);
      expect(cursor, words, "more", 1, -1.20632 - 20);
      expect(cursor, words, ".", 2, -0.51363);
      expect(cursor, words, "</s>", 3, -0.0191651);
      expect(cursor, words, "looking", 2, -0.484652); // the next sentence
      cursor.begin();
      for (String word : new String[] {"looking", "on", "a", "little"}) {
        cursor.read(words.id(word));
      }
      expect(cursor, words, "more", 5, -0.00181395);
      expect(cursor, words, "loin", 5, -0.0432557);
    }
  }

  /** Contexts some of whose suffixes are not listed. */
  @Test
  void contextsWithGapsBackOffAsInKenlm() {
    ArpaReader.Model model = read(KENLM, Level.WORD);
    Vocabulary words = model.vocabulary();
    try (NgramTable table = model.table()) {
      NgramCursor cursor = new NgramCursor(table);
      for (boolean known : new boolean[] {true, false}) {
        cursor.reset();
        expect(cursor, words, "also", 1, -1.687872);
        expect(cursor, words, "would", 2, -2);
        expect(cursor, words, "consider", 3, -3);
        if (known) {
          expect(cursor, words, "higher", 4, -4);
          expect(cursor, words, "looking", 5, -5);
        } else {
          expect(cursor, words, "not_found", 1, -1.995635 - 7 - 0.30103);
        }
      }
      cursor.reset();
      expect(cursor, words, "higher", 1, -1.509559);
      expect(cursor, words, "looking", 1, -1.285941 - 0.30103);
      expect(cursor, words, "not_found", 1, -1.995635 - 0.4771212);
      cursor.reset();
      cursor.read(words.id("looking"));
      expect(cursor, words, "on", 2, -0.4638903);
    }
  }

  @Test
  void allProbabilitiesAreThoseOfSingleOnes() {
    ArpaReader.Model model = read(KENLM, Level.WORD);
    try (NgramTable table = model.table()) {
      NgramCursor cursor = new NgramCursor(table);
      double[] all = new double[table.vocabulary()];
      cursor.begin();
      for (String word :
          "looking on a little more loin biarritz <unk> <unk> . also".split(" ", -1)) {
        cursor.read(model.vocabulary().id(word));
        cursor.logProbabilities(all);
        for (int id = 0; id < all.length; id++) {
          assertThat(all[id]).isCloseTo(cursor.logProbability(id), within(1e-12));
        }
      }
    }
  }

  private static String small(String changed, String by) {
    String arpa =
        """
        \\data\\
        ngram 1=4
        ngram 2=2

        \\1-grams:
        -1\t<unk>
        -99\t<s>\t-0.3
        -0.5\t</s>
        -0.7\ta\t-0.2

        \\2-grams:
        -0.1\t<s> a
        -0.4\ta a

        \\end\\
        """;
    assertThat(arpa).contains(changed);
    return arpa.replace(changed, by);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\\data\\|data|`test.arpa is no ARPA file: it has no line \\data\\`",
        "ngram 2=2|ngram 3=2|`line 3: 'ngram 2=' and a count is wanted, not 'ngram 3=2'`",
        "ngram 2=2|ngram 2=x|line 3: 'ngram 2='",
        "ngram 2=2|ngram 2=3|line 15: there are fewer 2-grams than the 3",
        "ngram 2=2|ngram 2=1|line 13: there are more 2-grams than the 1",
        "\\2-grams:|\\3-grams:|`line 11: \\2-grams: is wanted, not '`",
        "-0.7\ta|zero\ta|line 9: 'zero' is not a number",
        "-0.7\ta|0.7\ta|line 9: 0.7 is no logarithm of a probability",
        "-0.7\ta|NaN\ta|line 9: NaN is no logarithm of a probability",
        "-0.7\ta\t-0.2|-0.7\t<unk>|line 9: the 1-gram '<unk>' is there twice",
        "-0.7\ta\t-0.2|-0.7\ta b c d|`line 9: a 1-gram has a logarithm, 1 tokens and perhaps a"
            + " backoff, not 5 fields`",
        "<s> a|<s> b|line 12: 'b' is not among the 1-grams",
        "-0.4\ta a|-0.4\t<s> a|: the 2-gram is there twice",
        "-0.4\ta a|-0.4\ta a\t-0.1|`line 13: a 2-gram has a logarithm, 2 tokens, not 4 fields`",
        "\\end\\|end|line 15: there are more 2-grams",
        "\\end\\||test.arpa ends in the section of 2-grams",
      })
  void aBadLineIsNamed(String changed, String by, String message) {
    String arpa = small(changed, by == null ? "" : by);
    assertThatThrownBy(() -> read(arpa, Level.WORD).table().close())
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aBeginningThatIsNotListedIsNamed() {
    String arpa =
        small("ngram 2=2\n", "ngram 2=2\nngram 3=1\n")
            .replace("\\end\\", "\\3-grams:\n-1\ta <unk> a\n\\end\\");
    assertThatThrownBy(() -> read(arpa, Level.WORD))
        .hasMessageContaining("line 17: the first 2 tokens are not among the 2-grams");
  }

  @Test
  void bytesThatAreNotUtf8AreNamed() {
    byte[] bytes = small("a a", "a \u00e9").getBytes(StandardCharsets.ISO_8859_1);
    TextStream in = new TextStream(new ByteArrayInputStream(bytes), "test.arpa", false);
    assertThatThrownBy(() -> ArpaReader.read(in, Level.WORD, PLENTY, null))
        .hasMessageContaining("test.arpa, line 13: the line is not UTF-8");
  }

  @Test
  void charactersAndBytesAreWrittenSoThatTheyCanBeRead() throws IOException {
    Vocabulary characters =
        Vocabulary.of(Level.CHAR, List.of("a", " ", "\t", "<", "𝄞", "\n", "<unk>"));
    roundTrip(characters, characters.lineEnd());
    roundTrip(characters, -1);
    roundTrip(Vocabulary.bytes(), '\n');
    roundTrip(Vocabulary.bytes(), -1);
    roundTrip(Vocabulary.of(Level.WORD, List.of("a", "<eos>", "<unk>")), -1);
    Vocabulary reserved = Vocabulary.of(Level.WORD, List.of("a", "</s>", "<eos>"));
    assertThatThrownBy(() -> roundTrip(reserved, 2))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("the vocabulary has the token </s>");
  }

  @Test
  void tokensOfAnotherVocabularyAreFound() {
    Vocabulary other = Vocabulary.of(Level.WORD, List.of("<eos>", "more", "a", "<unk>"));
    byte[] bytes = small("-1\t<unk>", "-1\t<UNK>").getBytes(StandardCharsets.UTF_8);
    TextStream in = new TextStream(new ByteArrayInputStream(bytes), "test.arpa", false);
    try (NgramTable table = ArpaReader.read(in, other, PLENTY, null).table()) {
      assertThat(table.vocabulary()).isEqualTo(4);
      assertThat(table.sentenceEnd()).isZero();
      NgramCursor cursor = new NgramCursor(table);
      cursor.begin();
      double ten = Math.log(10);
      assertThat(cursor.logProbability(2)).isCloseTo(-0.1 * ten, within(1e-12));
      assertThat(cursor.logProbability(3)).isCloseTo(-1.3 * ten, within(1e-12));
      assertThat(cursor.logProbability(1)).isLessThan(-99 * ten); // not in the file
    }
    Vocabulary less = Vocabulary.of(Level.WORD, List.of("<eos>", "b"));
    TextStream again = new TextStream(new ByteArrayInputStream(bytes), "test.arpa", false);
    assertThatThrownBy(() -> ArpaReader.read(again, less, PLENTY, null))
        .isInstanceOf(InputException.class)
        .hasMessage("test.arpa, line 9: 'a' is not in the vocabulary of the model");
    Vocabulary spaced = Vocabulary.of(Level.WORD, List.of("<eos>", "b c"));
    assertThatThrownBy(() -> roundTrip(spaced, 0))
        .hasMessageContaining("the token 'b c' with white space");
  }

  private static void roundTrip(Vocabulary vocabulary, int end) throws IOException {
    KneserNey.Options options =
        new KneserNey.Options(3, vocabulary.size(), end, List.of(), PLENTY, null);
    try (KneserNey estimator = new KneserNey(options)) {
      for (int i = 0; i < 400; i++) {
        estimator.add(i * i % 11 % vocabulary.size());
      }
      try (NgramTable table = estimator.estimate("test")) {
        ByteArrayOutputStream arpa = new ByteArrayOutputStream();
        ArpaWriter.write(table, vocabulary, arpa);
        ArpaReader.Model read = read(arpa.toString(StandardCharsets.UTF_8), vocabulary.level());
        try (NgramTable again = read.table()) {
          assertThat(read.vocabulary().tokens()).isEqualTo(vocabulary.tokens());
          assertThat(again.sentenceEnd()).isEqualTo(end);
          ByteArrayOutputStream second = new ByteArrayOutputStream();
          ArpaWriter.write(again, read.vocabulary(), second);
          assertThat(second.toString(StandardCharsets.UTF_8))
              .isEqualTo(arpa.toString(StandardCharsets.UTF_8));
        }
      }
    }
  }
}
