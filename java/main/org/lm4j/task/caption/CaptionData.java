package org.lm4j.task.caption;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.data.Caption;
import org.lm4j.data.Features;
import org.lm4j.text.sentence.SentenceVocabulary;
import org.lm4j.text.token.Sha256;
import org.lm4j.train.Unit;
import org.lm4j.train.batch.BatchTask;

/** Captions and the features of their images, which the caller still owns. */
public final class CaptionData {
  private final Features features;
  private final Captions captions;
  private final int[] images; // by caption, the row of its image
  private final int[][] words; // by caption, <START> first and <END> last unless it was cut

  /**
   * The files of captions and of features.
   *
   * @param features of the images, with their names: an array {@code (N, F)} or a grid {@code (N,
   *     G, F)}, see {@link org.lm4j.data.FeatureFiles}
   * @param captions of the images, in a form that {@link CaptionFiles} reads
   */
  public record Files(Path features, Path captions) {}

  /** Captions and features as they were read; the caller still owns the features. */
  public record Source(Features features, Captions captions) {}

  /**
   * Combines captions and features.
   *
   * @param most the maximum number of words of a caption; longer ones are cut and then have no end
   *     token
   * @throws InputException if an image has captions but no features
   */
  public CaptionData(Source source, SentenceVocabulary vocabulary, int most) {
    this.features = source.features;
    this.captions = source.captions;
    List<Caption> all = captions.all();
    this.images = features.rows(all);
    this.words = new int[all.size()][];
    for (int i = 0; i < words.length; i++) {
      int[] ids = vocabulary.encode(CaptionWords.of(all.get(i).text()));
      int count = Math.min(most, ids.length);
      boolean ends = ids.length <= most;
      int[] sentence = new int[count + (ends ? 2 : 1)];
      sentence[0] = SentenceVocabulary.START_ID;
      System.arraycopy(ids, 0, sentence, 1, count);
      if (ends) {
        sentence[count + 1] = SentenceVocabulary.END_ID;
      }
      words[i] = sentence;
    }
  }

  /** Returns the features. */
  public Features features() {
    return features;
  }

  /** Returns the captions. */
  public Captions captions() {
    return captions;
  }

  /** Returns the number of captions. */
  public int count() {
    return words.length;
  }

  /** Returns the row of the image that caption {@code i} describes. */
  public int image(int i) {
    return images[i];
  }

  /** Returns the number of words of caption {@code i} to predict, including its end. */
  public int length(int i) {
    return words[i].length - 1;
  }

  /** Returns the length of the longest caption. */
  public int longest() {
    return Arrays.stream(words).mapToInt(sentence -> sentence.length - 1).max().orElse(1);
  }

  /**
   * Returns the words of some captions as a model takes them.
   *
   * @param chosen indices of the captions, at least one; negative for one that does not count
   */
  public CaptionBatch.Words words(int[] chosen) {
    int steps = 1;
    for (int caption : chosen) {
      steps = Math.max(steps, caption < 0 ? 1 : length(caption));
    }
    int[] read = new int[steps * chosen.length];
    int[] wanted = new int[steps * chosen.length];
    for (int b = 0; b < chosen.length; b++) {
      if (chosen[b] < 0) {
        continue;
      }
      int[] sentence = words[chosen[b]];
      for (int t = 0; t + 1 < sentence.length; t++) {
        read[t * chosen.length + b] = sentence[t];
        wanted[t * chosen.length + b] = sentence[t + 1];
      }
    }
    return new CaptionBatch.Words(steps, read, wanted);
  }

  /**
   * Returns the identity of the training and validation data, which a resumed run checks: a hash of
   * all words and features, in order.
   *
   * @param validation null if there are none
   */
  BatchTask.Data known(@Nullable CaptionData validation) {
    return new BatchTask.Data(
        Unit.TOKENS,
        captions.file().toString(),
        hash(),
        validation == null ? null : validation.hash());
  }

  private String hash() {
    Sha256 digest = new Sha256();
    for (int i = 0; i < words.length; i++) {
      digest.add(images[i]).add(words[i]);
    }
    features.names().forEach(digest::add);
    int count = features.count();
    for (int i = 0; i < count; i++) { // piece by piece: a buffer has at most 2 GiB
      digest.add(features.values().slice(i, 1).segment().asByteBuffer());
    }
    return digest.hex();
  }
}
