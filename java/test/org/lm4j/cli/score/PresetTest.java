package org.lm4j.cli.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lm4j.InputException;
import org.lm4j.ngram.ArpaReader;
import org.lm4j.ngram.NgramTable;
import org.lm4j.task.lm.line.LineScore;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import org.lm4j.text.source.TextStream;

/** Compares the presets with lines that the tools themselves printed. */
class PresetTest {
  private static final double LN2 = Math.log(2);
  private static final double LN10 = Math.log(10);

  private static Vocabulary vocabulary(String... words) {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<eos>"));
    tokens.addAll(List.of(words));
    return Vocabulary.of(Level.WORD, tokens);
  }

  /** Returns the score of words with these surprisals, the line's end last if there is one more. */
  private static LineScore line(
      Vocabulary vocabulary, String text, double[] nats, double[] entropies) {
    List<LineScore.Token> tokens = new ArrayList<>();
    int at = 0;
    String[] words = text.split(" ", -1);
    for (int i = 0; i < nats.length; i++) {
      boolean end = i == words.length;
      String word = end ? "<eos>" : words[i];
      int start = end ? text.length() : text.indexOf(word, at);
      at = start + (end ? 0 : word.length());
      boolean known = vocabulary.contains(word);
      LineScore.Prediction prediction =
          entropies.length == 0 ? null : new LineScore.Prediction(1, entropies[i], List.of());
      int id = known ? vocabulary.id(word) : vocabulary.unknown();
      tokens.add(new LineScore.Token(word, id, start, at, known, nats[i], prediction));
    }
    return new LineScore(text, tokens);
  }

  private static String printed(PresetWriter writer, ScoredLine... lines) {
    StringBuilder out = new StringBuilder(writer.begin());
    for (ScoredLine line : lines) {
      writer.append(out, line);
    }
    return out.append(writer.end()).toString();
  }

  private static ScoredLine plain(long number, LineScore score) {
    return new ScoredLine(number, List.of(), List.of(), score);
  }

  private static double[] times(double factor, double... values) {
    double[] product = values.clone();
    for (int i = 0; i < product.length; i++) {
      product[i] *= factor;
    }
    return product;
  }

  /** The beginning of the output of its n-gram model in the zoo's manual, with six decimals. */
  @Test
  void lmZooIsAsInItsManual() {
    Vocabulary words = vocabulary("one", "morning", ",", "when", "gregor");
    double[] bits = {7.76847, 9.40638, 1.05009, 7.08489, 18.8963, 4.27466, 22.8395};
    LineScore score =
        line(words, "one morning , when gregor samsa", times(LN2, bits), new double[0]);
    assertThat(
            printed(
                Preset.LM_ZOO.writer(words, LineScore.Space.LEADING, " ", null), plain(1, score)))
        .isEqualTo(
            """
            sentence_id\ttoken_id\ttoken\tsurprisal
            1\t1\tone\t7.768470
            1\t2\tmorning\t9.406380
            1\t3\t,\t1.050090
            1\t4\twhen\t7.084890
            1\t5\tgregor\t18.896300
            1\t6\t<unk>\t4.274660
            1\t7\t<eos>\t22.839500
            """);
  }

  @Test
  void whatHasNoScoreIsNotANumber() {
    Vocabulary words = vocabulary("one");
    LineScore score = line(words, "one", new double[] {Double.NaN}, new double[0]);
    LineScore.Space space = LineScore.Space.LEADING;
    assertThat(printed(Preset.LM_ZOO.writer(words, space, " ", null), plain(4, score)))
        .endsWith("\n4\t1\tone\tnan\n");
    assertThat(printed(Preset.KENLM.writer(words, space, " ", null), plain(4, score)))
        .startsWith("one=3 1 NaN\tTotal: NaN OOV: 0\nPerplexity including OOVs:\tNaN\n");
  }

  /** A row of the benchmark's file for an LSTM, with the columns in bits of its later versions. */
  @Test
  void sapIsAsInItsRepository() {
    Vocabulary words = vocabulary("The", "suspect");
    LineScore score =
        line(
            words,
            "The suspect rumbled.",
            new double[] {5.106276512145996, 13.29647445678711, 3.89},
            new double[0]);
    List<String> columns = List.of("", "item", "condition", "Sentence");
    List<String> cells = List.of("0", "1", "NPS_UAMB", "The suspect rumbled.");
    PresetWriter writer = Preset.SAP.writer(words, LineScore.Space.LEADING, " ", null);
    String text = printed(writer, new ScoredLine(1, columns, cells, score));
    assertThat(text.lines())
        .containsExactly(
            ",item,condition,Sentence,sum_surprisal,sum_surprisal_base2,mean_surprisal,"
                + "mean_surprisal_base2,token,word,word_pos",
            "0,1,NPS_UAMB,The suspect rumbled.,5.106276512145996,7.366799801480822,"
                + "5.106276512145996,7.366799801480822,The,The,0",
            "0,1,NPS_UAMB,The suspect rumbled.,13.29647445678711,19.182757760113535,"
                + "13.29647445678711,19.182757760113535,suspect,suspect,1",
            "0,1,NPS_UAMB,The suspect rumbled.,3.89,5.612083709058068,"
                + "3.89,5.612083709058068,<UNK>,rumbled.,2");
    assertThatThrownBy(() -> writer.append(new StringBuilder(), plain(2, score)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("item, Sentence");
  }

  @Test
  void sapSumsAndAveragesTheTokensOfAWord() {
    Vocabulary chars = Vocabulary.of(Level.CHAR, List.of(" ", "\n", "a", "b"));
    List<LineScore.Token> tokens = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String text = "ab ba".substring(i, i + 1);
      tokens.add(new LineScore.Token(text, chars.id(text), i, i + 1, true, i + 1, null));
    }
    PresetWriter writer = Preset.SAP.writer(chars, LineScore.Space.LEADING, " ", null);
    assertThat(printed(writer, plain(7, new LineScore("ab ba", tokens))).lines().skip(1))
        .containsExactly(
            "7,ab ba,3.0,4.328085122666891,1.5,2.1640425613334453,a.b,ab,0",
            "7,ab ba,12.0,17.312340490667562,4.0,5.7707801635558535, .b.a,ba,1");
  }

  /** Python's numbers: the entropy falls by at least 0, which {@code max(0, x)} prints as "0". */
  @Test
  void neuralComplexityPrintsAsPythonDoes() {
    Vocabulary words = vocabulary("the", "cat");
    double[] entropies = times(LN2, 6.5, 4.25, 5, 1);
    LineScore score = line(words, "the bird cat", times(LN2, 2, 0.5, 1e-5, 3), entropies);
    assertThat(
            printed(
                Preset.NEURAL_COMPLEXITY.writer(words, LineScore.Space.LEADING, ",", null),
                plain(1, score),
                plain(3, line(words, "cat", times(LN2, 1), times(LN2, 8)))))
        .isEqualTo(
            """
            word,sentid,sentpos,wlen,surp,entropy,entred
            the,0,0,3,2.0,6.5,0
            <unk>,0,1,5,0.5,4.25,2.25
            cat,0,2,3,1e-05,5.0,0
            cat,2,0,3,1.0,8.0,0
            """);
  }

  /**
   * What {@code query} printed in a published manual of Moses, but for the lengths of n-grams and
   * the numbers of words.
   */
  @Test
  void kenlmIsAsQueryPrints() {
    Vocabulary words = vocabulary("is", "this", "an", "English", "sentence", "?");
    double[] logs = {
      -2.7017515, -0.8656755, -2.3518038, -2.768621, -2.3785648, -2.4919968, -0.22995311
    };
    LineScore score =
        line(words, "is this an English sentence ?", times(-LN10, logs), new double[0]);
    String text =
        printed(Preset.KENLM.writer(words, LineScore.Space.LEADING, " ", null), plain(1, score));
    assertThat(text)
        .isEqualTo(
            "is=3 2 -2.7017515\tthis=4 3 -0.8656755\tan=5 4 -2.3518038\tEnglish=6 5 -2.768621\t"
                + "sentence=7 6 -2.3785648\t?=8 7 -2.4919968\t</s>=2 8 -0.22995311\t"
                + "Total: -13.788365 OOV: 0\n"
                + "Perplexity including OOVs:\t93.27526264042754\n"
                + "Perplexity excluding OOVs:\t93.27526264042754\n"
                + "OOVs:\t0\nTokens:\t7\n");
  }

  /** Of a model of n-grams, as KenLM's help says: the length of the n-gram that was matched. */
  @Test
  void lengthsAreThoseOfTheNgramsOfTheModel() {
    String arpa =
        """
        \\data\\
        ngram 1=5
        ngram 2=3
        ngram 3=1

        \\1-grams:
        -1\t<unk>
        -99\t<s>\t-0.5
        -1\t</s>
        -0.7\ta\t-0.3
        -0.8\tb\t-0.2

        \\2-grams:
        -0.4\t<s> a\t-0.1
        -0.3\ta b
        -0.2\tb </s>

        \\3-grams:
        -0.1\t<s> a b

        \\end\\
        """;
    byte[] bytes = arpa.getBytes(StandardCharsets.UTF_8);
    ArpaReader.Model model =
        ArpaReader.read(
            new TextStream(new ByteArrayInputStream(bytes), "a.arpa", false),
            Level.WORD,
            1 << 20,
            null);
    Vocabulary words = model.vocabulary();
    double[] logs = {0.4, 0.1, 2, 0.7, 1};
    LineScore score = line(words, "a b zebra a", times(LN10, logs), new double[0]);
    try (NgramTable table = model.table()) {
      PresetWriter writer = Preset.KENLM.writer(words, LineScore.Space.LEADING, " ", table);
      String text = printed(writer, plain(1, score), plain(2, score));
      assertThat(text.replaceAll("=[0-9]+ ", "="))
          .startsWith(
              "a=2 -0.4\tb=3 -0.1\tzebra=1 -2\ta=1 -0.7\t</s>=1 -1\tTotal: -4.2 OOV: 1\n"
                  .repeat(2));
    }
  }

  @Test
  void kenlmCountsUnknownWordsApart() {
    Vocabulary words = vocabulary("a");
    LineScore score = line(words, "a zebra", times(LN10, 1, 3, 2), new double[0]);
    assertThat(
            printed(
                Preset.KENLM.writer(words, LineScore.Space.LEADING, " ", null), plain(1, score)))
        .isEqualTo(
            """
            a=3 2 -1\tzebra=0 3 -3\t</s>=2 4 -2\tTotal: -6 OOV: 1
            Perplexity including OOVs:\t100
            Perplexity excluding OOVs:\t31.622776601683793
            OOVs:\t1
            Tokens:\t3
            """);
  }

  @ParameterizedTest
  @CsvSource({
    "0.0001, 0.0001",
    "0.00001234, 1.234e-05",
    "1e15, 1000000000000000.0",
    "1e16, 1e+16",
    "-0.0, -0.0",
    "123.5, 123.5",
    "1.5e-120, 1.5e-120"
  })
  void numbersAreWrittenAsInPython(double value, String text) {
    assertThat(Digits.python(value)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "1e-6, 0.000001",
    "1.25e-7, 1.25e-7",
    "1e21, 1e+21",
    "1e20, 100000000000000000000",
    "-3, -3"
  })
  void numbersAreWrittenAsInKenlm(double value, String text) {
    assertThat(Digits.kenlm(Double.toString(value))).isEqualTo(text);
  }
}
