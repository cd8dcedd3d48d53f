package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Precision, recall and F1 of the spans that tags mark, such as phrases and names. Tags {@code O},
 * {@code B} and {@code I} are counted as in conlleval, the program of the CoNLL shared tasks since
 * 2000.
 *
 * <p>{@link SpanTags} defines what a tag marks. {@code B} begins a span. {@code I} continues it if
 * the token before is in a span of the same type, and begins one otherwise. So tags that mark every
 * first token (IOB2) and tags that mark only those next to a span of the same type (IOB1) are both
 * read right, and any sequence of tags means some spans. {@code E} or {@code L} ends a span, and
 * {@code S} or {@code U} is a span of a single token. Here the count may differ from conlleval's:
 * {@code S-X S-X} and {@code E-X B-X} are parts of two spans, never of one. A sentence ends what is
 * open. Any other tag is outside; {@link #unknown()} counts them.
 *
 * <p>A span counts as found if one of the same type with the same first and last token was
 * answered. Precision is the fraction of answered spans that are correct, recall the fraction of
 * correct spans that were answered, F1 their harmonic mean; each is 0 if its denominator is 0.
 */
public final class SpanScore {
  private final SpanTags form;
  private final Map<String, Counts> types = new TreeMap<>();
  private final Map<String, Long> unknown = new TreeMap<>();
  private final Counts all = new Counts();
  private long tokens;
  private long right;

  /**
   * A span.
   *
   * @param from first token
   * @param to last token, inclusive
   */
  public record Span(String type, int from, int to) {}

  /** The numbers of spans of one type, or of all types. */
  public static final class Counts {
    private long gold;
    private long answered;
    private long found;

    private Counts() {}

    /** Returns the number of spans in the data. */
    public long gold() {
      return gold;
    }

    /** Returns the number of predicted spans. */
    public long answered() {
      return answered;
    }

    /** Returns the number of predicted spans that are correct. */
    public long found() {
      return found;
    }

    /** Returns the precision, in [0, 1]. */
    public double precision() {
      return answered == 0 ? 0 : (double) found / answered;
    }

    /** Returns the recall, in [0, 1]. */
    public double recall() {
      return gold == 0 ? 0 : (double) found / gold;
    }

    /** Returns F1, the harmonic mean of precision and recall, in [0, 1]. */
    public double f1() {
      return found == 0 ? 0 : 2.0 * found / (gold + answered);
    }
  }

  /** Creates an empty score for tags of this form. */
  public SpanScore(SpanTags form) {
    this.form = form;
  }

  /** Returns the spans a sequence of tags marks, in order. What marks no span is outside. */
  public static List<Span> spans(SpanTags form, List<String> tags) {
    List<Span> spans = new ArrayList<>();
    @Nullable String open = null; // type of the span that reaches to the token before
    int from = 0;
    for (int i = 0; i < tags.size(); i++) {
      SpanTags.Mark mark = form.mark(tags.get(i));
      boolean starts =
          mark == null || mark.kind() == 'B' || mark.kind() == 'S' || !mark.type().equals(open);
      if (open != null && starts) {
        spans.add(new Span(open, from, i - 1));
        open = null;
      }
      if (mark != null && open == null) {
        open = mark.type();
        from = i;
      }
      if (mark != null && (mark.kind() == 'E' || mark.kind() == 'S')) {
        spans.add(new Span(mark.type(), from, i));
        open = null;
      }
    }
    if (open != null) {
      spans.add(new Span(open, from, tags.size() - 1));
    }
    return spans;
  }

  /**
   * Counts a sentence.
   *
   * @param gold the right tags
   * @param answer as many
   */
  public void add(List<String> gold, List<String> answer) {
    if (gold.size() != answer.size()) {
      throw new IllegalArgumentException(gold.size() + " tags and " + answer.size() + " answers");
    }
    tokens += gold.size();
    for (int i = 0; i < gold.size(); i++) {
      right += gold.get(i).equals(answer.get(i)) ? 1 : 0;
    }
    countUnknown(gold);
    countUnknown(answer);
    List<Span> wanted = spans(form, gold);
    Set<Span> there = Set.copyOf(wanted);
    List<Span> given = spans(form, answer);
    for (Span span : wanted) {
      counted(span).gold++;
      all.gold++;
    }
    for (Span span : given) {
      boolean found = there.contains(span);
      for (Counts counts : List.of(counted(span), all)) {
        counts.answered++;
        counts.found += found ? 1 : 0;
      }
    }
  }

  private void countUnknown(List<String> tags) {
    for (String tag : tags) {
      if (!form.isKnown(tag)) {
        unknown.merge(tag, 1L, Long::sum);
      }
    }
  }

  private Counts counted(Span span) {
    return types.computeIfAbsent(span.type, type -> new Counts());
  }

  /** Returns the counts of one type; all 0 if there is none. */
  public Counts of(String type) {
    return types.getOrDefault(type, new Counts());
  }

  /**
   * Returns the counts by type, in the order of their names, of all types that occur or were
   * answered.
   */
  public Map<String, Counts> types() {
    return types;
  }

  /** Returns the counts of all types together. */
  public Counts all() {
    return all;
  }

  /**
   * Returns how often each tag occurred, correct or answered, that neither marks a span nor is
   * {@code O}.
   */
  public Map<String, Long> unknown() {
    return Collections.unmodifiableMap(unknown);
  }

  /** Returns the number of tokens. */
  public long tokens() {
    return tokens;
  }

  /** Returns the fraction of tokens with the correct tag, NaN if there are no tokens. */
  public double accuracy() {
    return tokens == 0 ? Double.NaN : (double) right / tokens;
  }
}
