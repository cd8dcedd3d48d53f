package org.lm4j.io;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/** The factory for all JSON streams: strict, with limits on what a file may contain. */
final class JsonStreams {
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          // Its tables of powers take longer to build than any of our files takes to read.
          .disable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Json.MAX_DEPTH)
                  .maxNumberLength(100)
                  .maxNameLength(100_000)
                  .maxStringLength(20_000_000)
                  .build())
          .build();

  private JsonStreams() {}
}
