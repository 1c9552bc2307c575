/** SHA-256, by which media, packages, pages and recipes are known everywhere in Loupe. */
@NullMarked
package org.loupe.digest;

import org.jspecify.annotations.NullMarked;
