/**
 * The HTTP server: completions as in OpenAI's API, scores, embeddings and tokens of language
 * models, and a page.
 */
@NullMarked
package org.lm4j.serve;

import org.jspecify.annotations.NullMarked;
