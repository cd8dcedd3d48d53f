package org.lm4j.text;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Finds tokens of an imported vocabulary that tokenization can never produce, so that their text
 * would count as unknown, and tokenizers that lose text.
 */
public final class VocabularyChecks {
  /** The fraction of tokens with subword marks above which they are not an accident. */
  private static final double SUBWORDS = 0.02;

  private static final int NAMED = 3;

  private VocabularyChecks() {}

  /** Returns one sentence for each kind found; empty if every token can occur and text is kept. */
  public static List<String> findings(Vocabulary vocabulary) {
    if (vocabulary.level() == Level.SUBWORD && !vocabulary.tokenizer().keepsText()) {
      return List.of(
          "the tokens do not hold the whole text, such as capitals, accents or white space: bits per"
              + " character compare this model only with others that leave out the same");
    }
    if (vocabulary.level() != Level.WORD) {
      return List.of();
    }
    List<String> findings = new ArrayList<>();
    if (vocabulary.endOfSentence() < 0) {
      findings.add(
          "the vocabulary has no <eos>, which stands for each line end: line ends count as unknown");
    }
    List<Integer> spaced = matching(vocabulary, VocabularyChecks::hasSpace);
    if (!spaced.isEmpty()) {
      findings.add(
          "%,d of %,d tokens have white space inside (%s) and never come up, since words end there"
              .formatted(spaced.size(), vocabulary.size(), some(vocabulary, spaced)));
    }
    List<Integer> pieces = matching(vocabulary, VocabularyChecks::isPiece);
    if (pieces.size() >= Math.max(2, SUBWORDS * vocabulary.size())) {
      findings.add(
          ("%,d of %,d tokens are marked as pieces of words (%s): texts have to be cut into such"
                  + " pieces already, with spaces between, else most words count as unknown")
              .formatted(pieces.size(), vocabulary.size(), some(vocabulary, pieces)));
    }
    return findings;
  }

  private static boolean hasSpace(String token) {
    return token.codePoints().anyMatch(WordSplitter::isWhitespace);
  }

  /**
   * Returns whether a token bears the mark of SentencePiece, GPT-2, WordPiece, or either form of
   * subword-nmt.
   */
  private static boolean isPiece(String token) {
    return token.length() > 1
        && (token.startsWith("\u2581")
            || token.startsWith("\u0120")
            || token.startsWith("\u010A")
            || (token.startsWith("##") && !token.startsWith("###"))
            || token.endsWith("@@")
            || token.endsWith("</w>"));
  }

  private static List<Integer> matching(Vocabulary vocabulary, Predicate<String> predicate) {
    return IntStream.range(0, vocabulary.size())
        .filter(id -> predicate.test(vocabulary.token(id)))
        .boxed()
        .toList();
  }

  private static String some(Vocabulary vocabulary, List<Integer> ids) {
    String some =
        String.join(
            ", ", ids.stream().limit(NAMED).map(id -> "'" + vocabulary.escaped(id) + "'").toList());
    return ids.size() > NAMED ? some + ", …" : some;
  }
}
