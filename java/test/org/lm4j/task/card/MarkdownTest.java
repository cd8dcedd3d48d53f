package org.lm4j.task.card;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected texts show as they were given in markdown-it and cmark. */
class MarkdownTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '!',
      value = {
        "train_text-2.txt ! train_text-2.txt",
        "<script>alert(1)</script> ! &lt;script>alert(1)&lt;/script>",
        "__init__ a_b _c_ ! \\_\\_init\\_\\_ a_b \\_c\\_",
        "*a* `b` [c](d) ~~e~~ ! \\*a\\* \\`b\\` \\[c\\](d) \\~\\~e\\~\\~",
        "a|b\\c &lt; #1 $x$ ! a\\|b\\\\c \\&lt; \\#1 \\$x\\$",
        "größe_é_ ! größe_é\\_"
      })
  void wordsOfUsersShowAsTheyAre(String given, String written) {
    assertThat(Markdown.text(given)).isEqualTo(written);
  }

  @Test
  void nothingEndsALineOrCode() {
    assertThat(Markdown.text("a\r\n# b\u2028c\u0000")).isEqualTo("a  \\# b c ");
    assertThat(Markdown.line("a `b`\n```")).isEqualTo("a `b` ```");
    assertThat(Markdown.code("0af")).isEqualTo("`0af`");
    assertThat(Markdown.code("a`|b")).isEqualTo("a\\`\\|b");
  }
}
