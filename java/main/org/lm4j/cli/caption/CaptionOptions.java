package org.lm4j.cli.caption;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.cli.options.Asked;
import org.lm4j.cli.options.Converters;
import org.lm4j.cli.options.HelpValues;
import org.lm4j.cli.options.RecurrentOptions;
import org.lm4j.data.Features;
import org.lm4j.task.caption.CaptionConfig;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The options of a captioner. Unset options are null, so that a resumed run can detect what was
 * given.
 */
final class CaptionOptions implements HelpValues {
  /** Reads a width, or the default one if the option has no value. */
  static final class AttentionWidth implements ITypeConverter<Integer> {
    private static final String USUAL = "usual";

    @Override
    public Integer convert(String text) {
      return text.equals(USUAL) ? -1 : new Converters.NonNegativeInt().convert(text);
    }
  }

  @Option(
      names = "--attention",
      paramLabel = "N",
      arity = "0..1",
      fallbackValue = AttentionWidth.USUAL,
      converter = AttentionWidth.class,
      description =
          "Width in which attention compares words with the cells of a grid, 0 for no attention"
              + " [{attention} where there is a grid].")
  private @Nullable Integer attention;

  @Option(names = "--no-attention", hidden = true, description = "The same as --attention 0.")
  private boolean noAttention;

  @Option(
      names = "--attention-width",
      hidden = true,
      paramLabel = "N",
      description = "The width where there is a grid.")
  private @Nullable Integer attentionWidth;

  @Mixin private RecurrentOptions generator = new RecurrentOptions(texts());

  @Option(
      names = {"--max-length", "--max-words"},
      paramLabel = "N",
      description = "Most words of a caption; what is longer is cut [{words}].")
  private @Nullable Integer words;

  private static RecurrentOptions.Texts texts() {
    CaptionConfig.WordGenerator usual = CaptionConfig.defaults().generator();
    return new RecurrentOptions.Texts(
        usual.cell(),
        Integer.toString(usual.embedding()),
        usual.hidden(),
        usual.dropout(),
        "a word",
        "words and states");
  }

  @Override
  public Map<String, String> helpValues() {
    return Map.of(
        "attention", Integer.toString(CaptionConfig.ATTENTION),
        "words", Integer.toString(CaptionConfig.defaults().words()));
  }

  /**
   * Returns the captioner for these features.
   *
   * @throws InputException if that cannot be
   */
  CaptionConfig config(Features features) {
    boolean attends = attends(features.isGrid());
    if (attends && !features.isGrid()) {
      throw new InputException(
          "--attention needs a grid of features; here each image is one vector of %d"
              .formatted(features.width()));
    }
    return config(CaptionConfig.of(features, attends));
  }

  private boolean attends(boolean otherwise) {
    if (attention != null && attention != 0 && noAttention) {
      throw new InputException("--attention does not go with --no-attention.");
    }
    return attention != null ? attention != 0 : otherwise && !noAttention;
  }

  /** Returns a captioner like {@code like} but for the options given. */
  CaptionConfig config(CaptionConfig like) {
    CaptionConfig.WordGenerator old = like.generator();
    int usual = attention == null || attention < 1 ? Math.max(1, old.attention()) : attention;
    int width = attentionWidth == null ? usual : attentionWidth;
    boolean attends = attends(like.attends());
    return Asked.valid(
        () ->
            new CaptionConfig(
                like.kind(),
                like.vocabulary(),
                like.image(),
                new CaptionConfig.WordGenerator(
                    generator.cell(old.cell()),
                    generator.embedding(old.embedding()),
                    generator.hidden(old.hidden()),
                    attends ? width : 0,
                    generator.dropout(old.dropout())),
                words == null ? like.words() : words));
  }
}
