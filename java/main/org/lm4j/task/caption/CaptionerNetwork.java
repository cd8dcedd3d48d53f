package org.lm4j.task.caption;

import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Backend;
import org.lm4j.compute.GemmOp;
import org.lm4j.model.InitialWeights;
import org.lm4j.model.ModelFiles;
import org.lm4j.model.Network;
import org.lm4j.nn.Affine;
import org.lm4j.nn.Parameters;
import org.lm4j.nn.attention.AttentionDecoder;
import org.lm4j.tensor.Tensor;

/**
 * A network that captions images: their features become the initial state of a recurrent decoder,
 * which generates a sentence and, with attention, attends to the cells of the image before each
 * word.
 *
 * <pre>
 *   h[0] = W mean(features) + b      with attention; without, of all features of the image
 *   then as {@link AttentionDecoder}; the cell state of an LSTM begins with 0
 * </pre>
 *
 * <p>Holds the weights {@code initial.weight (H, F)}, {@code initial.bias (H)} and those of the
 * decoder, without prefix. Without attention it is the captioner of Vinyals et al., "Show and
 * tell", CVPR 2015, as in Stanford's course CS231n; with attention that of Xu et al., "Show, attend
 * and tell", ICML 2015.
 */
public final class CaptionerNetwork extends Network<CaptionConfig> {
  private static final int SITE_DECODER = 0;

  private final Affine initial;
  private final AttentionDecoder decoder;

  /**
   * Creates a captioner with all weights zero.
   *
   * @param training whether gradients are needed
   */
  public CaptionerNetwork(Backend backend, CaptionConfig config, boolean training) {
    super(backend, config, plan(backend, config), training);
    this.initial =
        new Affine(backend, parameters.get("initial.weight"), parameters.get("initial.bias"));
    this.decoder = new AttentionDecoder(backend, config.decoder(), parameters, "", SITE_DECODER);
  }

  private static Parameters.Builder plan(Backend backend, CaptionConfig config) {
    Parameters.Builder plan = new Parameters.Builder();
    plan.add("initial.weight", config.generator().hidden(), config.summary());
    plan.add("initial.bias", config.generator().hidden());
    AttentionDecoder.plan(plan, backend, "", config.decoder());
    return plan;
  }

  /** Draws the initial weights, as in PyTorch's layers. */
  public void initialize(long seed) {
    int site = SITE_INITIALIZATION;
    double half = 1 / Math.sqrt(config.summary());
    for (String name : new String[] {"initial.weight", "initial.bias"}) {
      InitialWeights.uniform(backend, parameters.get(name), half, seed, site++);
    }
    InitialWeights.decoder(this, "", config.decoder(), seed, site);
  }

  /**
   * Opens a saved captioner on {@code backend}, for generating and scoring.
   *
   * @throws org.lm4j.InputException if a file is missing, damaged, or contradicts another
   */
  public static CaptionerNetwork open(ModelFiles files, Backend backend) {
    CaptionConfig config = files.config(CaptionConfig.class);
    return files.fill(backend, on -> new CaptionerNetwork(on, config, false));
  }

  /**
   * Creates a workspace for known captions; the caller closes it.
   *
   * @param steps the maximum number of words of a caption, including its end
   * @param rows captions side by side
   * @param training whether gradients are needed
   */
  public CaptionBatch batch(int steps, int rows, boolean training) {
    return new CaptionBatch(this, steps, rows, training);
  }

  /**
   * Creates a workspace that generates {@code rows} captions side by side; the caller closes it.
   */
  public CaptionDecoder reader(int rows) {
    return new CaptionDecoder(this, rows);
  }

  AttentionDecoder decoder() {
    return decoder;
  }

  Affine initial() {
    return initial;
  }

  /** The images of a batch on the backend, with the memory and initial state computed from them. */
  final class Sight implements AutoCloseable {
    private final int rows;
    private final Tensor images; // (R, G, F) or (R, 1, F)
    private final Tensor summary; // (R, F) or (R, G·F)
    private final @Nullable Tensor share; // (R, 1, G), 1 / G each: makes the mean

    Sight(int rows) {
      this.rows = rows;
      int cells = Math.max(1, config.image().cells());
      this.images = backend.allocate(rows, cells, config.image().features());
      if (config.attends()) {
        this.summary = backend.allocate(rows, config.image().features());
        this.share = backend.allocate(rows, 1, cells);
        backend.fill(share, 1.0 / cells);
      } else {
        this.summary = images.reshape(rows, config.summary());
        this.share = null;
      }
    }

    /**
     * Loads images.
     *
     * @param features {@code (R, G, F)}, or any shape of as many numbers, on the host
     */
    void load(Tensor features) {
      backend.upload(features, images);
    }

    /** Computes the initial hidden states, {@code (R, H)}. */
    void begin(Tensor hidden) {
      if (share != null) {
        Tensor mean = summary.reshape(rows, 1, config.image().features());
        backend.batchedGemm(GemmOp.NN, 1, share, images, 0, mean);
      }
      initial.forward(summary, hidden);
    }

    /** Returns the memory for attention, {@code (R, G, F)}. */
    Tensor memory() {
      return images;
    }

    /** Returns the summary from which the initial state is computed. */
    Tensor summary() {
      return summary;
    }

    @Override
    public void close() {
      images.storage().close();
      if (share != null) {
        summary.storage().close();
        share.storage().close();
      }
    }
  }
}
