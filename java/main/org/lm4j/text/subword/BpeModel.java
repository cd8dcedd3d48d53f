package org.lm4j.text.subword;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * BPE: starts from characters, or bytes, and applies the merge that was learned first, the leftmost
 * of several, until none is left. A heap holds the merges that are possible, so that a part of
 * {@code n} symbols takes {@code O(n log n)}.
 */
final class BpeModel implements PieceModel {
  private final Map<String, Integer> vocabulary;
  private final boolean byteLevel;
  private final int unknown;
  private final boolean fuseUnknown;
  private final boolean byteFallback;
  private final boolean ignoreMerges;
  private final int[] byteIds = new int[256]; // of bytes, or of fallbacks; -1 for none
  private final PairMap ranks;
  private final int[] merged; // ids, by rank

  BpeModel(Spec spec, Map<String, Integer> vocabulary, boolean byteLevel) {
    this.vocabulary = vocabulary;
    this.byteLevel = byteLevel;
    Object dropout = spec.fields().get("dropout");
    if (dropout instanceof Number number && number.doubleValue() != 0) {
      throw spec.unsupported("BPE with dropout");
    }
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      String text = spec.textOrNull(affix);
      if (text != null && !text.isEmpty()) {
        throw spec.unsupported("BPE with the %s '%s'".formatted(affix, text));
      }
    }
    this.unknown = unknown(spec, vocabulary);
    this.fuseUnknown = spec.flag("fuse_unk", false);
    this.byteFallback = spec.flag("byte_fallback", false);
    this.ignoreMerges = spec.flag("ignore_merges", false);
    for (int octet = 0; octet < 256; octet++) {
      String name =
          byteLevel
              ? String.valueOf(ByteAlphabet.character(octet))
              : String.format(Locale.ROOT, "<0x%02X>", octet);
      byteIds[octet] = vocabulary.getOrDefault(name, -1);
    }
    List<?> merges = spec.list("merges");
    this.ranks = new PairMap(merges.size());
    this.merged = new int[merges.size()];
    for (int rank = 0; rank < merged.length; rank++) {
      addMerge(spec, merges.get(rank), rank);
    }
  }

  static int unknown(Spec spec, Map<String, Integer> vocabulary) {
    String token = spec.textOrNull("unk_token");
    return token == null ? -1 : vocabulary.getOrDefault(token, -1);
  }

  private void addMerge(Spec spec, @Nullable Object merge, int rank) {
    String[] pair = pair(spec, merge);
    Integer left = vocabulary.get(pair[0]);
    Integer right = vocabulary.get(pair[1]);
    Integer both = vocabulary.get(pair[0] + pair[1]);
    if (left == null || right == null || both == null) {
      throw spec.wrong(
          "merges", "made of tokens of its vocabulary: '%s' '%s'".formatted((Object[]) pair));
    }
    ranks.put(PairMap.pair(left, right), rank);
    merged[rank] = both;
  }

  private static String[] pair(Spec spec, @Nullable Object merge) {
    if (merge instanceof List<?> two
        && two.size() == 2
        && two.get(0) instanceof String left
        && two.get(1) instanceof String right) {
      return new String[] {left, right};
    }
    String[] pair = merge instanceof String line ? line.split(" ", -1) : new String[0];
    if (pair.length != 2) {
      throw spec.wrong("merges", "a list of pairs");
    }
    return pair;
  }

  @Override
  public String name() {
    return byteLevel ? "byte-level BPE" : "BPE";
  }

  @Override
  public int unknown() {
    return unknown;
  }

  /** Returns whether each of the 256 bytes has a piece. */
  boolean hasAllBytes() {
    return byteLevel && Arrays.stream(byteIds).allMatch(id -> id >= 0);
  }

  @Override
  public Pieces cut(String part) {
    if (ignoreMerges) {
      Integer whole = vocabulary.get(byteLevel ? ByteAlphabet.encode(part) : part);
      if (whole != null) {
        Pieces one = new Pieces(1);
        one.add(whole, 0, part.length());
        return one;
      }
    }
    Pieces symbols = new Pieces(part.length() + 2);
    if (byteLevel) {
      addBytes(part, symbols);
    } else {
      addCharacters(part, symbols);
    }
    return symbols.size() < 2 ? symbols : new Merging(symbols).run();
  }

  private void addBytes(String part, Pieces symbols) {
    int next;
    for (int at = 0; at < part.length(); at = next) {
      int c = part.codePointAt(at);
      next = at + Character.charCount(c);
      if (c < 0x80) {
        symbols.add(byteId(c), at, next);
      } else {
        for (byte octet : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
          symbols.add(byteId(octet & 0xFF), at, next);
        }
      }
    }
  }

  private int byteId(int octet) {
    return byteIds[octet] >= 0 ? byteIds[octet] : unknown;
  }

  private void addCharacters(String part, Pieces symbols) {
    int unknownFrom = -1; // of unknown text that is still to be added
    int next;
    for (int at = 0; at < part.length(); at = next) {
      next = part.offsetByCodePoints(at, 1);
      Integer id = vocabulary.get(part.substring(at, next));
      byte[] bytes = part.substring(at, next).getBytes(StandardCharsets.UTF_8);
      if (id == null && byteFallback && hasFallback(bytes)) {
        // as in the library, bytes come before unknown text that is still to be added
        for (byte octet : bytes) {
          symbols.add(byteIds[octet & 0xFF], at, next);
        }
      } else {
        if (unknownFrom >= 0 && (id != null || !fuseUnknown)) {
          symbols.add(unknown, unknownFrom, at);
          unknownFrom = -1;
        }
        if (id != null) {
          symbols.add(id, at, next);
        } else if (unknownFrom < 0) {
          unknownFrom = at;
        }
      }
    }
    if (unknownFrom >= 0) {
      symbols.add(unknown, unknownFrom, part.length());
    }
  }

  private boolean hasFallback(byte[] bytes) {
    for (byte octet : bytes) {
      if (byteIds[octet & 0xFF] < 0) {
        return false;
      }
    }
    return true;
  }

  /** The merging of one part. */
  private final class Merging {
    private final Pieces symbols;
    private final int[] ids;
    private final int[] ends;
    private final int[] next;
    private final int[] previous;
    private long[] heap; // rank in the upper half, place in the lower, the smallest first
    private int heapSize;

    Merging(Pieces symbols) {
      int size = symbols.size();
      this.symbols = symbols;
      this.ids = new int[size];
      this.ends = new int[size];
      this.next = new int[size];
      this.previous = new int[size];
      this.heap = new long[size];
      for (int i = 0; i < size; i++) {
        ids[i] = symbols.id(i);
        ends[i] = symbols.end(i);
        next[i] = i + 1;
        previous[i] = i - 1;
      }
      for (int i = 0; i + 1 < size; i++) {
        offer(i);
      }
    }

    Pieces run() {
      int size = ids.length;
      while (heapSize > 0) {
        long top = poll();
        int place = (int) top;
        int after = next[place];
        if (after < 0 || after >= size) { // it was merged into the one before, or is the last
          continue;
        }
        int id = merged[(int) (top >>> 32)];
        int rank = rank(place, after);
        if (rank < 0 || merged[rank] != id) {
          continue; // the pair that stood here is gone
        }
        ids[place] = id;
        ends[place] = ends[after];
        next[place] = next[after];
        next[after] = -1;
        if (next[place] < size) {
          previous[next[place]] = place;
        }
        if (previous[place] >= 0) {
          offer(previous[place]);
        }
        if (next[place] < size) {
          offer(place);
        }
      }
      Pieces pieces = new Pieces(Math.min(size, 8));
      for (int i = 0; i < size; i = next[i]) {
        pieces.add(ids[i], symbols.start(i), ends[i]);
      }
      return pieces;
    }

    private int rank(int left, int right) {
      return ids[left] < 0 || ids[right] < 0 ? -1 : ranks.get(PairMap.pair(ids[left], ids[right]));
    }

    private void offer(int place) {
      int rank = rank(place, next[place]);
      if (rank < 0) {
        return;
      }
      if (heapSize == heap.length) {
        heap = Arrays.copyOf(heap, 2 * heapSize + 2);
      }
      long entry = (long) rank << 32 | place;
      int at = heapSize++;
      while (at > 0 && heap[(at - 1) / 2] > entry) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
      }
      heap[at] = entry;
    }

    private long poll() {
      long top = heap[0];
      long last = heap[--heapSize];
      int at = 0;
      while (2 * at + 1 < heapSize) {
        int child = 2 * at + 1;
        child += child + 1 < heapSize && heap[child + 1] < heap[child] ? 1 : 0;
        if (heap[child] >= last) {
          break;
        }
        heap[at] = heap[child];
        at = child;
      }
      heap[at] = last;
      return top;
    }
  }
}
