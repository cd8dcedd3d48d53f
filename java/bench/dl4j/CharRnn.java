import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.EmbeddingSequenceLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

/**
 * char-rnn's default model in Deeplearning4j: embedding, two LSTM layers of 128, softmax; Adam,
 * float32, truncated backpropagation over windows of 50 steps, 50 streams, the state carried.
 *
 * <p>Arguments: file of token ids (int32, little endian), file of initial weights (float32, little
 * endian: embedding; W, RW, b of each layer; W, b of the output), V, D, windows. Prints one JSON
 * object a window: step, seconds since the first window began, mean loss in nats. Deeplearning4j's
 * loss is the sum over a window's steps, so its threshold is as many times larger, and it clips
 * each layer by itself.
 */
public final class CharRnn {
  private static final int BATCH = 50;
  private static final int WINDOW = 50;
  private static final int HIDDEN = 128;
  private static final double RATE = 2e-3;
  private static final double CLIP = 5; // of the gradients of the mean loss

  private static final String[] NAMES = {
    "0_W", "1_W", "1_RW", "1_b", "2_W", "2_RW", "2_b", "3_W", "3_b"
  };

  private CharRnn() {}

  /** Trains for the number of windows asked for. */
  public static void main(String[] arguments) throws IOException {
    Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
    int vocabulary = Integer.parseInt(arguments[2]);
    int embedding = Integer.parseInt(arguments[3]);
    int windows = Integer.parseInt(arguments[4]);
    DataSet data = read(Path.of(arguments[0]), vocabulary, windows);
    MultiLayerNetwork network = new MultiLayerNetwork(configuration(vocabulary, embedding));
    network.init();
    load(Path.of(arguments[1]), network);
    network.setListeners(new Log());
    network.fit(data);
  }

  private static MultiLayerConfiguration configuration(int vocabulary, int embedding) {
    return new NeuralNetConfiguration.Builder()
        .seed(1)
        .dataType(DataType.FLOAT)
        .updater(new Adam(RATE))
        .gradientNormalization(GradientNormalization.ClipL2PerLayer)
        .gradientNormalizationThreshold(CLIP * WINDOW)
        .list()
        .layer(
            new EmbeddingSequenceLayer.Builder()
                .nIn(vocabulary)
                .nOut(embedding)
                .outputDataFormat(RNNFormat.NCW)
                .build())
        .layer(lstm(embedding))
        .layer(lstm(HIDDEN))
        .layer(
            new RnnOutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                .nIn(HIDDEN)
                .nOut(vocabulary)
                .activation(Activation.SOFTMAX)
                .dataFormat(RNNFormat.NCW)
                .build())
        .backpropType(BackpropType.TruncatedBPTT)
        .tBPTTLength(WINDOW)
        .build();
  }

  private static LSTM lstm(int inputs) {
    return new LSTM.Builder()
        .nIn(inputs)
        .nOut(HIDDEN)
        .activation(Activation.TANH)
        .dataFormat(RNNFormat.NCW)
        .build();
  }

  private static void load(Path file, MultiLayerNetwork network) throws IOException {
    FloatBuffer weights =
        ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (String name : NAMES) {
      INDArray parameter = network.getParam(name);
      float[] values = new float[(int) parameter.length()];
      weights.get(values);
      network.setParam(name, Nd4j.createFromArray(values).reshape('c', parameter.shape()));
    }
    if (weights.hasRemaining()) {
      throw new IllegalArgumentException(file + " holds more weights than the network has");
    }
  }

  /** Inputs (B, 1, T·windows) and one-hot targets (B, V, T·windows), stream by stream. */
  private static DataSet read(Path file, int vocabulary, int windows) throws IOException {
    IntBuffer ids =
        ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    int length = (ids.remaining() - 1) / BATCH;
    int steps = WINDOW * windows;
    if (steps > length) {
      throw new IllegalArgumentException(file + " has no more than " + length + " steps a stream");
    }
    float[][][] inputs = new float[BATCH][1][steps];
    float[][][] targets = new float[BATCH][vocabulary][steps];
    for (int b = 0; b < BATCH; b++) {
      for (int t = 0; t < steps; t++) {
        int at = b * length + t;
        inputs[b][0][t] = ids.get(at);
        targets[b][ids.get(at + 1)][t] = 1;
      }
    }
    INDArray x = Nd4j.createFromArray(inputs);
    return new DataSet(x, Nd4j.createFromArray(targets));
  }

  /** Prints a line after each window. */
  private static final class Log extends BaseTrainingListener {
    private final long begun = System.nanoTime();
    private int step;

    @Override
    public void iterationDone(Model model, int iteration, int epoch) {
      step++;
      System.out.printf(
          Locale.ROOT,
          "{\"step\": %d, \"seconds\": %.6f, \"loss\": %.9g}%n",
          step,
          (System.nanoTime() - begun) / 1e9,
          model.score() / WINDOW);
    }
  }
}
