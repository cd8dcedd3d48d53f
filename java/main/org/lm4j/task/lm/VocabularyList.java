package org.lm4j.task.lm;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import org.lm4j.io.ForeignFiles;
import org.lm4j.io.IoErrors;
import org.lm4j.io.Json;
import org.lm4j.model.TokenizerFile;
import org.lm4j.text.Level;
import org.lm4j.text.Vocabulary;

/**
 * Reads vocabularies of other tools: tokens in the order of their ids, tokens with their ids, or
 * the {@code vocab.json} of a model folder.
 */
public final class VocabularyList {
  /** Tokens that other tools use for the end of a line and for unknown words. */
  private static final List<Pattern> LINE_ENDS =
      List.of(named("/s"), named("eos"), named("eol"), Pattern.compile("\n"));

  private static final List<Pattern> UNKNOWNS =
      List.of(named("unk"), named("unknown"), named("oov"), Pattern.compile("UNK"), bare("unk"));

  /** A word and its count, or its id. */
  private static final Pattern NUMBERED = Pattern.compile("\\d{1,9}[ \\t]+\\S+");

  private static final Pattern COUNTED = Pattern.compile("\\S+[ \\t]+-?\\d+(\\.\\d+)?");

  /** The fields of an object that hold tokens with their ids, or tokens in order. */
  private static final List<String> MAPS = List.of("word2idx", "stoi", "token_to_id", "vocab");

  private static final List<String> LISTS = List.of("itos", "idx2word", "tokens");

  private VocabularyList() {}

  /**
   * The result of reading.
   *
   * @param vocabulary the tokens
   * @param notes the conversions that were made, one clause each; none if there were none
   */
  public record Read(Vocabulary vocabulary, List<String> notes) {}

  /**
   * Reads a JSON array of tokens; a JSON object of tokens and their ids, which are 0 to V-1 in any
   * order, or of ids and their tokens; a {@code vocab.json}; or a text file with one token a line.
   * A byte order mark at the start is dropped, blank lines at the end too. If there is no {@code
   * <eos>} or {@code <unk>}, the equivalents of other tools ({@code </s>}, {@code [UNK]}, {@code
   * UNK} and similar, in upper or lower case) are renamed. Subwords are read from a {@code
   * tokenizer.json}.
   *
   * @throws InputException if the file is missing, malformed, of another known format, or not a
   *     vocabulary of that level
   */
  public static Read read(Path file, Level level) {
    if (level == Level.SUBWORD) {
      return new Read(Vocabulary.of(TokenizerFile.read(file)), List.of());
    }
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

  /** Returns a pattern for a name in angle or square brackets, ignoring case. */
  private static Pattern named(String name) {
    return Pattern.compile("<" + name + ">|\\[" + name + "\\]", Pattern.CASE_INSENSITIVE);
  }

  private static Pattern bare(String name) {
    return Pattern.compile(name, Pattern.CASE_INSENSITIVE);
  }

  private static void rename(
      List<String> tokens, List<Pattern> others, String name, String meaning, List<String> notes) {
    if (tokens.contains(name)) {
      return;
    }
    for (Pattern other : others) {
      for (int i = 0; i < tokens.size(); i++) {
        String token = tokens.get(i);
        if (other.matcher(token).matches()) {
          tokens.set(i, name);
          String shown = token.equals("\n") ? "the line end" : token;
          notes.add("%s is renamed %s, which stands for %s".formatted(shown, name, meaning));
          return;
        }
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
      return array(Json.parse(text, file.toString(), List.class), file.toString());
    }
    if (start.startsWith("{") && (named || start.substring(1).stripLeading().startsWith("\""))) {
      return object(Json.parse(text, file.toString(), Map.class), file, level);
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
          "%s has a number after each token ('%s'): give the tokens alone, in the order of their"
                  .formatted(file, escaped(lines.getFirst()))
              + " ids, such as those of cut -f1 (tabs) or cut -d' ' -f1");
    }
    long numbered = 0;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean id = startsWithNumber(line, i) || startsWithNumber(line, i + 1);
      numbered += id && NUMBERED.matcher(line).matches() ? 1 : 0;
    }
    if (level != Level.BYTE && numbered > 1 && numbered >= lines.size() * 0.9) {
      throw new InputException(
          "%s has the id before each token ('%s'): give the tokens alone, in the order of their"
                  .formatted(file, escaped(lines.getFirst()))
              + " ids, such as those of cut -f2 (tabs) or cut -d' ' -f2");
    }
    return lines;
  }

  private static boolean startsWithNumber(String line, int number) {
    return line.startsWith(number + " ") || line.startsWith(number + "\t");
  }

  private static List<String> array(List<?> array, String place) {
    List<String> tokens = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      if (!(array.get(i) instanceof String token)) {
        throw new InputException(
            "%s: entry %d is %s, not a token: write a JSON array of texts in the order of their ids"
                .formatted(place, i, shown(array.get(i))));
      }
      tokens.add(token);
    }
    return tokens;
  }

  private static List<String> object(Map<?, ?> object, Path file, Level level) {
    String place = file.toString();
    if (object.get("tokens") instanceof List<?> own && object.containsKey("level")) {
      Object found = object.get("level");
      if (!level.label().equals(found)) {
        throw new InputException(
            "%s is a vocabulary of level %s, not %s.".formatted(file, found, level.label()));
      }
      return array(own, place);
    }
    if (object.containsKey("added_tokens") && object.containsKey("model")) {
      throw new InputException(
          "%s is a Hugging Face tokenizer, which cuts words into subwords; read it at level bpe"
              .formatted(file));
    }
    for (String name : MAPS) {
      if (object.get(name) instanceof Map<?, ?> inner) {
        return object(inner, file, level);
      }
    }
    for (String name : LISTS) {
      if (object.get(name) instanceof List<?> list) {
        return array(list, place);
      }
    }
    return byIds(object, place);
  }

  /** Reads {token: id} or {id: token}. */
  private static List<String> byIds(Map<?, ?> object, String place) {
    int size = object.size();
    if (size == 0) {
      throw new InputException(place + " holds no tokens");
    }
    boolean tokensFirst = isWhole(object.values().iterator().next());
    @Nullable String[] tokens = new String[size];
    object.forEach(
        (key, value) -> {
          String name = String.valueOf(key);
          if (tokensFirst && isWhole(value)) {
            put(tokens, name, String.valueOf(value), place);
          } else if (!tokensFirst && value instanceof String token) {
            put(tokens, token, name, place);
          } else {
            throw notAVocabulary(place, name, value);
          }
        });
    return Arrays.stream(tokens)
        .map(String::valueOf)
        .toList(); // as many ids as places: none is free
  }

  private static boolean isWhole(@Nullable Object value) {
    return value instanceof Integer || value instanceof Long || value instanceof BigInteger;
  }

  private static void put(@Nullable String[] tokens, String token, String written, String place) {
    int id = written.matches("\\d{1,9}") ? Integer.parseInt(written) : -1;
    if (id < 0 || id >= tokens.length) {
      throw new InputException(
          "%s gives '%s' the id %s, but %d tokens have the ids 0 to %d, each once"
              .formatted(place, escaped(token), written, tokens.length, tokens.length - 1));
    }
    if (tokens[id] != null) {
      throw new InputException(
          "%s gives the id %d to both '%s' and '%s'"
              .formatted(place, id, escaped(tokens[id]), escaped(token)));
    }
    tokens[id] = token;
  }

  private static InputException notAVocabulary(String place, String name, @Nullable Object value) {
    return new InputException(
        "%s: field '%s' is %s; a vocabulary is a JSON array of tokens in the order of their ids, or"
                .formatted(place, name, shown(value))
            + " an object of tokens and their ids");
  }

  private static String escaped(@Nullable String token) {
    return String.valueOf(token).replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r");
  }

  private static String shown(@Nullable Object value) {
    return switch (value) {
      case List<?> list -> "an array";
      case Map<?, ?> map -> "an object";
      case String text -> '"' + (text.length() > 40 ? text.substring(0, 40) + "…" : text) + '"';
      case null, default -> String.valueOf(value);
    };
  }
}
