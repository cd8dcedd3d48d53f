package org.lm4j.task.caption;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * CIDEr-D (Vedantam, Zitnick and Parikh, "CIDEr: Consensus-based Image Description Evaluation",
 * CVPR 2015, section 7), counted as coco-caption counts.
 *
 * <p>A sentence is four vectors, one for each n from 1 to 4, with an entry for each run of n words:
 * how often it occurs, times ln(images) − ln(images whose references have it). Runs that no
 * reference has count as if one image had them. The score for one reference and one n is the
 * cosine, where the caption's entries are cut to the reference's, times exp(−δ² / (2σ²)), σ = 6, δ
 * the difference of the lengths; a length is the number of pairs of neighbouring words, as in
 * coco-caption's code. The mean over n and over the references, times 10, is the caption's; the
 * mean over the captions is the corpus'.
 *
 * <p>The weights come from the very corpus that is scored. So scores of different corpora cannot be
 * compared, and those of a single image are 0: every weight is ln 1 − ln 1.
 */
public final class CiderD {
  private static final int ORDERS = 4;
  private static final double SIGMA = 6;

  private final Map<List<String>, Integer> documents = new HashMap<>();
  private final double logImages;

  private CiderD(List<ScoredCaption> captions) {
    for (ScoredCaption caption : captions) {
      Set<List<String>> runs = new HashSet<>();
      for (List<String> reference : caption.references()) {
        for (int n = 1; n <= ORDERS; n++) {
          runs.addAll(ScoredCaption.runs(reference, n).keySet());
        }
      }
      runs.forEach(run -> documents.merge(run, 1, Integer::sum));
    }
    logImages = Math.log(captions.size());
  }

  /** Returns the mean score of the captions, from 0 to 10; 0 if there are none. */
  public static double score(List<ScoredCaption> captions) {
    return scores(captions).stream().mapToDouble(Double::doubleValue).average().orElse(0);
  }

  /**
   * Returns the score of each caption, from 0 to 10.
   *
   * @param captions one for each image
   */
  public static List<Double> scores(List<ScoredCaption> captions) {
    CiderD weights = new CiderD(captions);
    List<Double> scores = new ArrayList<>(captions.size());
    for (ScoredCaption caption : captions) {
      scores.add(weights.score(caption));
    }
    return scores;
  }

  private double score(ScoredCaption caption) {
    Sentence sentence = new Sentence(caption.words());
    double sum = 0;
    for (List<String> words : caption.references()) {
      Sentence reference = new Sentence(words);
      for (int n = 0; n < ORDERS; n++) {
        sum += similarity(sentence, reference, n);
      }
    }
    return 10 * sum / ORDERS / caption.references().size();
  }

  private static double similarity(Sentence sentence, Sentence reference, int n) {
    double dot = 0;
    for (Map.Entry<List<String>, Double> entry : sentence.vectors.get(n).entrySet()) {
      double wanted = reference.vectors.get(n).getOrDefault(entry.getKey(), 0.0);
      dot += Math.min(entry.getValue(), wanted) * wanted;
    }
    double norms = sentence.norms[n] * reference.norms[n];
    double delta = sentence.pairs - reference.pairs;
    return (norms == 0 ? dot : dot / norms) * Math.exp(-delta * delta / (2 * SIGMA * SIGMA));
  }

  private final class Sentence {
    private final List<Map<List<String>, Double>> vectors = new ArrayList<>();
    private final double[] norms = new double[ORDERS];
    private final int pairs;

    Sentence(List<String> words) {
      pairs = Math.max(0, words.size() - 1);
      for (int n = 1; n <= ORDERS; n++) {
        Map<List<String>, Double> vector = new HashMap<>();
        double squares = 0;
        for (Map.Entry<List<String>, Integer> run : ScoredCaption.runs(words, n).entrySet()) {
          int images = Math.max(1, documents.getOrDefault(run.getKey(), 0));
          double entry = run.getValue() * (logImages - Math.log(images));
          vector.put(run.getKey(), entry);
          squares += entry * entry;
        }
        vectors.add(vector);
        norms[n - 1] = Math.sqrt(squares);
      }
    }
  }
}
