/** The commands of {@code lm vqa}. */
@NullMarked
package org.lm4j.cli.vqa;

import org.jspecify.annotations.NullMarked;
