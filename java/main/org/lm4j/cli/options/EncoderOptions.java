package org.lm4j.cli.options;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.nn.EncoderConfig;
import picocli.CommandLine.Option;

/** The options of an encoder of whole sequences, see {@link EncoderConfig}. */
public final class EncoderOptions extends RecurrentOptions {
  private final EncoderConfig defaults;

  @Option(
      names = "--layers",
      paramLabel = "N",
      description = "Recurrent layers on top of each other [{layers}].")
  private @Nullable Integer layers;

  @Option(
      names = {"--unidirectional", "--one-way"},
      description = "Read sequences from left to right only [in both directions].")
  private boolean unidirectional;

  /**
   * Creates options with these defaults.
   *
   * @param token what has an embedding, as {@code a word}
   * @param dropped what dropout is applied to, in words
   */
  public EncoderOptions(EncoderConfig defaults, String token, String dropped) {
    super(
        new Texts(
            defaults.cell(),
            Integer.toString(defaults.embedding()),
            defaults.hidden(),
            defaults.dropout(),
            token,
            dropped));
    this.defaults = defaults;
  }

  /**
   * Returns an encoder like {@code like} but for the options given.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public EncoderConfig config(EncoderConfig like) {
    return new EncoderConfig(
        cell(like.cell()),
        embedding(like.embedding()),
        hidden(like.hidden()),
        layers == null ? like.layers() : layers,
        !unidirectional && like.bidirectional(),
        dropout(like.dropout()));
  }

  @Override
  public Map<String, String> helpValues() {
    Map<String, String> values = super.helpValues();
    values.put("layers", Integer.toString(defaults.layers()));
    values.put("directions", ", in each direction");
    return values;
  }
}
