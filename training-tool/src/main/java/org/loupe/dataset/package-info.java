/** The commands about rated pictures, put together. What they do lies in the packages below. */
@NullMarked
package org.loupe.dataset;

import org.jspecify.annotations.NullMarked;
