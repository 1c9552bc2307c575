/** Tests of the folder adapter. Media are generated; readers of sidecars are the real programs where they are installed. */
@NullMarked
package org.loupe.adapter.folder;

import org.jspecify.annotations.NullMarked;
