package org.lm4j.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file, read by {@link PlainValues}: initializing Jackson's parser
 * takes longer than reading the weights of a small model.
 *
 * @param tensors by name, in order
 * @param metadata the strings of {@code __metadata__}, in order
 */
record PlainHeader(Map<String, Tensor> tensors, Map<String, String> metadata) {
  /** What the header says about one tensor; its numbers are not yet compared with each other. */
  record Tensor(String dtype, List<Long> shape, List<Long> offsets) {}

  /** Returns the header; or null for everything but what the format demands, errors included. */
  static @Nullable PlainHeader read(byte[] json) {
    Map<String, @Nullable Object> fields = PlainValues.read(json);
    if (fields == null || fields.size() > SafetensorsHeader.MAX_TENSORS) {
      return null;
    }
    PlainHeader header = new PlainHeader(new LinkedHashMap<>(), new LinkedHashMap<>());
    for (Map.Entry<String, @Nullable Object> field : fields.entrySet()) {
      if (!(field.getValue() instanceof Map<?, ?> described)
          || !header.add(field.getKey(), described)) {
        return null;
      }
    }
    return header;
  }

  private boolean add(String name, Map<?, ?> described) {
    if (name.equals(SafetensorsHeader.METADATA)) {
      return addTexts(described);
    }
    List<Long> shape = sizes(described.get("shape"), SafetensorsHeader.MAX_RANK);
    List<Long> offsets = sizes(described.get("data_offsets"), 2);
    if (described.size() != 3
        || !(described.get("dtype") instanceof String dtype)
        || shape == null
        || offsets == null) {
      return false;
    }
    tensors.put(name, new Tensor(dtype, shape, offsets));
    return true;
  }

  private boolean addTexts(Map<?, ?> texts) {
    for (Map.Entry<?, ?> text : texts.entrySet()) {
      if (!(text.getKey() instanceof String key && text.getValue() instanceof String value)) {
        return false;
      }
      metadata.put(key, value);
    }
    return texts.size() <= SafetensorsHeader.MAX_TENSORS;
  }

  /** Returns a list of at most {@code most} whole numbers that are not negative; else null. */
  private static @Nullable List<Long> sizes(@Nullable Object read, int most) {
    if (!(read instanceof List<?> list) || list.size() > most) {
      return null;
    }
    List<Long> sizes = new ArrayList<>();
    for (Object element : list) {
      if (!(element instanceof Integer || element instanceof Long)) {
        return null;
      }
      long size = ((Number) element).longValue();
      if (size < 0) {
        return null;
      }
      sizes.add(size);
    }
    return List.copyOf(sizes);
  }
}
