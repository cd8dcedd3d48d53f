package org.lm4j.text.subword;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that each token adds to a text, as the decoder of a tokenizer's file gives them.
 *
 * @param bytes by id
 * @param dropsFirstSpace whether a space at the beginning of a line is left out
 * @param marksSpaces whether tokens have the spaces that the text has; otherwise spaces are put
 *     before tokens
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PieceTexts(byte[][] bytes, boolean dropsFirstSpace, boolean marksSpaces) {
  private static final Pattern FALLBACK = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

  /** What a decoder does to one token. */
  private interface Step {
    String apply(String token);
  }

  static PieceTexts of(@Nullable Spec decoder, List<String> tokens, Set<Integer> added) {
    List<Spec> specs = new ArrayList<>();
    flatten(decoder, specs);
    List<Step> steps = new ArrayList<>();
    boolean byteLevel = false;
    boolean fallback = false;
    boolean drops = decoder == null;
    for (Spec spec : specs) {
      switch (spec.type()) {
        case "ByteLevel" -> byteLevel = true;
        case "ByteFallback" -> fallback = true;
        case "Fuse" -> {
          // What follows is done to the whole text, of which only the beginning can differ.
        }
        case "Metaspace" -> {
          String mark = spec.textOrNull("replacement");
          String scheme = spec.textOrNull("prepend_scheme");
          drops |= scheme == null ? spec.flag("add_prefix_space", true) : !scheme.equals("never");
          steps.add(token -> token.replace(mark == null ? "\u2581" : mark, " "));
        }
        case "Replace" -> {
          String wanted = spec.object("pattern").textOrNull("String");
          if (wanted == null) {
            throw spec.unsupported("the decoder Replace with a regular expression");
          }
          String content = spec.text("content");
          steps.add(token -> token.replace(wanted, content));
        }
        case "Strip" -> {
          if (!spec.text("content").equals(" ")
              || spec.number("start", 0) != 1
              || spec.number("stop", 0) != 0) {
            throw spec.unsupported("the decoder Strip of anything but one space at the start");
          }
          drops = true;
        }
        case "WordPiece" -> {
          String prefix = spec.textOrNull("prefix");
          boolean clean = spec.flag("cleanup", true);
          steps.add(token -> continued(token, prefix == null ? "##" : prefix, clean));
          drops = true;
        }
        default -> throw spec.unsupported("the decoder " + spec.type());
      }
    }
    if (decoder == null) {
      steps.add(token -> " " + token);
    }
    byte[][] bytes = new byte[tokens.size()][];
    for (int id = 0; id < bytes.length; id++) {
      bytes[id] = bytes(tokens.get(id), steps, byteLevel && !added.contains(id), fallback);
    }
    boolean marks =
        decoder != null && specs.stream().noneMatch(spec -> spec.type().equals("WordPiece"));
    return new PieceTexts(bytes, drops, marks);
  }

  private static void flatten(@Nullable Spec spec, List<Spec> specs) {
    if (spec == null) {
      return;
    }
    if (spec.type().equals("Sequence")) {
      spec.objects("decoders").forEach(each -> flatten(each, specs));
    } else {
      specs.add(spec);
    }
  }

  private static byte[] bytes(String token, List<Step> steps, boolean byteLevel, boolean fallback) {
    Matcher octet = FALLBACK.matcher(token);
    if (fallback && octet.matches()) {
      return new byte[] {(byte) Integer.parseInt(octet.group(1), 16)};
    }
    String text = token;
    for (Step step : steps) {
      text = step.apply(text);
    }
    byte[] decoded = byteLevel ? ByteAlphabet.decode(text) : null;
    return decoded != null ? decoded : text.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns a token of WordPiece with the space before it, except before what needs none. */
  private static String continued(String token, String prefix, boolean clean) {
    String text = token.startsWith(prefix) ? token.substring(prefix.length()) : " " + token;
    if (!clean) {
      return text;
    }
    return text.replace(" .", ".")
        .replace(" ?", "?")
        .replace(" !", "!")
        .replace(" ,", ",")
        .replace(" ' ", "'")
        .replace(" n't", "n't")
        .replace(" 'm", "'m")
        .replace(" do not", " don't")
        .replace(" 's", "'s")
        .replace(" 've", "'ve")
        .replace(" 're", "'re");
  }
}
