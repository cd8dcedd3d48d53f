/** lm4j: recurrent language models, trained, evaluated and sampled on the JVM. */
@NullMarked
package org.lm4j;

import org.jspecify.annotations.NullMarked;
