/** How an adapter starts a scoring server in its own process without depending on the server's module. */
@NullMarked
package org.loupe.embedded;

import org.jspecify.annotations.NullMarked;
