package org.lm4j.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.lm4j.InputException;
import tools.jackson.databind.JsonNode;

/**
 * Recognises files of other programs that are given in place of weights, a vocabulary or a model
 * folder, by their first bytes. Used only after a file could not be read, so it costs nothing
 * otherwise.
 */
public final class ForeignFiles {
  /** Advice for weights in PyTorch's own format. */
  private static final String SAVE_WEIGHTS =
      "; load it in Python and write it with"
          + " safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')";

  private static final String SAVE_TOKENS =
      "; in Python, write the tokens in the order of their ids with"
          + " json.dump(tokens, open('vocab.json', 'w'))";

  private static final String ONLY_WEIGHTS =
      "; lm4j reads the state_dict of an RNN, LSTM or GRU, saved as safetensors";

  /**
   * The number of bytes within which a sharded model's index, a configuration and the like can be
   * recognised.
   */
  private static final int HEAD = 1 << 16;

  private static final Pattern OLD_PICKLE =
      Pattern.compile("^(\\((dp|lp|d|l)\\d?|c\\w[\\w.]*\\n\\w+\\n)");
  private static final Pattern WORD_VECTORS = Pattern.compile("^\\d{1,9} \\d{1,5}\\n[\\s\\S]*");
  private static final Pattern SHARD = Pattern.compile(".*-\\d{5}-of-\\d{5}\\..*");

  private ForeignFiles() {}

  /** The kind of a file, named with its article, and what it holds. */
  private record Kind(String words, Holds holds) {}

  private enum Holds {
    /** Python objects, perhaps including tensors or weights. */
    PYTHON,
    /** Weights in an unsupported format of unsupported models. */
    OTHER_WEIGHTS,
    /** Weights in the supported format. */
    SAFETENSORS,
    /** An index of the files that hold the parts of a model. */
    PARTS,
    /** Unknown content that has to be unpacked first. */
    PACKED,
    /** Nothing useful. */
    NOTHING
  }

  /**
   * Explains in one sentence, with the file name and advice, why {@code file} holds no readable
   * weights; null if its format is unknown, or safetensors.
   */
  public static @Nullable String notWeights(Path file) {
    if (Files.isDirectory(file)) {
      return folderInPlaceOf(file, "a safetensors file of weights", "model.safetensors");
    }
    Kind kind = kind(file);
    if (kind == null || kind.holds == Holds.SAFETENSORS) {
      return null;
    }
    String advice =
        switch (kind.holds) {
          case PYTHON -> SAVE_WEIGHTS;
          case OTHER_WEIGHTS -> ONLY_WEIGHTS;
          case PARTS -> JOIN_SHARDS;
          case PACKED -> "; unpack it first";
          default -> "";
        };
    return "%s is %s, not a safetensors file%s".formatted(file, kind.words, advice);
  }

  /**
   * Explains in one sentence, with the file name and advice, why {@code file} holds no readable
   * vocabulary; null if its format is unknown.
   */
  public static @Nullable String notTokens(Path file) {
    if (Files.isDirectory(file)) {
      return folderInPlaceOf(file, "a file of tokens", "vocab.json");
    }
    Kind kind = kind(file);
    if (kind == null || kind.words.startsWith(JSON) || kind.words.equals(TEXT)) {
      return null;
    }
    String advice = kind.holds == Holds.PACKED ? "; unpack it first" : SAVE_TOKENS;
    return "%s is %s, not a list of tokens%s".formatted(file, kind.words, advice);
  }

  /**
   * Explains in one sentence what a path given as a model folder really is; null if that is
   * unknown.
   */
  public static @Nullable String notModelFolder(Path folder) {
    if (Files.isDirectory(folder)) {
      String model = huggingFace(folder);
      return model == null
          ? null
          : ("%s is %s, which lm4j does not read; 'lm import' reads the weights of an RNN, LSTM or"
                  + " GRU language model")
              .formatted(folder, model);
    }
    if (!Files.exists(folder)) {
      return null;
    }
    if (!Files.isRegularFile(folder)) {
      return folder + " is not a folder; name the folder of a trained model";
    }
    Kind kind = kind(folder);
    return "%s is %s, not a model folder; 'lm import' makes one of weights and a vocabulary"
        .formatted(folder, kind == null ? "a file" : kind.words);
  }

  /** Returns whether the name marks a file as one shard of a model. */
  public static boolean isShard(Path file) {
    return SHARD.matcher(file.toString()).matches();
  }

  /** Advice for one shard of a model. */
  public static final String JOIN_SHARDS =
      "; in Python, read each part with safetensors.torch.load_file, put all into one dict and"
          + " write that with safetensors.torch.save_file(tensors, 'weights.safetensors')";

  private static String folderInPlaceOf(Path folder, String wanted, String name) {
    String model = huggingFace(folder);
    if (model != null) {
      return "%s is %s, not %s%s".formatted(folder, model, wanted, ONLY_WEIGHTS);
    }
    Path inside = folder.resolve(name);
    return "%s is a folder, not %s%s"
        .formatted(
            folder, wanted, Files.isRegularFile(inside) ? "; give " + inside : "; give the file");
  }

  /** Recognises a folder of Hugging Face's libraries; null if it is not one. */
  private static @Nullable String huggingFace(Path folder) {
    Path config = folder.resolve("config.json");
    if (Files.isRegularFile(config)) {
      try {
        JsonNode tree = Json.readTree(config);
        if (tree.has("architectures") || tree.has("model_type")) {
          JsonNode type =
              tree.has("model_type") ? tree.get("model_type") : tree.at("/architectures/0");
          return "a Hugging Face model folder"
              + (type.isString() ? " (" + type.asString() + ")" : "");
        }
      } catch (InputException e) {
        return null; // not theirs: reading it as ours reports what is wrong
      }
      return null;
    }
    boolean tokenizer = Files.isRegularFile(folder.resolve("tokenizer.json"));
    return tokenizer ? "a folder of a Hugging Face tokenizer" : null;
  }

  private static final String JSON = "a JSON file";
  private static final String TEXT = "a text file";

  private static @Nullable Kind kind(Path file) {
    byte[] head;
    try (InputStream in = Files.newInputStream(file)) {
      head = in.readNBytes(HEAD);
    } catch (IOException e) {
      return null; // reading it reports why it cannot be read
    }
    if (head.length == 0) {
      return null;
    }
    String latin = new String(head, StandardCharsets.ISO_8859_1);
    Kind binary = binary(file, latin);
    return binary != null ? binary : text(latin);
  }

  private static @Nullable Kind binary(Path file, String head) {
    if (head.startsWith("PK\3\4") || head.startsWith("PK\5\6")) {
      return zip(file);
    }
    if (head.startsWith("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.")) {
      return new Kind("a file of torch.save (its old form, pickles)", Holds.PYTHON);
    }
    boolean pickle = head.charAt(0) == 0x80 && head.length() > 1 && head.charAt(1) >= 2;
    if ((pickle && head.charAt(1) <= 5) || OLD_PICKLE.matcher(head).lookingAt()) {
      return new Kind("a Python pickle", Holds.PYTHON);
    }
    for (Magic magic : MAGICS) {
      if (head.startsWith(magic.bytes, magic.at)) {
        return magic.kind;
      }
    }
    if (head.length() > 8 && head.charAt(8) == '{' && head.startsWith("\0\0\0", 5)) {
      return new Kind("a safetensors file of weights", Holds.SAFETENSORS);
    }
    boolean onnx =
        head.length() > 2 && head.charAt(0) == 8 && head.charAt(1) <= 32 && head.charAt(2) == 18;
    if (onnx || name(file).endsWith(".onnx")) {
      return new Kind("an ONNX model", Holds.OTHER_WEIGHTS);
    }
    return null;
  }

  private record Magic(int at, String bytes, Kind kind) {}

  private static Magic magic(String bytes, String words, Holds holds) {
    return new Magic(0, bytes, new Kind(words, holds));
  }

  private static final List<Magic> MAGICS =
      List.of(
          magic("\u0089HDF\r\n\u001a\n", "an HDF5 file, as Keras writes", Holds.OTHER_WEIGHTS),
          magic("GGUF", "a GGUF file, as llama.cpp reads", Holds.OTHER_WEIGHTS),
          magic("lmgg", "a GGML file, as llama.cpp read", Holds.OTHER_WEIGHTS),
          magic("tjgg", "a GGML file, as llama.cpp read", Holds.OTHER_WEIGHTS),
          new Magic(4, "TFL3", new Kind("a TensorFlow Lite model", Holds.OTHER_WEIGHTS)),
          magic("\u00ba\u0016O/", "a fastText model", Holds.OTHER_WEIGHTS),
          magic("\u0093NUMPY", "a NumPy array", Holds.PYTHON),
          magic("\u001f\u008b", "packed by gzip", Holds.PACKED),
          magic("\u00fd7zXZ\0", "packed by xz", Holds.PACKED),
          magic("(\u00b5/\u00fd", "packed by zstd", Holds.PACKED),
          magic("BZh", "packed by bzip2", Holds.PACKED),
          magic("7z\u00bc\u00af", "a 7z archive", Holds.PACKED),
          magic("Rar!", "a RAR archive", Holds.PACKED),
          new Magic(257, "ustar", new Kind("a tar archive", Holds.PACKED)),
          magic(
              "version https://git-lfs",
              "a pointer of Git LFS (git lfs pull fetches the file)",
              Holds.NOTHING));

  private static Kind zip(Path file) {
    try (ZipFile zip = new ZipFile(file.toFile(), StandardCharsets.ISO_8859_1)) {
      List<String> names = zip.stream().limit(10_000).map(ZipEntry::getName).toList();
      if (names.stream().anyMatch(name -> name.endsWith("constants.pkl"))) {
        return new Kind("a TorchScript module (a zip of torch.jit.save)", Holds.PYTHON);
      }
      if (names.stream().anyMatch(name -> name.endsWith("data.pkl"))) {
        return new Kind("a file of torch.save (a zip)", Holds.PYTHON);
      }
      if (!names.isEmpty() && names.stream().allMatch(name -> name.endsWith(".npy"))) {
        return new Kind("a NumPy archive (npz)", Holds.PYTHON);
      }
      if (names.contains("model.weights.h5")) {
        return new Kind("a Keras model", Holds.OTHER_WEIGHTS);
      }
      return new Kind("a zip archive", Holds.PACKED);
    } catch (IOException e) {
      return new Kind("a damaged zip archive", Holds.NOTHING);
    }
  }

  private static @Nullable Kind text(String head) {
    String start = head.stripLeading();
    String lower = start.substring(0, Math.min(20, start.length())).toLowerCase(Locale.ROOT);
    if (lower.startsWith("<!doctype") || lower.startsWith("<html")) {
      return new Kind("a web page", Holds.NOTHING);
    }
    if (start.startsWith("{")) {
      if (start.contains("\"weight_map\"")) {
        return new Kind(
            JSON
                + " that lists which of several files holds which weights (a sharded model's index)",
            Holds.PARTS);
      }
      boolean config = start.contains("\"architectures\"") || start.contains("\"model_type\"");
      return new Kind(
          JSON + (config ? ", the configuration of a Hugging Face model" : ""), Holds.NOTHING);
    }
    if (WORD_VECTORS.matcher(head).lookingAt()) {
      return new Kind("a file of word vectors", Holds.NOTHING);
    }
    boolean text = head.chars().allMatch(c -> c >= ' ' || c == '\n' || c == '\r' || c == '\t');
    return text ? new Kind(TEXT, Holds.NOTHING) : null;
  }

  private static String name(Path file) {
    return file.toString().toLowerCase(Locale.ROOT);
  }
}
