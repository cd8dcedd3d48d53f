package org.lm4j.task.tag;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.lm4j.compute.Philox;
import org.lm4j.compute.RandomKey;
import org.lm4j.model.Padding;

/** Sentences as ids, from which batches for a {@link TaggerNetwork} are assembled. */
public final class TaggerText {
  /** The part of the words seen once that are {@code <unk>} in a step of training. */
  public static final double UNKNOWN_PART = 0.5;

  /**
   * The number of characters read of a word; of a longer word, the first and the last half of this
   * number.
   */
  static final int MOST_CHARACTERS = 32;

  /** The random site of unknown words, different from those of the model. */
  public static final int SITE_UNKNOWN = 1 << 15;

  /** The largest word lengths of the groups of words that are encoded together. */
  private static final int[] GROUP_STEPS = {8, 16, MOST_CHARACTERS};

  private final TaggerVocabulary vocabulary;
  private final Map<String, Integer> typeOf = new HashMap<>();
  private final List<Type> types = new ArrayList<>();
  private final List<Sentence> sentences = new ArrayList<>();

  /** A distinct word. */
  private static final class Type {
    private final int word;
    private final int[] characters;
    private int count;

    Type(int word, int[] characters) {
      this.word = word;
      this.characters = characters;
    }
  }

  /** A sentence. */
  private static final class Sentence {
    private final int[] types;
    private final List<int[]> features;
    private final int @Nullable [] tags;

    Sentence(int[] types, List<int[]> features, int @Nullable [] tags) {
      this.types = types;
      this.features = features;
      this.tags = tags;
    }
  }

  /** Creates an empty text. */
  public TaggerText(TaggerVocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /** Adds a sentence whose tags are not known, without features. */
  public void add(List<String> words) {
    add(words, List.of(), null);
  }

  /**
   * Adds a sentence.
   *
   * @param tagged whether its tags are to be read
   * @throws org.lm4j.InputException if it has not the columns
   */
  public void add(ConllSentence sentence, ConllColumns columns, boolean tagged) {
    if (tagged) {
      columns.require(sentence);
    } else {
      columns.requireInput(sentence);
    }
    List<int[]> features = new ArrayList<>();
    for (int i = 0; i < columns.features().size(); i++) {
      features.add(vocabulary.featureIds(i, columns.feature(sentence, i)));
    }
    add(columns.words(sentence), features, tagged ? vocabulary.tagIds(sentence, columns) : null);
  }

  private void add(List<String> words, List<int[]> features, int @Nullable [] tags) {
    int[] ids = new int[words.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = typeOf.computeIfAbsent(words.get(i), this::newType);
      types.get(ids[i]).count++;
    }
    sentences.add(new Sentence(ids, features, tags));
  }

  private int newType(String word) {
    int[] characters = vocabulary.characterIds(word);
    if (characters.length > MOST_CHARACTERS) {
      int half = MOST_CHARACTERS / 2;
      int[] ends = Arrays.copyOf(characters, MOST_CHARACTERS);
      System.arraycopy(characters, characters.length - half, ends, half, half);
      characters = ends;
    }
    types.add(new Type(vocabulary.wordId(word), characters));
    return types.size() - 1;
  }

  /** Returns the number of sentences. */
  public int size() {
    return sentences.size();
  }

  /** Returns the number of tokens of a sentence. */
  public int length(int sentence) {
    return sentences.get(sentence).types.length;
  }

  /** Returns the number of tokens of all sentences. */
  public long tokens() {
    return sentences.stream().mapToLong(sentence -> sentence.types.length).sum();
  }

  /**
   * Returns the ids of the tags of a sentence that has them, {@link
   * org.lm4j.nn.SoftmaxOutput#IGNORE} for those the vocabulary lacks.
   */
  public int[] tags(int sentence) {
    int[] tags = sentences.get(sentence).tags;
    if (tags == null) {
      throw new IllegalStateException("the tags of sentence " + sentence + " are not known");
    }
    return tags.clone();
  }

  /**
   * Returns a batch.
   *
   * @param chosen indices of the sentences, -1 for an empty one
   * @param key decides when words seen once are replaced by {@code <unk>}; null for never
   */
  TaggerInput input(int[] chosen, @Nullable RandomKey key, Padding padding) {
    int batch = chosen.length;
    int longest = 1;
    for (int sentence : chosen) {
      longest = Math.max(longest, sentence < 0 ? 0 : length(sentence));
    }
    TaggerInput input = new TaggerInput(padding.of(longest), batch, vocabulary.features().size());
    int[] typeAt = new int[input.words.length];
    Arrays.fill(typeAt, -1);
    for (int b = 0; b < batch; b++) {
      if (chosen[b] >= 0) {
        put(sentences.get(chosen[b]), b, key, input, typeAt);
      }
    }
    addGroups(typeAt, input, padding);
    return input;
  }

  private void put(
      Sentence sentence, int b, @Nullable RandomKey key, TaggerInput input, int[] typeAt) {
    input.lengths[b] = sentence.types.length;
    for (int t = 0; t < sentence.types.length; t++) {
      int at = t * input.batch() + b;
      Type type = types.get(sentence.types[t]);
      boolean unknown =
          key != null && type.count == 1 && Philox.uniform(key, SITE_UNKNOWN, at) < UNKNOWN_PART;
      input.words[at] = unknown ? 0 : type.word;
      typeAt[at] = sentence.types[t];
      if (sentence.tags != null) {
        input.targets[at] = sentence.tags[t];
      }
      for (int f = 0; f < sentence.features.size(); f++) {
        input.features.get(f)[at] = sentence.features.get(f)[t];
      }
    }
  }

  /**
   * Adds each different word once, by length, and the row of each token.
   *
   * @param typeAt the type of each token, -1 for none
   */
  private void addGroups(int[] typeAt, TaggerInput input, Padding padding) {
    int first = 0;
    int shorter = -1;
    for (int most : GROUP_STEPS) {
      Map<Integer, Integer> rowOf = new LinkedHashMap<>();
      for (int at = 0; at < typeAt.length; at++) {
        int type = typeAt[at];
        int length = type < 0 ? -1 : types.get(type).characters.length;
        if (length > shorter && length <= most) {
          Integer row = rowOf.get(type);
          if (row == null) {
            row = first + rowOf.size();
            rowOf.put(type, row);
          }
          input.rows[at] = row;
        }
      }
      if (!rowOf.isEmpty()) {
        TaggerInput.Group group = new TaggerInput.Group(padding.of(most), padding.of(rowOf.size()));
        fill(group, rowOf.keySet());
        input.groups.add(group);
        first += group.lengths.length;
      }
      shorter = most;
    }
  }

  private void fill(TaggerInput.Group group, Iterable<Integer> members) {
    int width = group.lengths.length;
    int w = 0;
    for (int member : members) {
      int[] spelled = types.get(member).characters;
      group.lengths[w] = spelled.length;
      for (int c = 0; c < spelled.length; c++) {
        group.characters[c * width + w] = spelled[c];
      }
      w++;
    }
  }
}
