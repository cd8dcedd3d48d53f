package org.lm4j.model;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.ForeignFiles;
import org.lm4j.io.IoErrors;
import org.lm4j.io.Json;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;
import tools.jackson.databind.JsonNode;

/**
 * A vocabulary as other tools write it: tokens in the order of their ids, tokens with their ids, or
 * the {@code vocab.json} of a model folder.
 */
public final class VocabularyList {
  /** What other tools call the end of a line, and what stands for unknown words. */
  private static final List<String> LINE_ENDS =
      List.of("</s>", "<EOS>", "<eol>", "<EOL>", "[EOS]", "\n");

  private static final List<String> UNKNOWNS =
      List.of("<UNK>", "<Unk>", "[UNK]", "<unknown>", "<UNKNOWN>", "<oov>", "<OOV>");

  /** A word and its count, or its id. */
  private static final Pattern COUNTED = Pattern.compile("\\S+[ \\t]+-?\\d+(\\.\\d+)?");

  private static final Set<String> MAPS = Set.of("word2idx", "stoi", "token_to_id", "vocab");

  private VocabularyList() {}

  /**
   * What was read.
   *
   * @param vocabulary the tokens
   * @param notes what was made of them, a clause each; none where they were read as they are
   */
  public record Read(Vocabulary vocabulary, List<String> notes) {}

  /**
   * Reads a JSON array of tokens; a JSON object of tokens and their ids, which are 0 to V-1 in any
   * order, or of ids and their tokens; a {@code vocab.json}; or a text file with one token a line.
   * A byte order mark at the start is dropped, blank lines at the end too. Where there is no {@code
   * <eos>} or {@code <unk>}, what other tools write in their place ({@code </s>}, {@code [UNK]} and
   * the like) is renamed.
   *
   * @throws InputException if the file is missing, malformed, of a known other format, or no
   *     vocabulary of that level
   */
  public static Read read(Path file, Level level) {
    List<String> notes = new ArrayList<>();
    List<String> tokens = tokens(text(file), file, level);
    List<String> named = new ArrayList<>(tokens);
    if (level == Level.WORD) {
      rename(named, LINE_ENDS, Vocabulary.END_OF_SENTENCE, "each line end", notes);
    }
    if (level != Level.BYTE) {
      rename(named, UNKNOWNS, Vocabulary.UNKNOWN, "what is not in the vocabulary", notes);
    }
    try {
      return new Read(Vocabulary.of(level, named), List.copyOf(notes));
    } catch (IllegalArgumentException | InputException e) {
      throw new InputException(file + ": " + e.getMessage(), e);
    }
  }

  private static void rename(
      List<String> tokens, List<String> others, String name, String meaning, List<String> notes) {
    if (tokens.contains(name)) {
      return;
    }
    for (String other : others) {
      int at = tokens.indexOf(other);
      if (at >= 0) {
        tokens.set(at, name);
        String shown = other.equals("\n") ? "the line end" : other;
        notes.add("%s is renamed %s, which stands for %s".formatted(shown, name, meaning));
        return;
      }
    }
  }

  private static String text(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new InputException(String.valueOf(ForeignFiles.notTokens(file)));
      }
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (MalformedInputException e) {
      String known = ForeignFiles.notTokens(file);
      throw new InputException(known != null ? known : file + " is not UTF-8; save it as UTF-8", e);
    } catch (java.nio.file.NoSuchFileException e) {
      throw new InputException("there is no vocabulary file " + file + ".", e);
    } catch (IOException e) {
      throw IoErrors.cannotRead(file, e);
    } catch (OutOfMemoryError e) {
      throw new InputException(file + " is too large for a vocabulary", e);
    }
  }

  private static List<String> tokens(String text, Path file, Level level) {
    String start = text.stripLeading();
    boolean named = file.toString().toLowerCase(Locale.ROOT).endsWith(".json");
    if (start.startsWith("[") && (named || start.substring(1).stripLeading().startsWith("\""))) {
      return array(Json.parse(text, file.toString(), JsonNode.class), file.toString());
    }
    if (start.startsWith("{") && (named || start.substring(1).stripLeading().startsWith("\""))) {
      return object(Json.parse(text, file.toString(), JsonNode.class), file, level);
    }
    String known = ForeignFiles.notTokens(file);
    if (known != null) {
      throw new InputException(known);
    }
    if (start.startsWith("['")) {
      throw new InputException(
          file + " is a list as Python prints it; write it with json.dump(tokens, file)");
    }
    return lines(text, file, level);
  }

  private static List<String> lines(String text, Path file, Level level) {
    List<String> lines = new ArrayList<>(text.lines().toList());
    while (!lines.isEmpty() && lines.getLast().isEmpty()) {
      lines.removeLast();
    }
    long counted = lines.stream().filter(line -> COUNTED.matcher(line).matches()).count();
    if (level != Level.BYTE && counted > 1 && counted >= lines.size() * 0.9) {
      throw new InputException(
          "%s has a number after each token ('%s'): give the tokens alone, in the order of their ids, such as those of cut -f1 (tabs) or cut -d' ' -f1"
              .formatted(file, lines.getFirst().replace('\t', ' ')));
    }
    return lines;
  }

  private static List<String> array(JsonNode array, String place) {
    String[] tokens = new String[array.size()];
    for (int i = 0; i < tokens.length; i++) {
      JsonNode token = array.get(i);
      if (!token.isString()) {
        throw new InputException(
            "%s: entry %d is %s, not a token: write a JSON array of texts in the order of their ids"
                .formatted(place, i, shown(token)));
      }
      tokens[i] = token.asString();
    }
    return Arrays.asList(tokens);
  }

  private static List<String> object(JsonNode object, Path file, Level level) {
    String place = file.toString();
    JsonNode own = object.get("tokens");
    if (own != null && own.isArray() && object.has("level")) {
      String found = object.get("level").asString("");
      if (!found.equals(level.label())) {
        throw new InputException(
            "%s is a vocabulary of level %s, not %s.".formatted(file, found, level.label()));
      }
      return array(own, place);
    }
    if (object.has("added_tokens") && object.has("model")) {
      throw new InputException(
          "%s is a Hugging Face tokenizer, which cuts words into pieces; lm4j reads words, characters or bytes, so its model cannot be used with it"
              .formatted(file));
    }
    for (String name : MAPS) {
      JsonNode inner = object.get(name);
      if (inner != null && inner.isObject()) {
        return object(inner, file, level);
      }
    }
    JsonNode list = object.get("itos") == null ? object.get("idx2word") : object.get("itos");
    if (list != null && list.isArray()) {
      return array(list, place);
    }
    return byIds(object, place);
  }

  /** Of {token: id} or {id: token}. */
  private static List<String> byIds(JsonNode object, String place) {
    int size = object.size();
    if (size == 0) {
      throw new InputException(place + " holds no tokens");
    }
    boolean tokensFirst = object.properties().iterator().next().getValue().isIntegralNumber();
    @Nullable String[] tokens = new String[size];
    object
        .properties()
        .forEach(
            entry -> {
              JsonNode value = entry.getValue();
              String id = tokensFirst ? value.toString() : entry.getKey();
              if (tokensFirst ? !value.isIntegralNumber() : !value.isString()) {
                throw notAVocabulary(place, entry.getKey(), value);
              }
              String token = tokensFirst ? entry.getKey() : value.asString();
              put(tokens, token, id, place);
            });
    return Arrays.asList(tokens);
  }

  private static void put(@Nullable String[] tokens, String token, String written, String place) {
    int id = written.matches("\\d{1,9}") ? Integer.parseInt(written) : -1;
    if (id < 0 || id >= tokens.length) {
      throw new InputException(
          "%s gives '%s' the id %s, but %d tokens have the ids 0 to %d, each once"
              .formatted(place, shown(token), written, tokens.length, tokens.length - 1));
    }
    if (tokens[id] != null) {
      throw new InputException(
          "%s gives the id %d to both '%s' and '%s'"
              .formatted(place, id, shown(tokens[id]), shown(token)));
    }
    tokens[id] = token;
  }

  private static InputException notAVocabulary(String place, String name, JsonNode value) {
    return new InputException(
        "%s: field '%s' is %s; a vocabulary is a JSON array of tokens in the order of their ids, or an object of tokens and their ids"
            .formatted(place, name, shown(value)));
  }

  private static String shown(@Nullable String token) {
    return String.valueOf(token).replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r");
  }

  private static String shown(JsonNode value) {
    if (value.isArray()) {
      return "an array";
    }
    if (value.isObject()) {
      return "an object";
    }
    String text = value.toString();
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }
}
