package org.lm4j.text.subword;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;

/** Makes tokenizers from the content of a {@code tokenizer.json}. */
final class TokenizerSpec {
  /** Post-processors: they put special tokens around a text, which is not done here. */
  private static final List<String> AROUND =
      List.of("ByteLevel", "TemplateProcessing", "BertProcessing", "RobertaProcessing", "Sequence");

  private TokenizerSpec() {}

  static SubwordTokenizer tokenizer(Map<String, ?> json, String place) {
    Spec spec = new Spec(json, place);
    Spec around = spec.objectOrNull("post_processor");
    if (around != null && !AROUND.contains(around.type())) {
      throw spec.unsupported("the post-processor " + around.type());
    }
    PreTokenization parts = PreTokenization.of(spec.objectOrNull("pre_tokenizer"));
    UnaryOperator<AlignedText> normalizer = Normalization.of(spec.objectOrNull("normalizer"));
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    PieceModel model = model(spec.object("model"), parts.byteLevel(), vocabulary);
    List<Spec> added =
        spec.fields().get("added_tokens") == null ? List.of() : spec.objects("added_tokens");
    Set<Integer> addedIds = new LinkedHashSet<>();
    for (Spec token : added) {
      int id = token.id(token.fields().get("id"), "id");
      vocabulary.put(token.text("content"), id);
      addedIds.add(id);
    }
    List<String> tokens = ordered(vocabulary, place);
    PieceTexts texts = PieceTexts.of(spec.objectOrNull("decoder"), tokens, addedIds);
    AddedTokens asIs = AddedTokens.of(added, false, normalizer);
    AddedTokens normalized = AddedTokens.of(added, true, normalizer);
    boolean keeps =
        spec.objectOrNull("normalizer") == null
            && parts.keepsText()
            && model instanceof BpeModel bpe
            && bpe.hasAllBytes()
            && !asIs.strip()
            && !normalized.strip();
    return new SubwordTokenizer(
        json, tokens, model, new Pipeline(asIs, normalizer, normalized, parts), texts, keeps);
  }

  private static PieceModel model(Spec spec, boolean byteLevel, Map<String, Integer> vocabulary) {
    String type = spec.textOrNull("type");
    if (type == null) { // as older files have it
      type = spec.fields().containsKey("merges") ? "BPE" : "none";
    }
    return switch (type) {
      case "BPE" -> {
        readVocabulary(spec, vocabulary);
        yield new BpeModel(spec, new LinkedHashMap<>(vocabulary), byteLevel);
      }
      case "WordPiece" -> {
        requireCharacters(spec, type, byteLevel);
        readVocabulary(spec, vocabulary);
        yield new WordPieceModel(spec, new LinkedHashMap<>(vocabulary));
      }
      case "Unigram" -> {
        requireCharacters(spec, type, byteLevel);
        UnigramModel unigram = new UnigramModel(spec);
        vocabulary.putAll(unigram.vocabulary());
        yield unigram;
      }
      default -> throw spec.unsupported("the model " + type);
    };
  }

  private static void requireCharacters(Spec spec, String type, boolean byteLevel) {
    if (byteLevel) {
      throw spec.unsupported("the pre-tokenizer ByteLevel with the model " + type);
    }
  }

  private static void readVocabulary(Spec spec, Map<String, Integer> vocabulary) {
    Spec entries = spec.object("vocab");
    entries.fields().forEach((token, id) -> vocabulary.put((String) token, spec.id(id, "vocab")));
  }

  /** Returns the tokens in the order of their ids. */
  private static List<String> ordered(Map<String, Integer> vocabulary, String place) {
    int size = vocabulary.values().stream().mapToInt(id -> id).max().orElse(-1) + 1;
    @Nullable String[] tokens = new String[Math.min(size, 2 * vocabulary.size())];
    if (tokens.length == size) {
      vocabulary.forEach((token, id) -> tokens[id] = token);
    }
    long named = Arrays.stream(tokens).filter(token -> token != null).count();
    if (size == 0 || named != size || named != vocabulary.size()) {
      throw new InputException(
          "%s gives %,d tokens the ids 0 to %,d, but each id must belong to one token"
              .formatted(place, vocabulary.size(), size - 1));
    }
    List<String> list = new ArrayList<>(size);
    for (String token : tokens) {
      list.add(String.valueOf(token));
    }
    return List.copyOf(list);
  }

  /** Returns the content of the file of a byte-level BPE that was learned here. */
  static Map<String, ?> ofByteLevelBpe(List<String> tokens, List<List<String>> merges) {
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      vocabulary.put(tokens.get(id), id);
    }
    Map<String, @Nullable Object> model = object("type", "BPE");
    for (String name :
        List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix")) {
      model.put(name, null);
    }
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    model.put("ignore_merges", false);
    model.put("vocab", vocabulary);
    model.put("merges", merges);
    Map<String, @Nullable Object> lines = object("type", "Split");
    lines.put("pattern", Map.of("String", "\n"));
    lines.put("behavior", "Isolated");
    lines.put("invert", false);
    Map<String, @Nullable Object> byteLevel = object("type", "ByteLevel");
    byteLevel.put("add_prefix_space", false);
    byteLevel.put("trim_offsets", false);
    byteLevel.put("use_regex", true);
    Map<String, @Nullable Object> parts = object("type", "Sequence");
    parts.put("pretokenizers", List.of(lines, byteLevel));
    Map<String, @Nullable Object> json = object("version", "1.0");
    json.put("truncation", null);
    json.put("padding", null);
    json.put("added_tokens", List.of());
    json.put("normalizer", null);
    json.put("pre_tokenizer", parts);
    json.put("post_processor", null);
    json.put("decoder", byteLevel);
    json.put("model", model);
    return json;
  }

  private static Map<String, @Nullable Object> object(String name, String value) {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    object.put(name, value);
    return object;
  }
}
