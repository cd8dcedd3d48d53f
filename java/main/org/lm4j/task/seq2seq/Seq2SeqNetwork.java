package org.lm4j.task.seq2seq;

import org.lm4j.compute.Backend;
import org.lm4j.model.InitialWeights;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.Network;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Dropout;
import org.lm4j.nn.Embedding;
import org.lm4j.nn.Parameter;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.SequenceEncoder;
import org.lm4j.nn.Workspaces;
import org.lm4j.nn.attention.AttentionDecoder;

/**
 * An encoder-decoder network that reads a sequence and generates another, with or without
 * attention:
 *
 * <pre>
 *   a[1..S], last = encoder(E source[1..S])
 *   h[0] = tanh(W last + b)        the cell state of an LSTM begins with 0
 *   then as {@link AttentionDecoder}, whose memory is a
 * </pre>
 *
 * <p>Without attention it is the encoder and decoder of Cho et al., "Learning phrase
 * representations using RNN encoder–decoder for statistical machine translation", EMNLP 2014; with
 * attention over a bidirectional encoder it is that of Bahdanau, Cho and Bengio, "Neural machine
 * translation by jointly learning to align and translate", ICLR 2015, except for their maxout
 * output layer; {@code last} holds the final states of both directions.
 *
 * <p>Holds the weights {@code source.weight (V, D)}, {@code encoder.*} as {@link SequenceEncoder}
 * has them, {@code initial.weight (H, W)} and {@code initial.bias (H)}, and {@code decoder.*} as
 * {@link AttentionDecoder} has them.
 */
public final class Seq2SeqNetwork extends Network<Seq2SeqConfig> {
  private static final String SOURCE = "source.weight";
  private static final String ENCODER = "encoder.";
  private static final String INITIAL = "initial.";
  private static final String DECODER = "decoder.";
  private static final int SITE_DECODER = 0;
  private static final int SITE_SOURCE = SITE_DECODER + AttentionDecoder.SITES;
  private static final int SITE_ENCODER = SITE_SOURCE + 1;

  private final Embedding source;
  private final Dropout sourceDropout;
  private final SequenceEncoder encoder;
  private final Affine initial;
  private final AttentionDecoder decoder;

  /**
   * Creates a translator with all weights zero.
   *
   * @param training whether gradients are needed
   */
  public Seq2SeqNetwork(Backend backend, Seq2SeqConfig config, boolean training) {
    super(backend, config, plan(backend, config), training);
    this.source = new Embedding(backend, parameters.get(SOURCE));
    this.sourceDropout = new Dropout(backend, config.encoder().dropout(), SITE_SOURCE);
    this.encoder =
        new SequenceEncoder(backend, config.encoder().spec(), parameters, ENCODER, SITE_ENCODER);
    this.initial =
        new Affine(backend, parameters.get(INITIAL + "weight"), parameters.get(INITIAL + "bias"));
    this.decoder =
        new AttentionDecoder(backend, config.decoder(), parameters, DECODER, SITE_DECODER);
  }

  private static Parameters.Builder plan(Backend backend, Seq2SeqConfig config) {
    Parameters.Builder plan = new Parameters.Builder();
    plan.add(SOURCE, config.sides().sourceVocabulary(), config.encoder().embedding());
    config.encoder().spec().addTo(plan, ENCODER, backend);
    plan.add(INITIAL + "weight", config.encoder().hidden(), config.encoder().spec().outputSize());
    plan.add(INITIAL + "bias", config.encoder().hidden());
    AttentionDecoder.plan(plan, backend, DECODER, config.decoder());
    return plan;
  }

  /** Draws the initial weights, as in PyTorch's layers. */
  public void initialize(long seed) {
    int site = SITE_INITIALIZATION;
    for (Parameter parameter : parameters.all()) {
      String name = parameter.name();
      if (name.equals(SOURCE)) {
        InitialWeights.normal(backend, parameter, 1, seed, site++);
      } else if (!name.startsWith(DECODER)) {
        int fan =
            name.startsWith(ENCODER)
                ? config.encoder().hidden()
                : config.encoder().spec().outputSize();
        InitialWeights.uniform(backend, parameter, 1 / Math.sqrt(fan), seed, site++);
      }
    }
    InitialWeights.decoder(this, DECODER, config.decoder(), seed, site);
  }

  /**
   * Opens a saved translator on {@code backend}, for generating and scoring.
   *
   * @throws org.lm4j.InputException if a file is missing, damaged, or contradicts another
   */
  public static Seq2SeqNetwork open(ModelFiles files, Backend backend) {
    Seq2SeqConfig config = files.config(Seq2SeqConfig.class);
    return files.fill(backend, on -> new Seq2SeqNetwork(on, config, false));
  }

  /**
   * Creates a workspace for known pairs; the caller closes it.
   *
   * @param extent its capacity
   * @param training whether gradients are needed
   */
  public Seq2SeqBatch batch(Seq2SeqBatch.Extent extent, boolean training) {
    return new Seq2SeqBatch(this, extent, training);
  }

  /** Creates workspaces for known pairs, one for each extent; the caller closes them. */
  Workspaces<Seq2SeqBatch.Extent, Seq2SeqBatch> batches(boolean training) {
    return new Workspaces<>(extent -> batch(extent, training), Seq2SeqBatch::close);
  }

  /**
   * Creates a workspace for generation; the caller closes it.
   *
   * @param steps the most tokens of a source
   * @param sources read side by side
   * @param copies sequences written side by side for each source
   */
  public Seq2SeqDecoder reader(int steps, int sources, int copies) {
    return new Seq2SeqDecoder(this, steps, sources, copies);
  }

  Embedding source() {
    return source;
  }

  Dropout sourceDropout() {
    return sourceDropout;
  }

  SequenceEncoder encoder() {
    return encoder;
  }

  Affine initial() {
    return initial;
  }

  AttentionDecoder decoder() {
    return decoder;
  }
}
