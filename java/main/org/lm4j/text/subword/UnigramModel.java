package org.lm4j.text.subword;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Unigram: the pieces whose scores, logarithms of probabilities, have the largest sum (Kudo,
 * "Subword Regularization", 2018), found by dynamic programming over the characters. A character
 * without a piece scores 10 less than the lowest; neighbouring ones are one unknown piece.
 */
final class UnigramModel implements PieceModel {
  private static final double PENALTY = 10;

  private final Map<String, Integer> ids = new HashMap<>();
  private final double[] scores;
  private final double unknownScore;
  private final int unknown;
  private final boolean byteFallback;
  private final int[] byteIds = new int[256];

  // A trie: the edge from a node by a character, and the token that a node ends.
  private final PairMap edges;
  private int[] endOf = new int[1 << 10];
  private int nodes = 1;

  UnigramModel(Spec spec) {
    List<?> vocabulary = spec.list("vocab");
    this.scores = new double[vocabulary.size()];
    this.edges = new PairMap(4 * scores.length);
    Arrays.fill(endOf, -1);
    double lowest = Double.POSITIVE_INFINITY;
    for (int id = 0; id < scores.length; id++) {
      if (!(vocabulary.get(id) instanceof List<?> entry
          && entry.size() == 2
          && entry.get(0) instanceof String token
          && entry.get(1) instanceof Number score)) {
        throw spec.wrong("vocab", "a list of tokens with their scores");
      }
      scores[id] = score.doubleValue();
      lowest = Math.min(lowest, scores[id]);
      ids.put(token, id);
      insert(token, id);
    }
    this.unknownScore = lowest - PENALTY;
    this.unknown = spec.number("unk_id", -1);
    if (unknown < 0 || unknown >= scores.length) {
      throw spec.wrong("unk_id", "the id of a token");
    }
    this.byteFallback = spec.flag("byte_fallback", false);
    for (int octet = 0; octet < 256; octet++) {
      byteIds[octet] = ids.getOrDefault(String.format(Locale.ROOT, "<0x%02X>", octet), -1);
    }
  }

  private void insert(String token, int id) {
    int node = 0;
    for (int i = 0; i < token.length(); i++) {
      long edge = PairMap.pair(node, token.charAt(i));
      int next = edges.get(edge);
      if (next < 0) {
        next = nodes++;
        edges.put(edge, next);
        if (next >= endOf.length) {
          int old = endOf.length;
          endOf = Arrays.copyOf(endOf, 2 * old);
          Arrays.fill(endOf, old, endOf.length, -1);
        }
      }
      node = next;
    }
    endOf[node] = id;
  }

  /** Returns the tokens with their ids. */
  Map<String, Integer> vocabulary() {
    return ids;
  }

  @Override
  public String name() {
    return "Unigram";
  }

  @Override
  public int unknown() {
    return unknown;
  }

  @Override
  public Pieces cut(String part) {
    int length = part.length();
    double[] best = new double[length + 1];
    int[] from = new int[length + 1];
    int[] last = new int[length + 1]; // ids of the pieces that end there
    Arrays.fill(from, -1);
    int next;
    for (int at = 0; at < length; at = next) {
      next = part.offsetByCodePoints(at, 1);
      boolean single = false;
      int node = 0;
      for (int end = at; end < length; ) {
        node = edges.get(PairMap.pair(node, part.charAt(end++)));
        if (node < 0) {
          break;
        }
        int id = endOf[node];
        if (id >= 0) {
          single |= end == next;
          relax(best, from, last, at, end, id, scores[id]);
        }
      }
      if (!single) {
        relax(best, from, last, at, next, unknown, unknownScore);
      }
    }
    return backtrack(part, from, last);
  }

  private static void relax( // one edge of the lattice
      double[] best, int[] from, int[] last, int start, int end, int id, double score) {
    double sum = score + best[start];
    if (from[end] < 0 || sum > best[end]) {
      best[end] = sum;
      from[end] = start;
      last[end] = id;
    }
  }

  private Pieces backtrack(String part, int[] from, int[] last) {
    int[] cuts = new int[part.length() + 1];
    int count = 0;
    for (int end = part.length(); end > 0; end = from[end]) {
      cuts[count++] = end;
    }
    Pieces pieces = new Pieces(count);
    int start = 0;
    for (int i = count - 1; i >= 0; i--) {
      int end = cuts[i];
      if (last[end] != unknown) {
        pieces.add(ids.getOrDefault(part.substring(start, end), unknown), start, end);
        start = end;
      } else if (i == 0 || last[cuts[i - 1]] != unknown) { // the last of neighbouring ones
        addUnknown(part, start, end, pieces);
        start = end;
      }
    }
    return pieces;
  }

  private void addUnknown(String part, int start, int end, Pieces pieces) {
    String text = part.substring(start, end);
    Integer id = ids.get(text);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (id == null && byteFallback && allHavePieces(bytes)) {
      for (byte octet : bytes) {
        pieces.add(byteIds[octet & 0xFF], start, end);
      }
    } else {
      pieces.add(id == null ? unknown : id, start, end);
    }
  }

  private boolean allHavePieces(byte[] bytes) {
    for (byte octet : bytes) {
      if (byteIds[octet & 0xFF] < 0) {
        return false;
      }
    }
    return true;
  }
}
